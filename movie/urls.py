from django.urls import path

from movie.views import clicks, export, history, marks, mix, models, movies, privacy, receipts, search

app_name = "movie"
urlpatterns = [
    path("", movies.home, name="home"),
    path("movie/", movies.home),
    path("movie/<int:movie_id>/", movies.detail, name="detail"),
    path("movie/<int:movie_id>/why/", movies.why_shown, name="why_shown"),
    path("movie/<int:movie_id>/poster.svg", movies.poster, name="poster"),
    path("movie/history/", history.page, name="history"),
    path("movie/history/panel/", history.panel, name="history_panel"),
    path("movie/history/remove/", history.remove, name="history_remove"),
    path("movie/history/clear/", history.clear, name="history_clear"),
    path("movie/history/restore/", history.restore, name="history_restore"),
    path("movie/history/unhide/", clicks.unhide, name="unhide"),
    path("movie/history/export.json", export.export, {"form": "json"}, name="export_json"),
    path("movie/history/export.csv", export.export, {"form": "csv"}, name="export_csv"),
    path("movie/receipt/<uuid:list_id>/", receipts.receipt, name="receipt"),
    path("movie/search/", search.page, name="search"),
    path("movie/search/suggest/", search.suggest, name="suggest"),
    path("movie/person/<int:person_id>/", search.person, name="person"),
    path("movie/mix/", mix.page, name="mix"),
    path("movie/compare/", models.compare, name="compare"),
    path("movie/lists/<slug:kind>/", marks.page, name="marks"),
    path("movie/<int:movie_id>/lists/<slug:kind>/", marks.change, name="mark"),
    path("movie/<slug:model>/", models.page, name="model"),
    path("movie/<slug:model>/training/", models.training, name="training"),
    path("movie/<slug:model>/why/<int:movie_id>/", models.why, name="why"),
    path("privacy/", privacy.page, name="privacy"),
    path("log_click/", clicks.log_click, name="log_click"),
    path("log_star/", clicks.log_star, name="log_star"),
    path("log_hide/", clicks.log_hide, name="log_hide"),
]
