from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MovieConfig(AppConfig):
    name = "movie"
    verbose_name = _("Catalogue")

    def ready(self) -> None:
        from movie import checks, lookups  # noqa: F401  (register theirs)
        from movie.search import signals  # noqa: F401  (likewise)
