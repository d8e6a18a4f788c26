from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.readers import read_folder
from pytorch_models.ease.recommender import EASEConfig, EASERecommender
from pytorch_models.evaluation.study import split_of
from pytorch_models.ngcf.recommender import NGCFRecommender
from pytorch_models.popularity.recommender import PopularityRecommender
from tests.worlds import SMALL_NGCF

KEYS = {"model", "data", "clicks", "seed", "recall@10", "ndcg@10", "recall@20", "ndcg@20", "coverage@10", "users"}
EXTRAS = {"case", "novelty@10", "popularity@10", "milliseconds", "settings"}


@pytest.fixture
def data(folder: Path) -> Interactions:
    return read_folder(folder)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return tmp_path / "made" / "report.html"


def evaluate(*args: str | Path) -> str:
    out = StringIO()
    call_command("evaluate", *map(str, args), stdout=out)
    return out.getvalue()


class Links(HTMLParser):
    """What a page would fetch or lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "xlink:href")]


def test_it_prints_a_table_and_writes_all_rows_and_a_page(folder: Path, page: Path) -> None:
    file = page.with_name("rows.json")
    said = evaluate(
        *("popularity", "item_knn", "ease", "--data", folder, "--seeds", "2", "--clicks", "all,1,3"),
        *("--cases", "clicks,stars", "--json", file, "--html", page),
    )
    for words in ("all clicks (36 visitors)", "1 click, stars told", "popularity less the others", "l2 ", "split 1"):
        assert words in said
    assert max(map(len, said.splitlines())) <= max(120, *(len(str(each)) + 12 for each in (file, page)))

    rows = json.loads(file.read_text())
    assert len(rows) == 3 * 2 * 3 * 2
    assert all(row.keys() == KEYS | EXTRAS for row in rows)
    assert {(row["data"], row["seed"]) for row in rows} == {("mine", 0), ("mine", 1)}
    assert {row["clicks"] for row in rows} == {"all", 1, 3}
    ndcg = {m: np.mean([row["ndcg@10"] for row in rows if row["model"] == m]) for m in ("popularity", "ease")}
    assert ndcg["ease"] > 2 * ndcg["popularity"]
    of_ease = [row for row in rows if (row["model"], row["clicks"], row["case"]) == ("ease", 3, "clicks")]
    printed = re.search(r"3 clicks \(36 visitors\).*?ease +(\d\.\d{4})", said, re.DOTALL)
    assert printed and float(printed[1]) == pytest.approx(np.mean([row["ndcg@10"] for row in of_ease]), abs=1e-4)

    text = page.read_text()
    for words in (
        "Models compared on mine",
        "How good, by number of clicks",
        "1 click, stars told",
        "a linear model",
    ):
        assert words in text
    assert text.count("<svg") == 4 == text.count("</svg>")


def test_the_page_needs_nothing_from_elsewhere(folder: Path, page: Path) -> None:
    evaluate("popularity", "ease", "--data", folder, "--seeds", "1", "--clicks", "all,3", "--html", page)
    text = page.read_text()
    links = Links(text)
    assert links.found and all(link.startswith("#") for link in links.found)
    assert not {"script", "link", "img", "iframe", "a"} & set(links.tags)
    assert "@import" not in text and all(of.startswith("#") for of in re.findall(r"url\(([^)]*)\)", text))
    without_namespaces = re.sub(r'xmlns(:\w+)?="[^"]*"', "", text)
    assert "http:" not in without_namespaces and "https:" not in without_namespaces
    assert "#010203" not in text and "currentColor" in text  # ink is the reader's, light or dark


def test_the_page_stands_among_the_reports_unless_told_otherwise(folder: Path, settings, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    settings.VAR_DIR = tmp_path / "var"
    said = evaluate("popularity", "--data", folder, "--seeds", "1", "--clicks", "5")
    assert (tmp_path / "var" / "reports" / "mine.html").exists()
    assert "less the others" not in said  # there are no others


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--clicks", "0"), r"'--clicks' to be all or numbers from 1.*got '0'"),
        (("--clicks", "all,few"), r"'--clicks' .*got 'all,few'"),
        (("--clicks", ""), r"'--clicks'"),
        (("--seeds", "0"), r"'--seeds' of at least 1 \(got 0\)"),
        (("--cases", "clicks,hides"), r"'--cases' among clicks, stars, passed \(got hides\)"),
        (("svd", "nmf"), r"models among popularity, .*ngcf.* \(got nmf, svd\)"),
        (("--data", "nowhere"), r"movielens-100k or a folder \(got 'nowhere'\)"),
    ],
)
def test_what_makes_no_sense_is_named_with_what_was_expected(args: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        evaluate("popularity", *args)


@pytest.mark.parametrize(("model", "missing"), [("als", "implicit"), ("popularity", "matplotlib")])
def test_a_library_that_is_missing_is_told_with_what_to_run(
    folder: Path, page: Path, monkeypatch: pytest.MonkeyPatch, model: str, missing: str
) -> None:
    for module in (missing, "implicit.cpu", "implicit.cpu.als"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(CommandError, match=r"pip install -r requirements-dev\.txt"):
        evaluate(model, "--data", folder, "--html", page)
    assert not page.exists()


def test_too_few_users_to_hold_out_are_told(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,2,3.5,4\n")
    with pytest.raises(CommandError, match="at least 4 users"):
        evaluate("popularity", "--data", tmp_path)


def test_ctrl_c_keeps_what_is_done(folder: Path, page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(EASERecommender, "fit", interrupted)
    said = evaluate("popularity", "ease", "--data", folder, "--clicks", "all", "--html", page)
    assert "Stopped by Ctrl-C" in said and "Models compared" in page.read_text()
    with pytest.raises(CommandError, match="before there was anything to keep"):
        evaluate("ease", "--data", folder, "--html", page)


def test_a_page_that_cannot_be_written_is_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match=r"file.report\.html: cannot be written"):
        evaluate("popularity", "--data", folder, "--seeds", "1", "--html", tmp_path / "file" / "report.html")


def test_a_checkpoint_is_judged_on_the_split_whose_visitors_it_has_not_seen(
    folder: Path, data: Interactions, page: Path, tmp_path: Path
) -> None:
    train = split_of(data, seed=2).train
    EASERecommender(EASEConfig(l2=7.0)).fit(train, rng=np.random.default_rng(0)).save(tmp_path / "ck")
    file = page.with_name("rows.json")
    evaluate("ease", "--data", folder, "--checkpoint", tmp_path / "ck", "--json", file, "--html", page)
    rows = json.loads(file.read_text())
    assert {row["seed"] for row in rows} == {2}
    assert {row["settings"]["l2"] for row in rows} == {7.0}  # not one of the grid's: it was not fitted again


def test_those_that_share_a_checkpoints_weights_are_judged_with_it(
    folder: Path, data: Interactions, page: Path, tmp_path: Path
) -> None:
    split = split_of(data, seed=0)
    NGCFRecommender(SMALL_NGCF).with_epochs(2).fit(split.train, rng=np.random.default_rng(0)).save(tmp_path / "ck")
    said = evaluate("ngcf_tower", "--data", folder, "--clicks", "3", "--checkpoint", tmp_path / "ck", "--html", page)
    assert "ngcf_tower" in said and "ngcf less the others" in said


def test_a_checkpoint_that_has_seen_the_visitors_is_refused(
    folder: Path, data: Interactions, page: Path, tmp_path: Path
) -> None:
    PopularityRecommender().fit(data, rng=np.random.default_rng(0)).save(tmp_path / "seen")
    with pytest.raises(CommandError, match=r"seen: expected .*without the users .*seeds 0–1.*got .*120 of 120 users"):
        evaluate("popularity", "--data", folder, "--seeds", "2", "--checkpoint", tmp_path / "seen", "--html", page)
    assert not page.exists()


def test_a_checkpoint_of_another_model_or_for_several_is_refused(
    folder: Path, data: Interactions, tmp_path: Path
) -> None:
    PopularityRecommender().fit(data, rng=np.random.default_rng(0)).save(tmp_path / "ck")
    with pytest.raises(CommandError, match=r"expected a checkpoint of 'ease' \(got 'popularity'\)"):
        evaluate("ease", "--data", folder, "--checkpoint", tmp_path / "ck")
    with pytest.raises(CommandError, match=r"Expected one model.*\(got popularity, ease\)"):
        evaluate("popularity", "ease", "--data", folder, "--checkpoint", tmp_path / "ck")
    with pytest.raises(CommandError, match=r"nowhere.model\.json"):
        evaluate("ease", "--data", folder, "--checkpoint", tmp_path / "nowhere")
