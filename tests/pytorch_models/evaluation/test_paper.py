from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
import pytest

from pytorch_models.base import OnEpoch, Recommender, Scored, ignore
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.readers import RatingFileError
from pytorch_models.datasets.splits import Visitor
from pytorch_models.evaluation.paper import hide_part, judge_known, known_users, paper_study, read_paper
from pytorch_models.evaluation.study import Contestant
from pytorch_models.item_knn.recommender import ItemKNNRecommender
from pytorch_models.popularity.recommender import PopularityConfig
from tests.worlds import write_paper


class ByRow(Recommender):
    """Ranks movies by row, whatever was clicked."""

    name = "by_row"

    def __init__(self, config: PopularityConfig | None = None) -> None:
        super().__init__(config or PopularityConfig())
        self.fitted_on: list[int] = []

    def fit(
        self,
        interactions: Interactions,
        *,
        rng: np.random.Generator,
        validation: list[Visitor] | tuple[Visitor, ...] = (),  # type: ignore[override]
        on_epoch: OnEpoch = ignore,
    ) -> Self:
        self._know(interactions)
        return self

    def _scores(self, clicks: np.ndarray, *, rng: np.random.Generator) -> Scored:
        assert self.movies is not None
        return Scored(-np.arange(len(self.movies), dtype=np.float32))

    def _tensors(self) -> dict[str, np.ndarray]:
        return {}

    def _restore(self, tensors: dict[str, np.ndarray]) -> None:
        pass


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Movies 10, 11 … 34 are rows 0 … 24; movie 34 and user 9 are in the test alone."""
    (tmp_path / "train.txt").write_text("1 " + " ".join(str(m) for m in range(12, 34)) + "\n3 10 11\n")
    (tmp_path / "test.txt").write_text("3 12 14 34\n9 10\n1\n")
    return tmp_path


def test_rows_are_the_same_in_both_files(tiny: Path) -> None:
    data = read_paper(tiny)
    for part in (data.train, data.test):
        assert part.users.ids.tolist() == [1, 3, 9]
        assert part.movies.ids.tolist() == list(range(10, 35))
    assert data.train.user_degree.tolist() == [22, 2, 0]
    assert data.test.user_degree.tolist() == [0, 3, 1]
    assert data.train.movie_idx[data.train.rows_of(1)].tolist() == [0, 1]
    assert data.test.movie_idx[data.test.rows_of(1)].tolist() == [2, 4, 24]


def test_figures_worked_out_by_hand(tiny: Path) -> None:
    data = read_paper(tiny)
    model = ByRow().fit(data.train, rng=np.random.default_rng(0))
    three, nine = known_users(data)
    assert (three.clicks.tolist(), three.truth.tolist()) == ([1, 0], [2, 4, 24])
    # The list is rows 2 … 21: hits at ranks 1 and 3, and the third movie is beyond the cut.
    ideal = 1 + 1 / np.log2(3) + 1 / 2
    score = judge_known(model, [three])
    assert score.recall == pytest.approx(2 / 3)
    assert score.ndcg == pytest.approx((1 + 1 / 2) / ideal)
    # A user without training movies counts, and a personal model has nothing for them.
    both = judge_known(model, [three, nine])
    assert both.users == 2
    assert both.recall == pytest.approx(1 / 3)


def test_a_tenth_is_hidden_of_each_user_one_at_least_and_never_all(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("1 " + " ".join(map(str, range(30))) + "\n2 1 2 3\n3 4\n")
    (tmp_path / "test.txt").write_text("1 31\n")
    train = read_paper(tmp_path).train
    hidden = hide_part(train, rng=np.random.default_rng(0))
    assert hidden.test.user_degree.tolist() == [3, 1, 0]
    assert hidden.train.user_degree.tolist() == [27, 2, 1]
    assert (hidden.train.matrix() + hidden.test.matrix() != train.matrix()).nnz == 0
    again = hide_part(train, rng=np.random.default_rng(0))
    assert np.array_equal(again.test.movie_idx, hidden.test.movie_idx)


def test_where_the_lists_have_an_order_their_ends_are_hidden(tmp_path: Path) -> None:
    lists = {1: list(range(29, -1, -1)), 2: [7, 3, 9], 3: [4]}
    (tmp_path / "train.txt").write_text("".join(f"{user} {' '.join(map(str, m))}\n" for user, m in lists.items()))
    (tmp_path / "test.txt").write_text("1 31\n")
    train = read_paper(tmp_path).train
    hidden = hide_part(train, rng=np.random.default_rng(0))
    of_user = [hidden.test.movies.id_at(hidden.test.movie_idx[hidden.test.rows_of(user)]) for user in range(3)]
    assert [set(ids.tolist()) for ids in of_user] == [{0, 1, 2}, {9}, set()]
    asked = known_users(hidden)
    assert train.movies.id_at(asked[1].clicks).tolist() == [3, 7]  # newest first, as histories are told


def test_what_is_served_was_fitted_on_all_training_movies_and_chosen_without_the_test(tmp_path: Path) -> None:
    write_paper(tmp_path)
    data = read_paper(tmp_path)
    seen: list[Interactions] = []

    class Watched(ItemKNNRecommender):
        def fit(self, interactions: Interactions, **told: object) -> Self:
            seen.append(interactions)
            return super().fit(interactions, **told)  # type: ignore[arg-type]

    (row,) = paper_study([Contestant("item_knn", Watched)], data)
    assert {len(each) for each in seen[:-1]} == {len(hide_part(data.train, rng=np.random.default_rng(0)).train)}
    assert seen[-1].fingerprint() == data.train.fingerprint()
    assert row.test.users == data.test.n_users
    assert row.test.recall > 0.5  # of a block of 20 movies, those not clicked fit into the list
    told = row.to_json("planted")
    assert (told["protocol"], told["model"], told["users"]) == ("paper", "item_knn", data.test.n_users)
    assert told["settings"] == row.settings and told["seconds"] >= 0


def test_a_missing_file_and_a_bad_row_are_named(tiny: Path) -> None:
    (tiny / "test.txt").write_text("3 12 x\n")
    with pytest.raises(RatingFileError, match=r"test\.txt, line 1"):
        read_paper(tiny)
    (tiny / "test.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"test\.txt: expected adjacency lists"):
        read_paper(tiny)
