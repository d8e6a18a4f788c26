"""KPRN: an LSTM reads each path, two layers score it, weighted pooling adds them up (Wang et al., AAAI 2019)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from pytorch_models.kprn.config import KPRNConfig
from pytorch_models.kprn.graph import CROWDS, KINDS
from pytorch_models.kprn.paths import NONE, Paths

VISITOR, MOVIE, FIRST_KIND = 0, 1, 2
"""Types of nodes; an entity's is FIRST_KIND + its kind."""
NULL, CLICKED, TO, FROM = 0, 1, 2, 2 + len(KINDS)
"""Relations: behind the last node; from the visitor; from a movie TO + the kind of the entity; FROM + that kind."""
EMBEDDING_SCALE = 0.1
"""Standard deviation of the embeddings of single movies and entities, before training."""
PATHS_AT_ONCE = 2048


class KPRN(nn.Module):
    """Scores paths. The visitor is a node without a name: one embedding for all, as nobody who comes was trained.

    kind: (n_entities,) int8 rows of KINDS. degree: (n_movies,) how many of the `n_users` have each movie: the first
    number of its embedding begins as its logarithm.
    """

    kind: Tensor
    log_share: Tensor

    def __init__(self, config: KPRNConfig, kind: Tensor, degree: Tensor, *, n_users: int) -> None:
        super().__init__()
        width, hidden = config.embedding_size, config.hidden_size
        half = width // 2
        self.config = config
        self.register_buffer("kind", kind.long())
        self.register_buffer("log_share", (degree.float().clamp(min=0.5) / n_users).log())
        self.log_everybody = nn.Parameter(torch.tensor(config.everybody).log())
        self.visitor = nn.Parameter(torch.zeros(1, width))
        self.movie = nn.Embedding(len(degree), width)
        self.crowd = nn.Embedding(CROWDS, width)
        self.entity = nn.Embedding(len(kind) - CROWDS + 1, width)
        self.node_type = nn.Embedding(FIRST_KIND + len(KINDS), half)
        self.relation = nn.Embedding(FROM + len(KINDS), half)
        self.input = nn.Linear(width + 2 * half, 4 * hidden)
        self.state = nn.Linear(hidden, 4 * hidden, bias=False)
        self.first = nn.Linear(hidden, hidden)
        self.second = nn.Linear(hidden, 1)
        self._start(degree.float().clamp(min=1).log())

    @torch.no_grad()
    def _start(self, log_degree: Tensor) -> None:
        for table in (self.movie, self.crowd, self.entity):
            table.weight.mul_(EMBEDDING_SCALE)
        self.movie.weight[:, 0] = (log_degree - log_degree.mean()) / log_degree.std(correction=0).clamp(min=1e-6)
        self.crowd.weight[:, 0] = torch.linspace(1.5, -1.5, CROWDS)  # the closest first
        forget = slice(self.config.hidden_size, 2 * self.config.hidden_size)
        self.input.bias[forget] += 1  # so that the path's beginning is not forgotten before anything is learnt

    def named(self) -> list[Tensor]:
        """The embeddings of single movies and entities."""
        return [self.movie.weight, self.entity.weight]

    def forward(self, paths: Paths) -> Tensor:
        """(T,): g of each target (eq. 6). Its probability is σ(g) (eq. 7)."""
        return self.pooled(paths, self.scores(paths))

    def scores(self, paths: Paths) -> Tensor:
        """(N,): s(τ | p) of each path (eq. 4)."""
        ends = self.ends(_rows(paths.movie))
        return self._ended(self.stems(paths), _rows(paths.stem), ends, _rows(paths.target))

    def scores_in_parts(self, paths: Paths, ends: Tensor) -> Tensor:
        """The same without a gradient: some at a time, which stay in the processor's cache. ends: of all movies."""
        stems, stem, movie = self.stems(paths), _rows(paths.stem), _rows(paths.movie[paths.target])
        parts = zip(torch.split(stem, PATHS_AT_ONCE), torch.split(movie, PATHS_AT_ONCE), strict=True)
        return torch.cat([self._ended(stems, own, ends, last) for own, last in parts])

    def _ended(self, stems: tuple[Tensor, Tensor], stem: Tensor, ends: Tensor, end: Tensor) -> Tensor:
        """(n,) scores of paths whose stems are the rows `stem`, and whose last movies the rows `end` of `ends`."""
        gates, cell = stems
        h, _ = _lstm(gates[stem] + ends[end], cell[stem])
        return self.second(torch.relu(self.first(h))).squeeze(1)

    def stems(self, paths: Paths) -> tuple[Tensor, Tensor]:
        """Behind each stem: its part of the LSTM's next gates, (S, 4H), and its cell, (S, H)."""
        click, entity = _rows(paths.click), _rows(paths.entity)
        h, cell = _lstm(self.input(self._visitor()), torch.zeros(1, self.config.hidden_size))
        h, cell = self._step(self._movie(click, TO + self.kind[entity]), h, cell)
        h, cell = self._step(self._entity(entity), h, cell)
        over = torch.from_numpy(np.flatnonzero(paths.between != NONE))
        if len(over):
            between, entity = _rows(paths.between)[over], _rows(paths.entity2)[over]
            far = self._step(self._movie(between, TO + self.kind[entity]), h[over], cell[over])
            far = self._step(self._entity(entity), *far)
            h, cell = h.index_copy(0, over, far[0]), cell.index_copy(0, over, far[1])
        return self.state(h), cell

    def ends(self, movie: Tensor) -> Tensor:
        """(n, 4H): the part of the last gates that a last movie has; the relation behind it is the null one."""
        return self.input(self._movie(movie, torch.full_like(movie, NULL)))

    def pooled(self, paths: Paths, scores: Tensor) -> Tensor:
        """(T,): log (e^pathless + Σ w exp(s / γ)) over the paths of each target: eq. 6, each path by its weight."""
        each, pathless = self.parts(paths, scores), self.pathless(_rows(paths.movie))
        target = _rows(paths.target)
        most = pathless.detach().scatter_reduce(0, target, each.detach(), "amax")
        total = (pathless - most).exp().index_add(0, target, (each - most[target]).exp())
        return total.log() + most

    def pathless(self, movie: Tensor) -> Tensor:
        """(n,): g of movies to which no path leads, by how many have them."""
        return self.log_everybody + self.log_share[movie]

    def parts(self, paths: Paths, scores: Tensor) -> Tensor:
        """(N,): the logarithm of what each path adds to the sum of eq. 6."""
        return scores / self.config.gamma + torch.from_numpy(paths.log_weight)

    # A node is its embedding, its type's and that of the relation behind it (eq. 2): (n, 2D).

    def _visitor(self) -> Tensor:
        return torch.cat([self.visitor, self.node_type.weight[[VISITOR]], self.relation.weight[[CLICKED]]], dim=1)

    def _movie(self, movie: Tensor, relation: Tensor) -> Tensor:
        kind = self.node_type.weight[MOVIE].expand(len(movie), -1)
        return torch.cat([self.movie(movie), kind, self.relation(relation)], dim=1)

    def _entity(self, entity: Tensor) -> Tensor:
        kind, crowd = self.kind[entity], (entity < CROWDS).unsqueeze(1)
        named = self.entity((entity - CROWDS + 1).clamp(min=0))  # row 0 is nobody's
        itself = torch.where(crowd, self.crowd(entity.clamp(max=CROWDS - 1)), named)
        return torch.cat([itself, self.node_type(FIRST_KIND + kind), self.relation(FROM + kind)], dim=1)

    def _step(self, node: Tensor, h: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
        return _lstm(self.input(node) + self.state(h), cell)


def _lstm(gates: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    """State and cell after a step (eq. 3), (n, H) each. gates: i, f, z, o, (n, 4H), before their functions."""
    i, f, z, o = gates.chunk(4, dim=1)
    cell = f.sigmoid() * cell + i.sigmoid() * _tanh(z)
    return o.sigmoid() * _tanh(cell), cell


def _tanh(x: Tensor) -> Tensor:
    """By the logistic function, which torch computes several times faster than its own tanh."""
    return 2 * (2 * x).sigmoid() - 1


def _rows(rows: np.ndarray) -> Tensor:
    return torch.from_numpy(rows).long()
