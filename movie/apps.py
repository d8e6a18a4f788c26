from django.apps import AppConfig


class MovieConfig(AppConfig):
    name = "movie"

    def ready(self) -> None:
        from movie import checks  # noqa: F401  (registers them)
        from movie.search import signals  # noqa: F401  (likewise)
