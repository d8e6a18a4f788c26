import numpy as np

from pytorch_models.base import History
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.item_knn.recommender import ItemKNNConfig, ItemKNNRecommender
from tests.pytorch_models.recommender_contract import RecommenderContract


class TestItemKNN(RecommenderContract):
    def make(self) -> ItemKNNRecommender:
        return ItemKNNRecommender()


def test_the_similarity_is_the_shrunk_cosine() -> None:
    # Movies 1 and 2 share users a and b; movie 1 has three users, movie 2 has two.
    users, movies = np.array([1, 1, 2, 2, 3]), np.array([1, 2, 1, 2, 1])
    model = ItemKNNRecommender(ItemKNNConfig(shrink=1.0))
    model.fit(Interactions.of(users, movies), rng=np.random.default_rng(0))
    found = model.recommend(History.of_clicks([2]), k=1, rng=np.random.default_rng(0)).items[0]
    assert found.movie_id == 1
    assert np.isclose(found.score, 2 / (np.sqrt(3 * 2) + 1))
