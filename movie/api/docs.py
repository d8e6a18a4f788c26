"""The page to try the API at: Swagger UI, from this site's own files and within its policy as every page is."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from movie.visitors import VisitorRequest


@require_safe
def page(request: VisitorRequest) -> HttpResponse:
    return render(request, "movie/api.html")
