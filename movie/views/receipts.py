"""How a list came about, for who was shown it."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from movie import services
from movie.visitors import VisitorRequest


@require_safe
def receipt(request: VisitorRequest, list_id: UUID) -> HttpResponse:
    """The list's receipt as JSON. Anybody else's list is not found, as one that is not there."""
    found = services.list_receipt(visitor=request.visitor, list_id=list_id)
    if found is None:
        raise Http404(_("You were shown no such list, or it was deleted."))
    return JsonResponse(found.to_json(), json_dumps_params={"indent": 1, "ensure_ascii": False})
