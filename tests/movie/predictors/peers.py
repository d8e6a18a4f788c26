"""A second model of the site, as real as the first, for tests of pages that show several."""

from __future__ import annotations

from movie.predictors.base import Predictor
from movie.predictors.registry import Tab
from pytorch_models.ease.recommender import EASEConfig, EASERecommender


class PeerPredictor(Predictor[EASERecommender]):
    name = "peer"

    def make(self) -> EASERecommender:
        return EASERecommender(EASEConfig(l2=10.0))


peer_predictor = PeerPredictor()
PEER = Tab("tests.movie.predictors.peers.peer_predictor", "Peer", "Ten movies for you", "engineers")
