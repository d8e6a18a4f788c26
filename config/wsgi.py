"""The WSGI application. Models are loaded here, so that workers forked from it share one copy of the weights."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from movie import services  # noqa: E402  (after Django is set up)

services.load_models()
