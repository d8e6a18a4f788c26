"""What one candidate of a grid hands on to the next, so that what they have in common is fitted once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class HandedOn(Generic[T]):
    """The last thing fitted, and what it was fitted with. A grid lists the candidates that share it in a row."""

    def __init__(self) -> None:
        self._last: tuple[object, T] | None = None

    def get(self, fitted_with: object, fit: Callable[[], T]) -> T:
        """The last thing where it was fitted with the same, else what `fit` returns."""
        if self._last is None or self._last[0] != fitted_with:
            self._last = None  # lets go of the old one before the new one needs its room
            self._last = (fitted_with, fit())
        return self._last[1]
