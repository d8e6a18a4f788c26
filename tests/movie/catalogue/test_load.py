from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from movie import selectors
from movie.catalogue.load import load
from movie.catalogue.popularity import popularity
from movie.models import CatalogueLoad, Credit, Genre, Movie, Person, Rating
from tests.worlds import FIRST_ID, catalogue, planted

pytestmark = pytest.mark.django_db


def test_loading_writes_films_ratings_and_people(movies: None) -> None:
    first = Movie.objects.get(id=FIRST_ID)
    assert (first.runtime, first.title_ko, first.genre_names) == (170, "히트", ["Action"])
    assert [c.name for c in first.countries.all()] == ["United States"]
    assert first.credits.filter(role=Credit.Role.DIRECTOR).get().person.name == "Michael Mann"
    assert Rating.objects.count() == len(planted())
    assert Movie.objects.get(id=9_000).mean_star is None


def test_what_was_loaded_is_what_models_train_on(movies: None) -> None:
    assert selectors.catalogue_interactions().fingerprint() == planted().fingerprint()


def test_loading_again_replaces_and_leaves_nothing_behind(movies: None) -> None:
    world = catalogue()
    fewer = replace(world, films=[replace(world.films[0], title="New", directors=("Someone",)), *world.films[1:-1]])
    load(fewer)
    assert Movie.objects.get(id=FIRST_ID).title == "New"
    assert not Movie.objects.filter(id=9_000).exists()
    assert not Person.objects.filter(name="Michael Mann", credits__role="director").exists()
    assert Rating.objects.count() == len(planted())
    assert CatalogueLoad.objects.count() == 2


def test_a_load_that_fails_loads_nothing(movies: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("movie.catalogue.load._write_ratings", fail)
    with pytest.raises(OSError, match="No space"):
        load(replace(catalogue(), films=catalogue().films[:-1]))
    assert Rating.objects.count() == len(planted())
    assert Movie.objects.filter(id=9_000).exists()
    assert CatalogueLoad.objects.count() == 1


def test_a_bad_row_loads_nothing_and_is_named(movies: None, tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,1,5,1\n1,2,five,1\n")
    with pytest.raises(CommandError, match=r"ratings\.csv, line 3, column 'rating'"):
        _load_folder(tmp_path)
    assert CatalogueLoad.objects.count() == 1
    assert Genre.objects.filter(name="Action").exists()


def _load_folder(folder: Path) -> None:
    import unittest.mock

    # The film facts are joined from a package that is fetched; a folder of its own needs none of them here.
    with unittest.mock.patch("movie.catalogue.sources.film_facts", return_value=None):
        call_command("load_movies", source=str(folder))


def test_a_folder_of_ones_own_loads_with_titles_and_without(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,1,5,1\n1,2,4.5,1\n2,7,3,1\n")
    (tmp_path / "movies.csv").write_text(
        'movieId,title,genres\n1,"Matrix, The (1999)",Action|Sci-Fi\n2,"기생충 (2019)",(no genres listed)\n'
    )
    _load_folder(tmp_path)
    found = {movie.id: movie for movie in Movie.objects.all()}
    assert (found[1].title, found[1].year, found[1].genre_names) == ("The Matrix", 1999, ["Action", "Sci-Fi"])
    assert (found[2].title, found[2].year, found[2].genre_names) == ("기생충", 2019, [])
    assert found[7].title == "Movie 7"


def test_adjacency_lists_load_by_number_of_users(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("0 5 6\n1 6\n2 6 7\n")
    _load_folder(tmp_path)
    assert [m.id for m in selectors.movies_popular(page=1)] == [6, 5, 7]


def test_a_source_that_is_nothing_says_what_there_is() -> None:
    with pytest.raises(CommandError, match="movielens-small, daum or a folder"):
        call_command("load_movies", source="nowhere")


def test_without_stars_the_number_of_users_counts() -> None:
    zeros = np.zeros(2)
    assert popularity(zeros, zeros, np.array([3, 5])).tolist() == [3, 5]
