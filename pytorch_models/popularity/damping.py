"""A mean of stars that a few ratings cannot carry away."""

from __future__ import annotations

import numpy as np

PRIOR_PERCENTILE = 95


def damped_mean(star_sum: np.ndarray, n: np.ndarray) -> np.ndarray:
    """(n_movies,) Bayesian average of each movie's stars: (C·m + Σ stars) / (C + n).

    star_sum, n: (n_movies,) sum and number of stars. The prior says: before anybody rated it, a movie is as good
    as the mean of all ratings, m, and that belief weighs as much as C ratings. C is the number of ratings that the
    movie at the 95th percentile has, so a movie stands at the top only if many agree that it is good, and the rule
    holds for a hundred thousand ratings as for twenty million. Zeros where nobody gave a star.
    """
    if not n.sum():
        return np.zeros(len(n))
    prior_mean = star_sum.sum() / n.sum()
    prior_weight = max(1.0, float(np.percentile(n[n > 0], PRIOR_PERCENTILE)))
    return (prior_weight * prior_mean + star_sum) / (prior_weight + n)
