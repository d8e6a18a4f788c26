"""The dashboard, its jobs, and what staff may ask for there."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from movie.catalogue.sources import CATALOGUE, FEED
from movie.predictors.registry import PREDICTORS, trained
from movie.views.redirects import see_other
from movie.visitors import VisitorRequest
from office import dashboard as parts
from office import jobs
from office.door import staff_only
from office.models import Job

SHOWN = 8
BIGGEST_ID = 2**63
DATA = (CATALOGUE, FEED)


@require_safe
@staff_only
def dashboard(request: HttpRequest) -> HttpResponse:
    month = parts.month()
    most = max((each.ctr.high for each in month.models if each.ctr), default=0.0)
    context = {"month": month, "most_ctr": most, "serving": parts.serving(), "waiting": parts.waiting()}
    return render(request, "office/dashboard.html", context | _jobs())


@require_safe
@staff_only
def job_list(request: HttpRequest) -> HttpResponse:
    """The part of the dashboard that is asked for again while a job is open; the dashboard anew once one has ended.

    `open` in the address: how many there were when it was asked for last.
    """
    if not cast(VisitorRequest, request).htmx:
        return redirect("office:dashboard")
    context = _jobs()
    response = render(request, "office/_jobs.html", context)
    if str(len(context["open"])) != request.GET.get("open"):
        response["HX-Refresh"] = "true"
    return response


def _jobs() -> dict[str, Any]:
    jobs.end_lost()
    newest = jobs.newest(SHOWN)
    return {
        "jobs": newest,
        "open": [each for each in newest if each.is_open],
        "busy": {each.model for each in newest if each.is_open},
        "has_worker": bool(jobs.worker_there()),
    }


@require_safe
@staff_only
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """One job with the last lines that it said; for htmx the part that changes."""
    jobs.end_lost()
    found = jobs.find(job_id) if job_id < BIGGEST_ID else None
    if found is None:
        raise Http404(_("There is no such job."))
    template = "office/_job.html" if cast(VisitorRequest, request).htmx else "office/job.html"
    return render(request, template, {"job": found, "has_worker": bool(jobs.worker_there())})


@require_POST
@staff_only
def retrain(request: HttpRequest, model: str) -> HttpResponse:
    data = request.POST.get("data", CATALOGUE)
    if model not in trained() or data not in DATA:
        raise Http404(_("No model has this name."))
    return _ask(request, Job.Kind.RETRAIN, model, data)


@require_POST
@staff_only
def roll_back(request: HttpRequest, model: str) -> HttpResponse:
    if model not in trained():
        raise Http404(_("No model has this name."))
    return _ask(request, Job.Kind.ROLL_BACK, model)


def _ask(request: HttpRequest, kind: Job.Kind, model: str, data: str = "") -> HttpResponse:
    label = PREDICTORS[model].label
    try:
        jobs.ask(kind=kind, model=model, data=data, by=cast(User, request.user))
        messages.success(request, _("%(model)s: the job waits for its turn.") % {"model": label})
    except jobs.AlreadyOpenError:
        messages.warning(request, _("%(model)s has a job that has not ended yet.") % {"model": label})
    return _back(request)


@require_POST
@staff_only
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    if job_id < BIGGEST_ID and jobs.cancel(job_id):
        messages.success(request, _("The job is being cancelled. What serves stays as it is."))
    else:
        messages.warning(request, _("The job had ended already."))
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    """To the page that the button stands on."""
    return see_other(request, request.POST.get("next", ""), otherwise=reverse("office:dashboard") + "#jobs")
