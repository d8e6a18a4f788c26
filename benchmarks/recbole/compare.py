"""How long RecBole's NGCF and ours train to the same validation NDCG@10, on one split, judged by one evaluator.

    python benchmarks/recbole/compare.py --recbole PYTHON [--json FILE]

PYTHON: the interpreter of an environment with benchmarks/recbole/requirements.txt. The data is MovieLens 100K; a
tenth of each user's movies is hidden. RecBole trains with its own defaults until PATIENCE epochs bring nothing; its
best NDCG@10 is the target. Ours trains on the same interactions, without the item–item relation and the ten epochs of
a request, and shows many clicks only, as every user here has: settings OURS. Both use one thread, and seconds are the
processor's; of RecBole only epochs of training count, of ours validation too.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django
import numpy as np

from pytorch_models.base import EpochDone, top_k
from pytorch_models.datasets.interactions import Interactions
from pytorch_models.datasets.splits import Visitor
from pytorch_models.evaluation.metrics import ndcg_at
from pytorch_models.ngcf.config import NGCFConfig
from pytorch_models.ngcf.train import train

HIDDEN_SHARE = 0.1
PATIENCE = 20
EPOCHS = 300
OURS = NGCFConfig(few_share=0.0, learning_rate=0.003, epochs=EPOCHS, patience=PATIENCE)


@dataclass(frozen=True)
class Reached:
    """The best NDCG@10 of a training, or the first at a target: its epoch and the seconds up to its end."""

    ndcg: float
    epoch: int
    seconds: float


def split_of(interactions: Interactions, *, seed: int) -> tuple[Interactions, list[Visitor]]:
    """The interactions without a random tenth of each user's, and each user as a visitor who looks for the tenth."""
    rng = np.random.default_rng(seed)
    hidden = np.zeros(len(interactions), bool)
    for user in range(interactions.n_users):
        rows = interactions.rows_of(user)
        n = round(HIDDEN_SHARE * (rows.stop - rows.start))
        hidden[rows.start + rng.permutation(rows.stop - rows.start)[:n]] = True
    of = interactions
    arrays = (array[~hidden] for array in (of.user_idx, of.movie_idx, of.star, of.at))
    kept = Interactions(*arrays, of.users, of.movies)
    visitors = []
    for user in range(interactions.n_users):
        rows, own = interactions.rows_of(user), kept.rows_of(user)
        truth = rows.start + np.flatnonzero(hidden[rows])
        if len(truth):
            clicks = kept.movie_idx[own], kept.star[own]
            visitors.append(Visitor(*clicks, interactions.movie_idx[truth], interactions.star[truth]))
    return kept, visitors


def export(folder: Path, kept: Interactions, visitors: list[Visitor]) -> None:
    """Rows, not ids, as RecBole's atomic files."""
    (folder / "split").mkdir()
    head = "user_id:token\titem_id:token\n"
    shown = zip(kept.user_idx, kept.movie_idx, strict=True)
    hidden = ((user, movie) for user, visitor in enumerate(visitors) for movie in visitor.truth)
    for name, pairs in (("train", shown), ("valid", hidden)):
        text = "".join(f"{user}\t{movie}\n" for user, movie in pairs)
        (folder / f"split/split.{name}.inter").write_text(head + text)


def recbole(folder: Path, python: str, visitors: list[Visitor], n_movies: int) -> Reached:
    """Train there; judge each epoch here as its file comes; end the training when nothing gets better."""
    script = Path(__file__).with_name("train_ngcf.py")
    process = subprocess.Popen([python, str(script), str(folder), str(EPOCHS)])
    best = Reached(0.0, 0, 0.0)
    try:
        for epoch in range(1, EPOCHS + 1):
            path = folder / f"epoch-{epoch}.npz"
            following = folder / f"epoch-{epoch + 1}.npz"  # the file before it is whole
            while not following.exists() and process.poll() is None:
                time.sleep(0.2)
            if process.poll() not in (None, 0):
                raise SystemExit(f"RecBole ended with {process.returncode}")
            found = np.load(path)
            ndcg = _ndcg(_scores(found, len(visitors), n_movies), visitors)
            path.unlink()
            if ndcg > best.ndcg:
                best = Reached(ndcg, epoch, float(found["seconds"]))
            seconds = float(found["seconds"])
            print(f"  recbole: epoch {epoch}, NDCG@10 {ndcg:.4f} (best {best.ndcg:.4f}), {seconds:.1f} s", flush=True)
            if epoch - best.epoch >= PATIENCE or not following.exists():
                break
    finally:
        process.kill()
        process.wait()
    return best


def _scores(found: np.lib.npyio.NpzFile, n_users: int, n_movies: int) -> np.ndarray:
    scores = np.full((n_users, n_movies), -np.inf, np.float32)
    known = found["users"] < n_users
    scores[np.ix_(found["users"][known], found["items"])] = found["user"][known] @ found["item"].T
    return scores


def _ndcg(scores: np.ndarray, visitors: list[Visitor]) -> float:
    each = []
    for visitor, row in zip(visitors, scores, strict=True):
        row[visitor.clicks] = -np.inf
        each.append(ndcg_at(10, top_k(row, 10).tolist(), visitor.truth.tolist()))
    return float(np.mean(each))


def ours(kept: Interactions, visitors: list[Visitor], target: float) -> tuple[Reached | None, Reached]:
    """The first epoch at `target`, None where there is none, and the best."""
    told: list[EpochDone] = []
    marks = [time.process_time()]

    def on_epoch(done: EpochDone) -> None:
        told.append(done)
        marks.append(time.process_time())

    train(kept, OURS, rng=np.random.default_rng(0), validation=visitors, on_epoch=on_epoch)
    reached = [Reached(d.ndcg or 0.0, d.epoch, marks[d.epoch] - marks[0]) for d in told]
    first = next((each for each in reached if each.ndcg >= target), None)
    return first, max(reached, key=lambda each: each.ndcg)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recbole", required=True, metavar="PYTHON")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    django.setup()
    from django.conf import settings

    from movie.catalogue.sources import interactions_of

    kept, visitors = split_of(interactions_of("movielens-100k", data_dir=settings.DATA_DIR), seed=0)
    if len(visitors) != kept.n_users:
        raise SystemExit("expected every user to have a hidden movie")
    with tempfile.TemporaryDirectory() as folder:
        export(Path(folder), kept, visitors)
        theirs = recbole(Path(folder), options.recbole, visitors, kept.n_movies)
    first, best = ours(kept, visitors, theirs.ndcg)
    print(f"  RecBole's best: NDCG@10 {theirs.ndcg:.4f} after epoch {theirs.epoch}, {theirs.seconds:.1f} s")
    if first is None:
        print(f"  ours does not reach it: {best.ndcg:.4f} at best")
    else:
        faster = theirs.seconds / first.seconds
        print(
            f"  ours there: {first.ndcg:.4f} after epoch {first.epoch}, {first.seconds:.1f} s, {faster:.1f} x faster"
        )
    print(f"  our best: {best.ndcg:.4f} after epoch {best.epoch}, {best.seconds:.1f} s")
    if options.json:
        found = {"recbole": vars(theirs), "ours_at_target": first and vars(first), "ours_best": vars(best)}
        options.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
