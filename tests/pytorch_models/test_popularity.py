from pytorch_models.base import Recommender
from pytorch_models.popularity.recommender import PopularityRecommender
from tests.pytorch_models.recommender_contract import RecommenderContract
from tests.worlds import FIRST_ID, planted


class TestPopularity(RecommenderContract):
    def make(self) -> PopularityRecommender:
        return PopularityRecommender()

    def test_it_finds_the_planted_block(self, fitted: Recommender) -> None:
        """It cannot, as it ignores the history: everybody gets what most users clicked, less what they saw."""
        world = planted()
        users_of = dict(zip(world.movies.ids.tolist(), world.movie_degree.tolist(), strict=True))
        for seen in ([FIRST_ID], [FIRST_ID + 30, FIRST_ID + 31]):
            found = [users_of[movie] for movie in self.answer(fitted, seen).movie_ids]
            assert found == sorted((n for movie, n in users_of.items() if movie not in seen), reverse=True)[:10]
