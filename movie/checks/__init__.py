"""What `manage.py check` says, and what to do about it: of the site's data and weights, and of its settings."""

from movie.checks import agreement, site

__all__ = ["agreement", "site"]
