"""How popular a movie is: what the home page and the popularity model rank by."""

from __future__ import annotations

import numpy as np

from pytorch_models.popularity.damping import damped_mean


def popularity(star_sum: np.ndarray, n_stars: np.ndarray, n_users: np.ndarray) -> np.ndarray:
    """The damped mean; for data without a single star, the number of users."""
    return damped_mean(star_sum, n_stars) if n_stars.sum() else n_users.astype(float)
