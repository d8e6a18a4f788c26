"""NGCF of any size without its training: tables as wide and vectors as alike as trained ones, in seconds.

What a request costs does not depend on what the weights know, so speed can be measured on networks that nobody has
hours to train. What an index finds does: among vectors without neighbours every index fails. So the embeddings are
random projections of the graph (FastRP, Chen et al., CIKM 2019), in which movies with the same visitors lie together.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy import sparse

from pytorch_models.datasets.interactions import Interactions
from pytorch_models.ngcf.config import NGCFConfig
from pytorch_models.ngcf.model import NGCF
from pytorch_models.ngcf.recommender import NGCFRecommender, tables_of
from pytorch_models.ngcf.scoring import Narrow, Scoring
from pytorch_models.relation import Relation

HOPS = 2
"""How often the projection goes from movies to their users and back."""
OWN_PART = 0.5
"""Length of a movie's own random part, where what it hears from the others has length 1."""
MOST_RELATED = 16_384
"""So many of the most clicked movies have relations; the others have none, as in a large world's real relation."""


def untrained(interactions: Interactions, config: NGCFConfig, *, seed: int) -> NGCFRecommender:
    """A recommender that serves, its network drawn at random, its relation and cosine of random weights.

    Memory while it is made: about ten times n_movies × `embedding_size` × (layers + 1) float32.
    """
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    network = NGCF(config, n_movies=interactions.n_movies).eval()
    with torch.no_grad():
        network.movie_embedding.copy_(torch.from_numpy(_projected(interactions, config.embedding_size, rng=rng)))
    recommender = NGCFRecommender(config)
    recommender.movies = interactions.movies
    recommender.tables, users = tables_of(network, interactions)
    recommender.scoring = Scoring(
        recommender.tables.item,
        recommender.tables.bias,
        Relation.of(_relation(interactions, config.relation_keep, rng=rng)),
        Relation.of(_relation(interactions, config.cosine_keep, rng=rng)),
        Narrow.of(recommender.tables.item, users, width=config.narrow_width),
    )
    return recommender


def _projected(interactions: Interactions, width: int, *, rng: np.random.Generator) -> np.ndarray:
    """(n_movies, width) float32 embeddings: what is heard over HOPS, and an own part."""
    clicked = interactions.matrix()  # (n_users, n_movies)
    damp_user = _column(np.maximum(interactions.user_degree, 1) ** -1.0)
    damp_movie = _column(np.maximum(interactions.movie_degree, 1) ** -0.5)
    own = _unit(rng.standard_normal((interactions.n_movies, width), np.float32))
    heard = own
    for _ in range(HOPS):
        users = (clicked @ (heard * damp_movie)) * damp_user
        heard = (clicked.T @ users) * damp_movie
        heard = _unit(heard - heard.mean(axis=0))  # without what all movies have in common
    return heard + np.float32(OWN_PART) * own


def _column(x: np.ndarray) -> np.ndarray:
    return x.astype(np.float32)[:, None]


def _unit(rows: np.ndarray) -> np.ndarray:
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return rows


def _relation(interactions: Interactions, keep: int, *, rng: np.random.Generator) -> sparse.csr_matrix:
    n = interactions.n_movies
    keep = min(keep, n - 1)
    rows = np.sort(np.argsort(-interactions.movie_degree, kind="stable")[:MOST_RELATED])
    stored = np.zeros(n, np.int64)
    stored[rows] = keep
    columns = rng.integers(n, size=keep * len(rows), dtype=np.int32)
    data = rng.exponential(0.01, keep * len(rows)).astype(np.float32)
    return sparse.csr_matrix((data, columns, np.concatenate([[0], np.cumsum(stored)])), (n, n))
