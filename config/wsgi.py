"""The WSGI application. Models are loaded here, so that workers forked from it share one copy of the weights."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402  (after Django is set up)
from django.template.loader import get_template  # noqa: E402
from django.urls import get_resolver  # noqa: E402
from django.utils import translation  # noqa: E402

from movie import services  # noqa: E402
from movie.clicks import click_log  # noqa: E402


def load_pages() -> None:
    """URLs, views, templates and translations, which Django would else read in each worker at its first visitor's."""
    assert get_resolver().url_patterns
    for path in (settings.BASE_DIR / "templates").rglob("*.html"):
        get_template(str(path.relative_to(settings.BASE_DIR / "templates")))
    for language, _ in settings.LANGUAGES:
        with translation.override(language):
            translation.gettext("")


load_pages()
click_log()  # its library is imported once; each worker makes its own connections
services.load_models()
