"""Settings told as text, `name=value`, read by the types of a model's config."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any, get_args, get_origin, get_type_hints


def parse_settings(config: Any, told: Iterable[str]) -> dict[str, Any]:
    """What each of `told`, `name=value`, says about `config`, a dataclass; a tuple's values have commas between.

    Raises ValueError, which names the setting, for an unknown one and for a value that is not of its type.
    """
    types = get_type_hints(type(config))
    names = [each.name for each in fields(config)]
    settings = {}
    for text in told:
        name, separator, value = text.partition("=")
        if not separator or name not in names:
            raise ValueError(f"Expected name=value with a name among {', '.join(names) or 'none'} (got '{text}')")
        settings[name] = _read(name, value, types[name])
    return settings


def _read(name: str, value: str, kind: Any) -> Any:
    if get_origin(kind) is not tuple:
        return _one(name, value, kind)
    kinds = get_args(kind)
    values = [each for each in value.split(",") if each]
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(values)
    if len(values) != len(kinds):
        raise ValueError(f"Expected '{name}' to be {len(kinds)} values with commas between (got '{value}')")
    return tuple(_one(name, each, own) for each, own in zip(values, kinds, strict=True))


def _one(name: str, value: str, kind: Any) -> Any:
    reader, expected = READERS[kind]
    try:
        return reader(value)
    except (KeyError, ValueError):
        raise ValueError(f"Expected '{name}' to be {expected} (got '{value}')") from None


READERS: dict[Any, tuple[Callable[[str], Any], str]] = {
    int: (int, "a whole number"),
    float: (float, "a number"),
    bool: ({"true": True, "false": False}.__getitem__, "true or false"),
    str: (str, "text"),
}
