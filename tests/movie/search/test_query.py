from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.management import call_command

from movie.catalogue.load import load
from movie.models import Credit, Movie, Person, SearchEntry, SearchTrigram
from movie.search import query
from movie.search.asked import Asked
from movie.search.trigrams import unpack
from tests.movie.search.korean import MATRIX, MEMORIES, MOTHER, PARASITE, korean

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def catalogue(db: None) -> None:
    load(korean())


def found(text: str = "", **asked: object) -> list[int]:
    genres = query.genre_names()
    values = {"q": text} | {name: str(value) for name, value in asked.items()}
    return [movie.id for movie in query.search(Asked.of(values, genres=genres), genres=genres).movies]


def titles(text: str = "", **asked: object) -> list[str]:
    by_id = Movie.objects.in_bulk(found(text, **asked))
    return [by_id[movie].title_ko for movie in found(text, **asked)]


@pytest.mark.parametrize(
    "text",
    [
        "매트릭스",
        "메트릭스",
        "매트릭",
        "매 트릭스",
        "ㅁㅌㄹㅅ",
        "ㅁㅌㄹ",
        "matrix",
        "the matrix",
        "Matrix, The",
        "matirx",
    ],
)
def test_the_matrix_is_the_first_found(text: str) -> None:
    assert found(text)[0] == MATRIX


@pytest.mark.parametrize(
    "text", ["살인의추억", "살인에 추억", "ㅅㅇㅇㅊㅇ", "ㅊㅇ", "memories of murder", "추억", "memoris of murdr"]
)
def test_spaces_slips_and_parts_of_a_title_are_understood(text: str) -> None:
    assert MEMORIES in found(text)[:3]


def test_whoever_wrote_a_movie_or_plays_in_it_finds_it_too() -> None:
    known = korean()
    films = [replace(film, writers=("정서경",)) if film.id in (8, 9, 10) else film for film in known.films]
    films = [replace(film, cast=("탕웨이", "박해일")) if film.id == 10 else film for film in films]
    load(replace(known, films=films))
    assert sorted(found("정서경")) == [8, 9, 10] and found("탕웨이") == [10]


@pytest.mark.parametrize("text", ["봉준호", "ㅂㅈㅎ", "봉준"])
def test_a_directors_name_finds_their_movies(text: str) -> None:
    assert {PARASITE, MEMORIES, MOTHER} <= set(found(text))


def test_an_original_title_and_one_without_accents_find_the_movie() -> None:
    assert found("amelie")[0] == found("fabuleux destin")[0] == 33


def test_a_year_or_a_genre_in_the_text_is_a_filter() -> None:
    assert set(titles("2003")) == {"살인의 추억", "올드보이"}
    assert set(titles("공포 2016")) == {"부산행", "곡성"}
    assert set(titles("봉준호 2000년대")) == {"살인의 추억", "마더", "괴물"}
    assert set(titles("horror 2010s")) == {"부산행", "곡성"}


def test_a_title_that_is_a_year_comes_before_the_movies_of_that_year() -> None:
    assert titles("2012")[0] == "2012" and {"도둑들", "광해, 왕이 된 남자"} < set(titles("2012"))


def test_an_exact_title_comes_before_those_that_begin_with_it_whatever_their_popularity() -> None:
    Movie.objects.create(id=900, title="Motherland", popularity=99)
    assert found("mother")[:2] == [MOTHER, 900]
    assert found("mothe")[:2] == [900, MOTHER]  # both begin so: the popular one


def test_filters_and_sorting_hold_for_results_and_for_browsing() -> None:
    assert set(titles("봉준호", genre="Drama")) == {"기생충", "마더"}
    assert set(titles(genre="Horror", decade=2010)) == {"부산행", "곡성"}
    assert found(least=33) == [1, 2]
    assert titles("봉준호", sort="year")[0] == "기생충"
    by_year = [Movie.objects.get(id=movie).year or 0 for movie in found(genre="Drama", sort="year")]
    assert by_year == sorted(by_year, reverse=True) and len(by_year) > 5


def test_nothing_asked_finds_nothing_and_a_thousand_characters_are_no_error() -> None:
    assert found("") == found("   ") == found("\0") == []
    assert found("가나다라마" * 200) == []
    assert found("매트릭스" + " " * 996)[0] == MATRIX


def test_where_nothing_is_found_the_nearest_are_told() -> None:
    result = query.search(Asked(text="메투리스"), genres=[])
    assert not result.movies and MATRIX in result.near


def test_a_saved_movie_is_found_by_its_new_name_and_no_more_by_the_old_one() -> None:
    movie = Movie.objects.get(id=PARASITE)
    movie.title, movie.title_ko = "Quixotic", "돈키호테"
    movie.save()
    assert found("quixotic") == found("돈키호테") == [PARASITE]
    assert PARASITE not in found("기생충")
    before = SearchTrigram.objects.count(), set(SearchEntry.objects.values_list("id", flat=True))
    movie.save()
    assert before == (SearchTrigram.objects.count(), set(SearchEntry.objects.values_list("id", flat=True)))


def test_a_saved_person_is_found_and_a_deleted_movie_is_not() -> None:
    person = Person.objects.create(name="윤여정")
    Credit.objects.create(movie_id=MOTHER, person=person, role="cast")
    assert found("윤여정") == [MOTHER]
    Movie.objects.get(id=MOTHER).delete()
    assert found("윤여정") == [] and MOTHER not in found("mother")


def test_indexing_again_changes_nothing_that_is_found() -> None:
    def all_of_it() -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
        entries = SearchEntry.objects.order_by("id").values_list(
            "id", "kind", "movie_id", "person_id", "form", "words"
        )
        lists = SearchTrigram.objects.order_by("kind", "gram").values_list("kind", "gram", "entries")
        return list(entries), [(kind, gram, bytes(packed)) for kind, gram, packed in lists]

    before = all_of_it()
    call_command("index_movies")
    assert all_of_it() == before and len(before[0]) > 100


def test_saves_one_by_one_make_the_same_lists_as_a_rebuild() -> None:
    def forms_by_trigram() -> dict[tuple[str, str], set[str]]:
        words = dict(SearchEntry.objects.values_list("id", "words"))
        rows = SearchTrigram.objects.values_list("kind", "gram", "entries")
        named = {(k, g): {words[i] for i in unpack(packed).tolist()} for k, g, packed in rows}
        return {key: names for key, names in named.items() if names}

    movie = Movie.objects.get(id=PARASITE)
    movie.title = "Parallel Sites"
    movie.save()
    kept = forms_by_trigram()
    call_command("index_movies")
    assert kept == forms_by_trigram()
