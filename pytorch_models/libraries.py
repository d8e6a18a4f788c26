"""Libraries that a comparison needs and the site does not: imported on first use, and missed by name."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class MissingLibraryError(ImportError):
    """A library that is not installed; the message says how to install it."""


def library(module: str) -> Any:
    """The module of this name. Raises MissingLibraryError where it is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise MissingLibraryError(
            f"{module} needs a library that is not installed ({error.name}); run: pip install -r requirements-dev.txt"
        ) from error
