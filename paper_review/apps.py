from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaperReviewConfig(AppConfig):
    name = "paper_review"
    verbose_name = _("Paper reviews")

    def ready(self) -> None:
        from movie import services
        from paper_review import selectors

        services.ALSO_EXPORTED["comments"] = selectors.comments_exported
