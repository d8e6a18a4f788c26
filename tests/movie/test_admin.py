"""The catalogue in the admin: found, corrected, and cheap however big it is."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib import admin
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from movie.models import Click, Credit, Event, FeedEvent, ListShown, Mark, Movie, Outbox, Person
from movie.search.index import rebuild
from tests.plans import captured
from tests.worlds import FIRST_ID

pytestmark = pytest.mark.django_db
HEAT = f"/admin/movie/movie/{FIRST_ID}/change/"


@pytest.fixture
def client(settings: Settings, movies: None) -> Client:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(User.objects.create_superuser("root"))
    return client


def titles(client: Client, query: str) -> list[str]:
    html = client.get(f"/admin/movie/movie/?{query}").content.decode()
    return re.findall(r'<th class="field-__str__[^>]*><a[^>]*>([^<]*)</a>', html)


@pytest.mark.parametrize("typed", ["heat", "히트", "haet", "michael mann", "de niro", str(FIRST_ID)])
def test_a_movie_is_found_by_title_person_or_number(client: Client, typed: str) -> None:
    assert "Heat &lt;&amp;&gt; (1990)" in titles(client, f"q={typed}")[0] or typed == "haet"
    assert any("Heat" in title for title in titles(client, f"q={typed}"))


def test_filters_narrow_the_list(client: Client) -> None:
    every = Movie.objects.count()
    assert len(titles(client, "")) == min(every, 50)
    in_genre = Movie.objects.filter(genres__name="Comedy").count()
    comedy = Movie.objects.get(title=f"Film {FIRST_ID + 20}").genres.get()
    assert len(titles(client, f"genres__id__exact={comedy.pk}")) == in_genre == 20
    decade = Movie.objects.filter(year__gte=1990, year__lt=2000).count()
    assert len(titles(client, "decade=1990")) == decade > 0
    assert titles(client, "lacks=title_ko&q=heat") == []
    assert titles(client, "decade=nonsense&lacks=nonsense")


def form_of(client: Client, url: str) -> dict[str, str | list[str]]:
    """What a browser would send of the form as it stands there."""
    form = client.get(url).context["adminform"].form
    fields: dict[str, str | list[str]] = {}
    for name in form.fields:
        value = form[name].value()
        fields[name] = (
            [str(getattr(v, "pk", v)) for v in value]
            if isinstance(value, list)
            else ""
            if value is None
            else str(value)
        )
    number = Credit.objects.filter(movie_id=FIRST_ID).count()
    return fields | {"credits-TOTAL_FORMS": str(number), "credits-INITIAL_FORMS": str(number)} | {
        f"credits-{i}-{name}": str(value)
        for i, credit in enumerate(Credit.objects.filter(movie_id=FIRST_ID).order_by("role", "id"))
        for name, value in (("id", credit.id), ("movie", FIRST_ID))
    }  # fmt: skip


def test_facts_are_corrected_and_search_knows_at_once(client: Client) -> None:
    client.get(HEAT)
    fields = form_of(client, HEAT) | {"title_ko": "열기", "runtime": "171", "n_ratings": "9999"}
    assert client.post(HEAT, fields).status_code == 302
    heat = Movie.objects.get(id=FIRST_ID)
    assert (heat.title_ko, heat.runtime) == ("열기", 171) and heat.n_ratings != 9999
    assert titles(client, "q=열기") == ["Heat &lt;&amp;&gt; (1990)"]


def test_a_credit_is_added_and_taken_out_and_none_is_changed(client: Client) -> None:
    someone = Person.objects.create(name="Amy Brenneman")
    fields = form_of(client, HEAT)
    number = int(str(fields["credits-TOTAL_FORMS"]))
    director = Credit.objects.get(movie_id=FIRST_ID, role="director")
    first = next(i for i in range(number) if fields[f"credits-{i}-id"] == str(director.id))
    fields |= {
        "credits-TOTAL_FORMS": str(number + 1),
        f"credits-{number}-person": str(someone.pk),
        f"credits-{number}-role": "cast",
        f"credits-{number}-movie": str(FIRST_ID),
        f"credits-{first}-DELETE": "on",
        f"credits-{first}-role": "cast",
    }
    assert client.post(HEAT, fields).status_code == 302
    found = set(Credit.objects.filter(movie_id=FIRST_ID).values_list("person__name", "role"))
    assert ("Amy Brenneman", "cast") in found and ("Michael Mann", "director") not in found
    assert ("Michael Mann", "writer") in found


def test_people_are_found_as_they_are_typed(client: Client) -> None:
    Person.objects.bulk_create([Person(name=f"Extra {i}") for i in range(100)])
    rebuild()
    where = "/admin/autocomplete/?app_label=movie&model_name=credit&field_name=person&term="
    with captured() as queries:
        found = json.loads(client.get(where + "al paci").content)
    assert [each["text"] for each in found["results"]] == ["Al Pacino"]
    assert len(queries) <= 9, [query.sql for query in queries]


def test_nothing_of_the_catalogue_is_deleted(client: Client) -> None:
    assert client.post(f"/admin/movie/movie/{FIRST_ID}/delete/", {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": str(FIRST_ID), "post": "yes"}
    client.post("/admin/movie/movie/", chosen)
    assert Movie.objects.filter(id=FIRST_ID).exists()


def test_what_visitors_did_is_not_in_the_admin() -> None:
    assert not {Click, FeedEvent, ListShown, Mark, Outbox, Event} & admin.site._registry.keys()


def test_a_list_of_many_movies_costs_few_queries_and_one_count(client: Client) -> None:
    Movie.objects.bulk_create([Movie(id=10_000 + i, title=f"Crowd {i}") for i in range(3_000)])
    rebuild()
    for query in ("", "?genres__id__exact=1", "?decade=1990&lacks=synopsis", "?q=crowd", "?p=40"):
        client.get(f"/admin/movie/movie/{query}")
        with captured() as queries:
            assert client.get(f"/admin/movie/movie/{query}").status_code == 200
        counts = [each.sql for each in queries if "COUNT(" in each.sql]
        assert len(counts) == 1 and len(queries) <= 16, (query, [each.sql for each in queries])


def test_a_form_of_many_credits_costs_few_queries(client: Client) -> None:
    people = Person.objects.bulk_create([Person(name=f"Extra {i}") for i in range(60)])
    Credit.objects.bulk_create([Credit(movie_id=FIRST_ID, person=each, role="cast") for each in people])
    with captured() as queries:
        assert client.get(HEAT).status_code == 200
    assert len(queries) <= 16, [query.sql for query in queries]


@pytest.mark.parametrize("url", ["/admin/movie/movie/add/", HEAT, "/admin/movie/person/add/"])
@pytest.mark.parametrize("value", ["", "x", "9" * 400, "-1", "\0", "javascript:alert(1)"])
def test_a_form_of_nonsense_is_asked_for_again(client: Client, url: str, value: str) -> None:
    names = [
        "id",
        "title",
        "year",
        "runtime",
        "genres",
        "countries",
        "poster_url",
        "credits-0-person",
        "credits-0-role",
    ]
    for formset in ({}, {"credits-TOTAL_FORMS": "1", "credits-INITIAL_FORMS": value}):
        response = client.post(url, dict.fromkeys(names, value) | formset)
        assert response.status_code == 200 and b"errornote" in response.content
    assert client.get("/admin/movie/movie/", {"q": value, "decade": value, "p": value}).status_code in (200, 302)


def test_it_speaks_korean(client: Client) -> None:
    html = client.get("/admin/", headers={"Accept-Language": "ko"}).content.decode()
    assert "영화" in html and "사람" in html
    form = client.get(HEAT, headers={"Accept-Language": "ko"}).content.decode()
    assert "한국어 제목" in form and "줄거리" in form


@pytest.mark.parametrize("url", ["/admin/", "/admin/movie/movie/", HEAT, "/admin/accounts/user/", "/office/"])
def test_no_page_has_a_script_or_style_in_it(client: Client, url: str) -> None:
    response = client.get(url)
    html = response.content.decode()
    assert "unsafe" not in response["Content-Security-Policy"]
    assert "<style" not in html and " style=" not in html and not re.search(r"\son\w+=", html)
    for script in re.findall(r"<script[^>]*>", html):
        assert " src=" in script
