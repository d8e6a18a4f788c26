"""From Markdown to HTML that is safe in a page: reviews, with formulas and figures, and comments, with little."""

from paper_review.rendering.comments import comment_html
from paper_review.rendering.reviews import Rendered, RenderError, review_html

__all__ = ["RenderError", "Rendered", "comment_html", "review_html"]
