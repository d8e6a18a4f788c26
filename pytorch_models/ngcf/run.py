"""A training of NGCF that can be put down after any epoch and taken up in another process, as if nothing had been."""

from __future__ import annotations

import copy
import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from pytorch_models.base import CurvePoint
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.ngcf.config import NGCFConfig
from pytorch_models.ngcf.model import NGCF
from pytorch_models.ngcf.spectrum import spectral_embedding


@dataclass
class Progress:
    """How far a training is. best_ndcg: validation NDCG@10, None without visitors; finished: nothing is left.

    seconds: of all epochs so far, validation included, whichever process ran them.
    """

    epoch: int = 0
    best_epoch: int = 0
    best_ndcg: float | None = None
    finished: bool = False
    seconds: float = 0.0
    curve: list[CurvePoint] = field(default_factory=list)


class Run:
    """Everything that a training changes: weights, their average, the optimizer, the random states, the best so far.

    `path`, where given, is the file that `save` writes after each epoch, by its name this training's alone: the same
    data, settings and seed. It holds tensors and JSON, no pickle.
    """

    def __init__(
        self, interactions: Interactions, config: NGCFConfig, *, rng: np.random.Generator, scratch: Path | None
    ) -> None:
        self.path = scratch and scratch / f"{_key(interactions, config, rng)}.safetensors"
        self.rng = rng
        torch.manual_seed(int(rng.integers(2**31)))
        self.network = NGCF(config, n_movies=interactions.n_movies)
        self.network.start_from_popularity(torch.from_numpy(interactions.movie_degree))
        average = get_ema_multi_avg_fn(config.weight_average)  # type: ignore[no-untyped-call]
        self.average = AveragedModel(self.network, multi_avg_fn=average)
        self.optimizer = torch.optim.Adam(
            self.network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.best = copy.deepcopy(self.averaged)
        self.progress = Progress()
        taken_up = self.path is not None and self.path.exists() and self._load(self.path)
        if config.spectral_start and not taken_up:
            self._start_from(spectral_embedding(interactions, config.embedding_size, rng=np.random.default_rng(0)))

    @property
    def averaged(self) -> NGCF:
        module: NGCF = self.average.module  # type: ignore[assignment]
        return module

    @torch.no_grad()
    def _start_from(self, embedding: np.ndarray) -> None:
        for network in (self.network, self.averaged, self.best):
            network.movie_embedding.copy_(torch.from_numpy(embedding))

    def epoch_done(self, ndcg: float | None) -> None:
        """Count an epoch; without a `ndcg` to compare, the newest weights are the best."""
        done = self.progress
        done.epoch += 1
        if ndcg is None or done.best_ndcg is None or ndcg > done.best_ndcg:
            done.best_epoch, done.best_ndcg = done.epoch, ndcg
            self.best = copy.deepcopy(self.averaged)

    def save(self) -> None:
        """Write the state to `path`, whole or not at all."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        making = self.path.with_suffix(f".{os.getpid()}")
        state = {"progress": asdict(self.progress), "numpy": self.rng.bit_generator.state}
        save_file(self._tensors(), making, metadata={"state": json.dumps(state)})
        making.replace(self.path)

    def _tensors(self) -> dict[str, Tensor]:
        tensors = {"torch": torch.get_rng_state()}
        for part, module in (("network", self.network), ("average", self.average), ("best", self.best)):
            tensors |= {f"{part}/{name}": tensor.contiguous() for name, tensor in module.state_dict().items()}
        for parameter, state in self.optimizer.state_dict()["state"].items():
            tensors |= {f"adam/{parameter}/{name}": tensor for name, tensor in state.items()}
        return tensors

    def _load(self, path: Path) -> bool:
        """Take up what `save` wrote. False, and nothing changed, where the file cannot be read."""
        try:
            with safe_open(path, framework="pt") as file:
                state: dict[str, Any] = json.loads(file.metadata()["state"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        except (SafetensorError, OSError, ValueError):
            return False

        def part(name: str) -> dict[str, Tensor]:
            return {key.partition("/")[2]: t for key, t in tensors.items() if key.startswith(f"{name}/")}

        for name, module in (("network", self.network), ("average", self.average), ("best", self.best)):
            module.load_state_dict(part(name))
        adam: dict[int, dict[str, Tensor]] = {}
        for key, tensor in part("adam").items():
            parameter, _, name = key.partition("/")
            adam.setdefault(int(parameter), {})[name] = tensor
        self.optimizer.load_state_dict({"state": adam, "param_groups": self.optimizer.state_dict()["param_groups"]})
        self.rng.bit_generator.state = state["numpy"]
        torch.set_rng_state(tensors["torch"])
        self.progress = Progress(**state["progress"])
        return True


def _key(interactions: Interactions, config: NGCFConfig, rng: np.random.Generator) -> str:
    told = json.dumps([interactions.fingerprint(), asdict(config), rng.bit_generator.state])
    return hashlib.sha256(told.encode()).hexdigest()[:16]
