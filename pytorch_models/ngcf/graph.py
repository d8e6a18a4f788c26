"""The user–movie heterograph. DGL, without a release since 2024, is imported here alone: it can be replaced."""

from __future__ import annotations

import os
from typing import NamedTuple, TypeAlias

# Without it, importing DGL writes a file into the home folder.
os.environ.setdefault("DGLBACKEND", "pytorch")

import dgl
import dgl.function as fn
import torch
from torch import Tensor

Graph: TypeAlias = dgl.DGLGraph
LISTENS, SPEAKS = ("movie", "iu", "user"), ("user", "ui", "movie")


def build(listens: tuple[Tensor, Tensor], speaks: tuple[Tensor, Tensor], *, n_users: int, n_movies: int) -> Graph:
    """A heterograph with `iu` edges (a movie sends to a user) and `ui` edges (a user sends to a movie).

    listens, speaks: (user rows, movie rows), int64, of the `iu` and of the `ui` edges. A user of the training
    data has both; a visitor listens and does not speak. Each edge bears "c", (E,) float32:
    ĉ_ui = 1/√(|N_u| max(|N_i|, 1)), |N_u| counted over `iu` edges and |N_i| over `ui` edges.
    """
    (iu_user, iu_movie), (ui_user, ui_movie) = listens, speaks
    graph = dgl.heterograph(
        {LISTENS: (iu_movie, iu_user), SPEAKS: (ui_user, ui_movie)},
        num_nodes_dict={"user": n_users, "movie": n_movies},
    )
    user_degree = torch.bincount(iu_user, minlength=n_users)
    movie_degree = torch.bincount(ui_movie, minlength=n_movies)
    graph.edges[LISTENS].data["c"] = edge_weight(user_degree[iu_user], movie_degree[iu_movie])
    graph.edges[SPEAKS].data["c"] = edge_weight(user_degree[ui_user], movie_degree[ui_movie])
    return graph


def edge_weight(user_degree: Tensor, movie_degree: Tensor) -> Tensor:
    """ĉ_ui = 1/√(|N_u| max(|N_i|, 1)) for each edge, from the degrees at its ends (NGCF eq. 3)."""
    return (user_degree.clamp(min=1) * movie_degree.clamp(min=1)).to(torch.float32).rsqrt()


class Heard(NamedTuple):
    """What one visitor hears. n: Σ ĉ h, (D,); s: Σ ĉ; mean: of the movies' rows, (D,)."""

    n: Tensor
    s: float
    mean: Tensor


def hear(movie_degree: Tensor, rows: Tensor) -> Heard:
    """A heterograph of one visitor and the |C| movies they clicked, and what comes along its `iu` edges, in one pass.

    movie_degree: (|C|,) int64, as trained; rows: (|C|, D), what the movies say. As `build` and `weighted_sum` would
    have it with the visitor among all users, since nothing else is on the way from these movies to them.
    """
    n = len(movie_degree)
    graph = dgl.heterograph(
        {LISTENS: (torch.arange(n), torch.zeros(n, dtype=torch.int64))},
        num_nodes_dict={"user": 1, "movie": n},
    )
    weights = torch.stack([edge_weight(torch.tensor(n), movie_degree), torch.full((n,), 1 / n)], dim=1)  # (|C|, 2)
    said = torch.cat([rows, torch.ones(n, 1)], dim=1)  # (|C|, D + 1)
    sums = dgl.ops.u_mul_e_sum(graph, said.unsqueeze(1), weights.unsqueeze(2))[0]  # (2, D + 1)
    return Heard(sums[0, :-1], float(sums[0, -1]), sums[1, :-1])


def weighted_sum(graph: Graph, etype: tuple[str, str, str], source: Tensor) -> Tensor:
    """Σ ĉ h over each target's edges: `source` (n_source, D) → (n_target, D); no tensor has an edge axis."""
    source_type, _, target_type = etype
    with graph.local_scope():
        graph.nodes[source_type].data["h"] = source
        graph.update_all(fn.u_mul_e("h", "c", "m"), fn.sum("m", "n"), etype=etype)
        return graph.nodes[target_type].data["n"]


def weight_sum(graph: Graph, etype: tuple[str, str, str]) -> Tensor:
    """s = Σ ĉ over each target's edges, (n_target, 1)."""
    with graph.local_scope():
        graph.update_all(fn.copy_e("c", "m"), fn.sum("m", "s"), etype=etype)
        return graph.nodes[etype[2]].data["s"].unsqueeze(1)


def mean_of_neighbours(graph: Graph, source: Tensor) -> Tensor:
    """Each user's mean over the movies it listens to, zeros where there is none: (n_movies, D) → (n_users, D)."""
    with graph.local_scope():
        graph.nodes["movie"].data["h"] = source
        graph.update_all(fn.copy_u("h", "m"), fn.mean("m", "mean"), etype=LISTENS)
        return graph.nodes["user"].data["mean"]
