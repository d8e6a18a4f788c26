from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from movie.catalogue import packages, sources
from movie.catalogue.base import DataError, Film
from movie.catalogue.knowledge import knowledge_of
from pytorch_models.datasets.knowledge import RELATIONS, Knowledge
from tests.worlds import BLOCKS, FIRST_ID, GENRES, MOVIES_A_BLOCK


def triples(found: Knowledge) -> set[tuple[int, str, str]]:
    relation = [RELATIONS[row] for row in found.relation]
    return set(zip(found.movie_id.tolist(), relation, found.name.tolist(), strict=True))


@pytest.mark.django_db
@pytest.mark.parametrize("data", ["catalogue", "feed"])
def test_the_catalogue_knows_who_made_its_movies(movies: None, tmp_path: Path, data: str) -> None:
    found = triples(knowledge_of(data, data_dir=tmp_path))
    assert {(relation, name) for movie, relation, name in found if movie == FIRST_ID} == {
        ("director", "Michael Mann"),
        ("writer", "Michael Mann"),
        ("cast", "Al Pacino"),
        ("cast", "Robert De Niro"),
        ("genre", GENRES[0]),
    }
    assert len(found) == BLOCKS * MOVIES_A_BLOCK + 4


def test_a_folder_has_the_genres_that_it_lists(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,1,4.0,9\n")
    (tmp_path / "movies.csv").write_text("movieId,title,genres\n1,Heat (1995),Crime|Drama\n2,X,(no genres listed)\n")
    assert triples(knowledge_of(str(tmp_path), data_dir=tmp_path)) == {(1, "genre", "Crime"), (1, "genre", "Drama")}


def test_a_folder_without_a_list_has_none(tmp_path: Path) -> None:
    assert len(knowledge_of(str(tmp_path), data_dir=tmp_path)) == 0


def test_a_bad_line_of_the_list_is_named(tmp_path: Path) -> None:
    (tmp_path / "movies.csv").write_text("movieId,title,genres\nx,Heat (1995),Crime\n")
    with pytest.raises(DataError, match=r"movies\.csv, line 2"):
        knowledge_of(str(tmp_path), data_dir=tmp_path)


class _MannMadeHeat:
    """Film facts, of one film."""

    def add_to(self, film: Film, *, full_title: str) -> Film:
        known = full_title == "Heat (1995)"
        return Film(film.id, film.title, film.year, genres=film.genres, directors=("Michael Mann",) if known else ())


def test_the_denser_movielens_is_joined_by_title_and_year(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    items = tmp_path / "ml-100k.item"
    items.write_text("item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
                     "1\tHeat\t1995\tAction Children's\n2\tunknown\t\tunknown\n")  # fmt: skip
    given: dict[str, Callable[..., object]] = {
        "obtain": lambda package, data_dir: tmp_path / "wheel",
        "extract": lambda wheel, name, target: items,
    }
    for name, does in given.items():
        monkeypatch.setattr(packages, name, does)
    monkeypatch.setattr(sources, "film_facts", lambda data_dir: _MannMadeHeat())
    assert triples(knowledge_of("movielens-100k", data_dir=tmp_path)) == {
        (1, "genre", "Action"),
        (1, "genre", "Children"),
        (1, "director", "Michael Mann"),
    }
