"""The papers that are reviewed: which model each is about, and where to read it."""

from __future__ import annotations

from dataclasses import dataclass

from movie.predictors.registry import PREDICTORS, Tab


@dataclass(frozen=True)
class Paper:
    model: str
    """The site's model that is built on it, by its name in the registry."""
    title: str
    authors: str
    venue: str
    url: str

    @property
    def tab(self) -> Tab:
        return PREDICTORS[self.model]


PAPERS = {
    1: Paper(
        "kprn",
        "Explainable Reasoning over Knowledge Graphs for Recommendation",
        "Xiang Wang, Dingxian Wang, Canran Xu, Xiangnan He, Yixin Cao, Tat-Seng Chua",
        "AAAI 2019",
        "https://arxiv.org/abs/1811.04540",
    ),
    2: Paper(
        "ngcf",
        "Neural Graph Collaborative Filtering",
        "Xiang Wang, Xiangnan He, Meng Wang, Fuli Feng, Tat-Seng Chua",
        "SIGIR 2019",
        "https://arxiv.org/abs/1905.08108",
    ),
    3: Paper(
        "sasrec",
        "Self-Attentive Sequential Recommendation",
        "Wang-Cheng Kang, Julian McAuley",
        "ICDM 2018",
        "https://arxiv.org/abs/1808.09781",
    ),
}
"""By the number in the address of the review."""
