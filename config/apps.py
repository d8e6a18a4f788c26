from django.contrib.staticfiles.apps import StaticFilesConfig


class StaticFiles(StaticFilesConfig):
    """Django's, without the second page of documentation that ninja brings: the site shows one."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc*"]
