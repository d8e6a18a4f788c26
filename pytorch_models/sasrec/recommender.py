"""SASRec as the site serves it: the newest clicks in their order, and what should come next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import torch
from torch import Tensor

from pytorch_models.base import EXPLAINED, OnEpoch, Scored, ignore
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor, next_movies
from pytorch_models.epochs import ByEpochs
from pytorch_models.history import Read
from pytorch_models.reasons import Carried, Measure, Reason
from pytorch_models.sasrec.config import DENSE, SASRecConfig
from pytorch_models.sasrec.model import SASRec
from pytorch_models.sasrec.sequences import ordered
from pytorch_models.sasrec.train import train


class SASRecRecommender(ByEpochs):
    """Reads the newest `config.length` clicks; older ones keep their movies out of the list, and no more."""

    name = "sasrec"
    measure: Measure = "attention"
    config: SASRecConfig

    def __init__(self, config: SASRecConfig | None = None) -> None:
        super().__init__(config or SASRecConfig())
        self.network: SASRec | None = None

    def fit(
        self,
        interactions: Interactions,
        *,
        rng: np.random.Generator,
        validation: Sequence[Visitor] = (),
        on_epoch: OnEpoch = ignore,
    ) -> Self:
        """Train on `interactions`; the number of epochs is chosen on `validation`, where there is one (`asked`).

        Of data without times no order can be learnt: then each epoch reads each user's movies in another, random one,
        and `facts["ordered"]` is False. Raises KeyboardInterrupt where Ctrl-C comes before the first epoch's end.
        """
        self.facts["ordered"] = in_order = ordered(interactions)
        asked = self.asked(validation)
        trained = train(interactions, self.config, rng=rng, validation=asked, on_epoch=on_epoch)
        self.network, self.epoch, self.interrupted = trained.best, trained.epoch, trained.interrupted
        self.network.requires_grad_(False)
        self._know(interactions)
        self.facts["ordered"] = in_order
        return self

    def grid(self) -> Sequence[Self]:
        """Its own settings and DENSE; settings that were told stay alone."""
        return [self, self.with_settings(**DENSE)] if self.config == SASRecConfig() else [self]

    def asked(self, visitors: Sequence[Visitor]) -> list[Visitor]:
        """For the next movie: the truth where it came next, else their last clicks, each by those before it. Of data
        without times there is none, and the truth stays."""
        return next_movies(visitors) if self.facts["ordered"] else list(visitors)

    def _scores(self, clicks: np.ndarray, *, rng: np.random.Generator) -> Scored:
        network = self.network
        assert network is not None
        with torch.inference_mode():
            expected = network.last(self._row(clicks)[None])[0].numpy()
        # By numpy, whose product is the same bit for bit wherever the file's pages begin; torch's is not.
        return Scored(network.movie_embedding.numpy() @ expected + network.movie_bias.numpy())

    def _row(self, clicks: np.ndarray) -> Tensor:
        """`clicks`, newest first, as the network reads them: (T,), oldest first."""
        return torch.from_numpy(clicks[: self.config.length][::-1].copy())

    def _explain(self, read: Read, rows: np.ndarray, *, rng: np.random.Generator) -> tuple[Reason, ...]:
        """By `SASRec.attended`; all of a single click's, which attention has nothing to choose beside."""
        assert self.network is not None and self.movies is not None
        row = self._row(read.visit.clicks)
        attended = np.ones((len(rows), 1)) if len(row) == 1 else self._attended(row, rows)
        newest_first = attended[:, ::-1][:, :EXPLAINED]
        clicks = self.movies.id_at(read.visit.clicks[: newest_first.shape[1]]).tolist()
        return tuple(
            Reason(movie_id, self.measure, _carried(clicks, shares))
            for movie_id, shares in zip(self.movies.id_at(rows).tolist(), newest_first, strict=True)
        )

    def _attended(self, row: Tensor, movies: np.ndarray) -> np.ndarray:
        assert self.network is not None
        return self.network.attended(row, torch.from_numpy(movies)).numpy()

    def _item_vectors(self) -> np.ndarray:
        assert self.network is not None
        return self.network.movie_embedding.numpy()

    def _tensors(self) -> dict[str, np.ndarray]:
        assert self.network is not None
        return {name: tensor.numpy() for name, tensor in self.network.state_dict().items()}

    def _restore(self, tensors: dict[str, np.ndarray]) -> None:
        with torch.device("meta"):  # no room for weights that are replaced at once
            network = SASRec(self.config, n_movies=len(tensors["movie_bias"]))
        state = {name: torch.from_numpy(array) for name, array in tensors.items()}
        # The movies stay the file's own pages, which processes share; the small rest goes where torch aligns it.
        state = {name: each if name == "movie_embedding" else each.clone() for name, each in state.items()}
        network.load_state_dict(state, assign=True)
        self.network = network.requires_grad_(False).eval()


def _carried(clicks: Sequence[int], shares: np.ndarray) -> tuple[Carried, ...]:
    """Those of `clicks` with a share, the strongest first."""
    strongest = np.argsort(-shares, kind="stable")
    return tuple(Carried(clicks[at], float(shares[at])) for at in strongest if shares[at] > 0)
