"""Fields of the admin's forms that take whatever is sent, where Django's own fail on what is no key."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.db.models import Model
from django.utils.translation import gettext

LONGEST_KEY = 18
"""Digits; every database holds such a number."""


def is_key(value: object) -> bool:
    text = str(value)
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_KEY


class _OfKeys:
    """A widget that looks up what was chosen, to show it again."""

    def optgroups(self, name: str, value: list[Any], attrs: dict[str, Any] | None = None) -> Any:
        return super().optgroups(name, [each for each in value if is_key(each)], attrs)  # type: ignore[misc]


class TypedChoice(_OfKeys, AutocompleteSelect):  # type: ignore[misc]
    """One of many, found as it is typed."""


class TypedChoices(_OfKeys, AutocompleteSelectMultiple):  # type: ignore[misc]
    """Several of many."""


class Choices(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # Django's takes none
    def clean(self, value: Any) -> Any:
        for each in value or ():
            if not is_key(each):
                raise forms.ValidationError(self.error_messages["invalid_pk_value"], params={"pk": str(each)[:20]})
        return super().clean(value)


class GenreChoices(Choices):
    """To tick, in the page's language."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Model) -> str:
        return gettext(str(obj))
