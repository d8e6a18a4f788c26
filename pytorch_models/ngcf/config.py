"""Every number that NGCF takes, saved beside its weights."""

from __future__ import annotations

from dataclasses import dataclass

from pytorch_models.relation import LARGEST_SIDE


@dataclass(frozen=True)
class NGCFConfig:
    embedding_size: int = 64
    """Width of the movie embeddings h_i^0."""
    layers: tuple[int, ...] = (64,)
    """Width of each propagation layer; the first site's network has (64, 64, 64)."""
    spectral_start: bool = False
    """Begin with embeddings in which movies of the same users lie close (`spectrum.py`), not with random ones: most
    of the way in one step for sparse, wide data, where training from random ones overfits before it gets there."""
    negative_slope: float = 0.5
    """Slope of LeakyReLU below zero."""
    message_dropout: float = 0.5
    """Share of a layer's outputs that training sets to zero."""
    embedding_dropout: float = 0.0
    """Share of h^0 that training sets to zero where it is scored; what is propagated stays whole."""
    edge_dropout: float = 0.2
    """Share of the graph's edges that a training step leaves out."""
    visitor_share: tuple[float, float] = (0.05, 0.4)
    """Range of the share of users that a training step treats as visitors."""
    most_visitors: int = 640
    """Most visitors in a step; each takes a row of scores, one a movie, in memory."""
    input_share: tuple[float, float] = (0.3, 0.9)
    """Range of the share of a visitor's clicks that a training step shows; the hidden rest is the target."""
    doubt: float = 5.0
    """Where κ starts, in clicks: a visitor's part of a score counts |C| / (|C| + κ). It is learnt."""
    few_share: float = 0.5
    """Share of the visitors of a training step who show few clicks: 1 to MOST_FEW, small numbers more often. With 0,
    validation does not ask for visitors with few either."""
    normalise: bool = True
    """Scale each layer's output to unit length for scoring; needed where several layers are stacked."""
    layer_weight: float = 10.0
    """Where the learnt weight of each layer starts."""
    learning_rate: float = 0.01
    """Step size of Adam, in training."""
    weight_decay: float = 3e-5
    """L2 on all weights, in training."""
    gradient_clip: float = 5.0
    """Largest norm of a training step's gradient."""
    weight_average: float = 0.98
    """Decay of the moving average of the weights, a step; the average is what serves."""
    epochs: int = 80
    """Most epochs of training; one epoch shows each user as a visitor once, on average."""
    patience: int = 15
    """Epochs without a better validation NDCG@10 before training stops."""
    retrain_epochs: int = 10
    """Epochs of BPR on the visitor's clicks, in a request."""
    retrain_rate: float = 0.1
    """Step size of those epochs, the free part measured in lengths of h_u^0."""
    retrain_temperature: float = 1.0
    """Scores are divided by it in those epochs; above 1, pairs that are far apart already teach something too."""
    retrain_opinions: float = 1.0
    """Share of those epochs' pairs that are what the visitor starred above their mean before what they starred
    below it, or hid; of a visitor with many opinions."""
    retrain_opinions_doubt: float = 80.0
    """Of one with n opinions, n / (n + this) of that share: few stars tell more of a film than of a taste."""
    retrain_passed: float = 0.3
    """Share of those epochs' pairs whose lower movie is one that the visitor passed over in a list, where some are
    told; the others are drawn from all that were not clicked."""
    retrain_l2: float = 1e-5
    """Weight of ½‖·‖² of the visitor's free part in those epochs; in the modes that train every weight, also of
    the embeddings of the pairs' movies."""
    full_rate: float = 0.0002
    """Step size of Adam in the epochs that train every weight (modes `full` and `reference`)."""
    full_dropout: float = 0.0
    """Share of a layer's outputs that those epochs set to zero."""
    relation_scale: float = 64.0
    """Weight of the item–item relation in a score; validation chooses another, among SCALES, where that is clearly
    better. 0 leaves it out."""
    relation_doubt: float = 5.0
    """Of |C| clicks, |C| / (|C| + this) of that weight; validation chooses, among DOUBTS."""
    choose_scales: bool = True
    """Whether validation may choose weights of relation and cosine; False keeps those that stand here."""
    relation_l2: float = 300.0
    """λ of that relation, in squared clicks."""
    relation_keep: int = 200
    """How many of its weights stay, a movie on average."""
    relation_side: int = LARGEST_SIDE
    """Side of the largest square inverted for it, 4 bytes an entry; of more movies and users, the most clicked ones
    alone have a relation."""
    cosine_scale: float = 8.0
    """Weight of the co-click cosine in a score, Σ over the clicks; validation chooses, among COSINE_SCALES. 0 leaves
    it out."""
    cosine_doubt: float = 6.0
    """Of |C| clicks, κ³ / (κ³ + |C|³) of that weight, κ this: it knows more of a visitor with few clicks than the
    relation and the network do, and does harm to one with many."""
    cosine_shrink: float = 10.0
    """See `cosine_weights`."""
    cosine_user_power: float = 0.5
    """See `cosine_weights`; 0.5 is how NGCF's own messages weigh a user."""
    cosine_scored_power: float = 0.35
    """See `cosine_weights`; below 0.5, what many have is held against them less."""
    cosine_keep: int = 200
    """How many of its weights stay, a movie."""
    narrow_width: int = 32
    """Width of the table that a request reads whole."""
    candidates: int = 128
    """At least so many of the best by that table, and one in ONE_IN of all movies, are scored again at full width; 0
    scores every movie at full width."""
