"""Who may see and do what, on every address of the office and of the admin."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from accounts.models import User
from office import jobs, urls
from office.models import Job

pytestmark = pytest.mark.django_db
NAMES = {pattern.name for pattern in urls.urlpatterns}
READ, DONE_BY_POST = {"dashboard", "jobs", "job"}, {"retrain", "roll_back", "cancel"}
ADMIN = [
    reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in admin.site._registry
]


def address(name: str) -> str:
    arguments: dict[str, list[object]] = {"job": [1], "cancel": [1], "retrain": ["ngcf"], "roll_back": ["ngcf"]}
    return reverse(f"office:{name}", args=arguments.get(name, []))


def test_every_address_is_looked_at() -> None:
    assert NAMES == READ | DONE_BY_POST
    office = next(each for each in get_resolver().url_patterns if getattr(each, "namespace", "") == "office")
    assert isinstance(office, URLResolver) and {each.name for each in office.url_patterns} == NAMES  # type: ignore[union-attr]


@pytest.mark.parametrize("name", sorted(READ | DONE_BY_POST))
def test_who_is_not_signed_in_is_led_to_the_sites_sign_in_page(client: Client, name: str) -> None:
    response = client.get(address(name)) if name in READ else client.post(address(name))
    back = address(name) if name in READ else "/office/"
    assert (response.status_code, response["Location"]) == (
        303,
        f"/accounts/sign_in/?next={back.replace('/', '%2F')}",
    )
    assert not Job.objects.exists()


@pytest.mark.parametrize("name", sorted(READ | DONE_BY_POST))
def test_who_is_no_staff_is_refused(member: Client, name: str) -> None:
    response = member.get(address(name)) if name in READ else member.post(address(name))
    assert response.status_code == 403 and not Job.objects.exists()


@pytest.mark.parametrize("name", sorted(READ))
def test_staff_come_in_and_no_browser_keeps_the_page(staff: Client, name: str) -> None:
    Job.objects.create(id=1, kind="retrain", model="ngcf", open_for="ngcf")
    response = staff.get(address(name), headers={"HX-Request": "true"})
    assert response.status_code == 200 and "no-store" in response["Cache-Control"]
    assert staff.post(address(name)).status_code == 405


@pytest.mark.parametrize("name", sorted(DONE_BY_POST))
def test_what_changes_something_is_done_by_post_with_a_token(staff: Client, name: str) -> None:
    Job.objects.create(id=1, kind="retrain", model="sasrec", open_for="sasrec")
    assert staff.get(address(name)).status_code == 405
    user = User.objects.get(username="lee")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    assert strict.post(address(name)).status_code == 403
    assert Job.objects.get().state == "queued"
    response = staff.post(address(name))
    assert (response.status_code, response["Location"]) == (303, "/office/#jobs")


def test_somebody_who_was_of_the_staff_is_none_any_more(staff: Client) -> None:
    User.objects.filter(username="lee").update(is_staff=False)
    assert staff.get("/office/").status_code == 403
    User.objects.filter(username="lee").update(is_staff=True, is_active=False)
    assert staff.get("/office/").status_code == 303


@pytest.mark.parametrize("wanted", ["//evil.example/", "https://evil.example/", "/office/"])
def test_an_action_leads_back_to_no_other_site(staff: Client, wanted: str) -> None:
    response = staff.post("/office/retrain/ngcf/", {"next": wanted})
    assert response["Location"] == (wanted if wanted == "/office/" else "/office/#jobs")


@pytest.mark.parametrize("post", [{"data": "/etc"}, {"data": "movielens-100k"}])
def test_a_training_learns_from_what_the_site_serves_alone(staff: Client, post: dict[str, str]) -> None:
    assert staff.post("/office/retrain/ngcf/", post).status_code == 404
    assert staff.post("/office/retrain/popular/").status_code == staff.post("/office/retrain/x/").status_code == 404
    assert not Job.objects.exists()


def test_only_staff_have_the_link(client: Client, member: Client, staff: Client, movies: None) -> None:
    pages = [each.get("/privacy/").content.decode() for each in (client, member, staff)]
    assert ['href="/office/"' in page for page in pages] == [False, False, True]


@pytest.mark.parametrize("url", ["/admin/", *ADMIN])
def test_the_admin_asks_by_the_sites_own_page_and_refuses_who_is_no_staff(
    client: Client, member: Client, staff: Client, superuser: Client, url: str
) -> None:
    response = client.get(url, follow=True)
    assert response.redirect_chain[-1][0] == f"/accounts/sign_in/?next={url}"
    assert client.get("/admin/login/").headers["Location"] == "/accounts/sign_in/?next=/admin/"
    assert member.get(url).status_code == 403 and member.get("/admin/login/").status_code == 403
    assert superuser.get(url).status_code == 200
    assert staff.get(url).status_code == (200 if url == "/admin/" else 403)  # whose staff may see what is granted


def test_the_admins_door_leads_to_no_other_site(superuser: Client) -> None:
    for wanted in ("//evil.example/", "https://evil.example/", "/admin/login/"):
        assert superuser.get("/admin/login/", {"next": wanted})["Location"] == "/admin/"
    assert superuser.get("/admin/login/", {"next": "/office/"})["Location"] == "/office/"
    assert superuser.post("/admin/login/", {"username": "x", "password": "y"})["Location"] == "/admin/"


def test_the_way_out_of_the_admin_gives_the_browser_to_nobody(superuser: Client) -> None:
    superuser.get("/")
    before = superuser.cookies["visitor"].value
    assert superuser.post("/admin/logout/")["Location"] == "/"
    assert superuser.cookies["visitor"].value != before
    assert superuser.get("/office/").status_code == 303


def test_a_job_of_no_such_number_is_not_found(staff: Client) -> None:
    assert staff.get("/office/jobs/1/").status_code == staff.get(f"/office/jobs/{2**70}/").status_code == 404
    assert staff.post(f"/office/jobs/{2**70}/cancel/").status_code == 303 and not jobs.newest(1)
