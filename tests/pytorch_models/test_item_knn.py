import numpy as np

from pytorch_models.datasets.interactions import Interactions
from pytorch_models.history import History
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


def test_told_so_it_counts_the_newest_clicks_alone() -> None:
    users, movies = np.array([1, 1, 2, 2, 3, 3]), np.array([1, 2, 3, 4, 5, 6])
    world = Interactions.of(users, movies)
    models = [ItemKNNRecommender(ItemKNNConfig(newest=n)).fit(world, rng=np.random.default_rng(0)) for n in (0, 2)]
    history = History.of_clicks([1, 3, 5])  # oldest first
    told = [model.recommend(history, rng=np.random.default_rng(0)).items for model in models]
    assert [{item.movie_id for item in items if item.score > 0} for items in told] == [{2, 4, 6}, {4, 6}]
