from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from tests.worlds import in_a_circle

SMALL = ("embedding_size=32", "length=12", "batch_size=16", "epochs=25", "weight_average=.8", "learning_rate=.02")


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    """Users who go along a circle of movies, as a folder of ratings."""
    settings.VAR_DIR = tmp_path / "var"
    world, path = in_a_circle(), tmp_path / "circle"
    path.mkdir()
    rows = zip(world.user_idx, world.movies.id_at(world.movie_idx), world.at // 1000, strict=True)
    text = "".join(f"{user},{movie},4,{at}\n" for user, movie, at in rows)
    (path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + text)
    return path


def evaluate(*args: str, seeds: int = 1) -> str:
    out = StringIO()
    call_command("evaluate", *args, "--protocol", "next-item", "--seeds", str(seeds), stdout=out)
    return out.getvalue()


def test_where_the_order_tells_all_those_that_read_it_find_the_next_movie(folder: Path, tmp_path: Path) -> None:
    file, markdown = tmp_path / "rows.json", tmp_path / "tables.md"
    settings = [word for setting in SMALL for word in ("--set", setting)]
    outputs = ("--json", str(file), "--markdown", str(markdown))
    evaluate("sasrec", "--data", str(folder), *settings, *outputs)
    (sasrec,) = json.loads(file.read_text())
    said = evaluate("markov", "item_knn", "popularity", "--data", str(folder), *outputs)
    markov, item_knn, popularity = json.loads(file.read_text())
    for row in (sasrec, markov, item_knn, popularity):
        assert (row["protocol"], row["case"], row["users"], row["seed"]) == ("next-item", "next", 120, 0)
        assert row["hr@10"] == row["recall@10"] >= row["ndcg@10"]
    assert min(sasrec["ndcg@10"], markov["ndcg@10"]) > 0.9
    # Without an order the movie behind the first click is as good: half of the users find theirs second.
    assert popularity["ndcg@10"] < item_knn["ndcg@10"] < 0.86 < sasrec["ndcg@10"]
    assert "all clicks, next movie sought (120 visitors)" in said and "markov less the others" in said
    assert "| HR@10 |" in markdown.read_text() and f"{markov['hr@10']:.4f}" in markdown.read_text()
    page = (tmp_path / "var" / "reports" / "circle-next-item.html").read_text()
    assert "the last movie is sought" in page and "Whole users are held out" not in page


def test_the_last_movie_but_one_is_judged_on_where_validation_is_asked_for(folder: Path, tmp_path: Path) -> None:
    files = [tmp_path / "test.json", tmp_path / "validation.json"]
    for file, on in zip(files, ("test", "validation"), strict=True):
        evaluate("popularity", "--data", str(folder), "--on", on, "--json", str(file))
    test, validation = (json.loads(file.read_text())[0]["ndcg@10"] for file in files)
    assert not np.isclose(test, validation)


def test_with_several_seeds_each_user_counts_once(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    said = evaluate("popularity", "--data", str(folder), "--json", str(file), seeds=3)
    assert [row["seed"] for row in json.loads(file.read_text())] == [0, 1, 2]
    assert "all clicks, next movie sought (120 visitors)" in said


def test_a_checkpoint_has_seen_every_user(folder: Path) -> None:
    with pytest.raises(CommandError, match="'--checkpoint'"):
        evaluate("popularity", "--data", str(folder), "--checkpoint", str(folder))


def test_data_without_times_has_no_next_item(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("1 2 3 4\n2 3 4 5\n")
    with pytest.raises(CommandError, match="Expected times of clicks"):
        evaluate("popularity", "--data", str(tmp_path))
