from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from pytorch_models.kprn.model import CLICKED, FIRST_KIND, FROM, KPRN, MOVIE, NULL, TO, VISITOR
from pytorch_models.kprn.paths import NONE, Paths, extract, ties
from pytorch_models.kprn.serving import network_of
from tests.pytorch_models.kprn.worlds import ALI, COLLATERAL, EXACT, HEAT, SCARFACE, TWINS, graph


def network(gamma: float = 1.0) -> KPRN:
    torch.manual_seed(0)
    found = graph()
    return network_of(found, replace(EXACT, gamma=gamma)).eval()


def paths(clicks: tuple[int, ...] = (HEAT, ALI)) -> Paths:
    found = graph()
    return extract(found, ties(found, np.array(clicks)), np.array([COLLATERAL, SCARFACE, TWINS]), EXACT)


def one_by_one(model: KPRN, found: Paths, path: int) -> float:
    """The score of one path by torch's own LSTM over its whole sequence (eq. 2–4)."""
    lstm = nn.LSTM(model.input.in_features, model.config.hidden_size, batch_first=True)
    weights = {"weight_ih_l0": model.input.weight, "weight_hh_l0": model.state.weight, "bias_ih_l0": model.input.bias}
    lstm.load_state_dict(weights | {"bias_hh_l0": torch.zeros_like(model.input.bias)})
    stem = found.stem[path]
    stops = [int(found.click[stem]), int(found.entity[stem])]
    if found.between[stem] != NONE:
        stops += [int(found.between[stem]), int(found.entity2[stem])]
    stops.append(int(found.movie[found.target[path]]))
    nodes = [torch.cat([model.visitor[0], model.node_type.weight[VISITOR], model.relation.weight[CLICKED]])]
    for place, stop in enumerate(stops):
        if place % 2 == 0:
            relation = TO + int(model.kind[stops[place + 1]]) if place + 1 < len(stops) else NULL
            nodes.append(
                torch.cat([model.movie.weight[stop], model.node_type.weight[MOVIE], model.relation.weight[relation]])
            )
        else:
            kind = int(model.kind[stop])
            n_crowds = len(model.crowd.weight)
            itself = model.crowd.weight[stop] if stop < n_crowds else model.entity.weight[stop - n_crowds + 1]
            nodes.append(
                torch.cat([itself, model.node_type.weight[FIRST_KIND + kind], model.relation.weight[FROM + kind]])
            )
    _, (h, _) = lstm(torch.stack(nodes).unsqueeze(0))
    return float(model.second(torch.relu(model.first(h[0]))))


def test_all_paths_at_once_score_as_each_alone_through_an_lstm() -> None:
    model, found = network(), paths()
    with torch.no_grad():
        together = model.scores(found)
        assert {len(found.stem) > 5, bool((found.between[found.stem] != NONE).any())} == {True}
        for path in range(len(found)):
            assert float(together[path]) == pytest.approx(one_by_one(model, found, path), abs=1e-5)


def test_some_paths_at_a_time_score_as_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model, found = network(), paths()
    monkeypatch.setattr("pytorch_models.kprn.model.PATHS_AT_ONCE", 3)
    with torch.no_grad():
        in_parts = model.scores_in_parts(found, model.ends(torch.arange(5)))
        assert len(found) > 6 and torch.allclose(in_parts, model.scores(found), atol=1e-6)


def two_targets() -> Paths:
    """Three paths: two to the first target, which weigh 1 and 2, one to the second; none to the third."""
    one = np.array([0], np.int32)
    none = np.array([NONE], np.int32)
    return Paths(
        one, one, none, none,
        stem=np.zeros(3, np.int32), target=np.array([0, 0, 1], np.int32),
        log_weight=np.log([1, 2, 1]).astype(np.float32), movie=np.array([1, 2, 3], np.int32),
    )  # fmt: skip


# Of the four users two have COLLATERAL, one has ALI, and two have SCARFACE, the targets' movies.
PATHLESS = EXACT.everybody * np.array([2, 1, 2]) / 4


@pytest.mark.parametrize("gamma", [0.1, 1.0, 10.0])
def test_weighted_pooling_by_hand(gamma: float) -> None:
    scores = torch.tensor([0.3, -0.2, 1.5])
    with torch.no_grad():
        g = network(gamma).pooled(two_targets(), scores)
    paths = [np.exp(0.3 / gamma) + 2 * np.exp(-0.2 / gamma), np.exp(1.5 / gamma), 0]
    assert g.tolist() == pytest.approx(np.log(PATHLESS + paths).tolist(), abs=1e-5)


def test_pooling_does_not_overflow() -> None:
    with torch.no_grad():
        g = network(0.01).pooled(two_targets(), torch.tensor([9.0, -9.0, 9.0]))
    assert g[:2].tolist() == pytest.approx([900, 900])


def test_pooling_has_the_gradient_of_a_softmax() -> None:
    scores = torch.tensor([0.3, -0.2, 1.5], requires_grad=True)
    model = network(2.0)
    model.pooled(two_targets(), scores)[0].backward()  # type: ignore[no-untyped-call]
    weights = np.array([np.exp(0.15), 2 * np.exp(-0.1), PATHLESS[0]])
    share = weights / weights.sum()
    assert scores.grad is not None and model.log_everybody.grad is not None
    assert scores.grad.tolist() == pytest.approx([share[0] / 2, share[1] / 2, 0], abs=1e-5)
    assert float(model.log_everybody.grad) == pytest.approx(share[2], abs=1e-5)
