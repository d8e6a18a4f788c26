from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.urls")),
    path("api/", include("movie.api.urls")),
    path("office/", include("office.urls")),
    path("paper_review/", include("paper_review.urls")),
    path("", include("movie.urls")),
]
handler400 = "movie.api.refusals.bad_request"
handler404 = "movie.api.refusals.not_found"
handler500 = "movie.api.refusals.server_error"
