from __future__ import annotations

from pytorch_models.lightgcn.config import LightGCNConfig
from pytorch_models.lightgcn.recommender import LightGCNRecommender
from tests.pytorch_models.recommender_contract import RecommenderContract
from tests.worlds import FIRST_ID

SMALL = LightGCNConfig(embedding_size=16, layers=2, learning_rate=0.05, batch_size=256, epochs=25)


class TestLightGCN(RecommenderContract):
    def make(self) -> LightGCNRecommender:
        return LightGCNRecommender(SMALL)

    def test_folding_in_lowers_the_loss(self, fitted: LightGCNRecommender) -> None:
        losses = self.answer(fitted, list(range(FIRST_ID, FIRST_ID + 8))).losses
        assert len(losses) == SMALL.fold_in_epochs + 1
        assert losses[-1] < losses[0]

    def test_the_order_of_clicks_changes_nothing(self, fitted: LightGCNRecommender) -> None:
        clicks = [FIRST_ID + i for i in (3, 40, 7, 22, 61)]
        assert self.answer(fitted, clicks).items == self.answer(fitted, clicks[::-1]).items
