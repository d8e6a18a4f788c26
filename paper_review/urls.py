from django.urls import path

from paper_review.feeds import ReviewFeed
from paper_review.views import comments, reviews

app_name = "paper_review"
urlpatterns = [
    path("", reviews.index, name="index"),
    path("<int:number>/", reviews.page, name="review"),
    path("<int:number>/demo/", reviews.demo, name="demo"),
    path("<int:number>/comments/", comments.write, name="comment"),
    path("comments/<int:comment_id>/edit/", comments.edit, name="comment_edit"),
    path("comments/<int:comment_id>/delete/", comments.delete, name="comment_delete"),
    path("feed/<slug:language>/", ReviewFeed(), name="feed"),
]
