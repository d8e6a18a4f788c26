"""Answers that did not change are not sent again."""

from __future__ import annotations

import re
from hashlib import sha256

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware import http
from django.utils.cache import patch_vary_headers
from django.utils.crypto import salted_hmac
from django.utils.http import quote_etag

_TOKEN = re.compile(rb'((?:name="csrfmiddlewaretoken" value=|"X-CSRFToken": )")[A-Za-z0-9]{64}"')


class ConditionalGetMiddleware(http.ConditionalGetMiddleware):
    """Django's, which asks for an ETag of the content, for pages with forms too.

    Each answer masks the CSRF token anew: so the token itself cannot be guessed from the length of compressed pages
    (BREACH), but no page would ever be the same. What counts is which token is meant: a browser that goes on with the
    page that it has, goes on with a token that is as good.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if _is_page(request, response) and self.needs_etag(response):
            response["ETag"] = _etag(response.content, request.META.get("CSRF_COOKIE") or "")  # type: ignore[attr-defined]
        answer = super().process_response(request, response)
        if answer.status_code == 304:  # too short to be compressed, but the answer that it stands for was not
            patch_vary_headers(answer, ("Accept-Encoding",))
        return answer


def _is_page(request: HttpRequest, response: HttpResponseBase) -> bool:
    html = response.get("Content-Type", "").startswith("text/html")
    return request.method == "GET" and html and not response.streaming and not response.has_header("ETag")


def _etag(content: bytes, token: str) -> str:
    """token: the one that is meant; it goes in by a keyed hash, for an ETag is no secret."""
    meant = salted_hmac("movie.caching", token).digest()
    return quote_etag(sha256(_TOKEN.sub(rb"\1", content) + meant).hexdigest()[:32])
