"""Train RecBole's NGCF on a split, and keep what it would score with after each epoch.

    python train_ngcf.py FOLDER EPOCHS

FOLDER/split holds the split as RecBole's atomic files. FOLDER/epoch-N.npz gets users and items (raw ids), their
representations, and the processor seconds of training up to then; scoring and judging are left to the caller.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.model.general_recommender import NGCF
from recbole.utils import get_trainer, init_seed


def main(folder: Path, epochs: int) -> None:
    settings = {
        "data_path": str(folder),
        "benchmark_filename": ["train", "valid", "valid"],
        "load_col": {"inter": ["user_id", "item_id"]},
        "metrics": ["NDCG"],
        "valid_metric": "NDCG@10",
        "use_gpu": False,
        "show_progress": False,
        "state": "WARNING",
        "checkpoint_dir": str(folder / "saved"),
    }
    os.chdir(folder)
    config = Config(model="NGCF", dataset="split", config_dict=settings)
    init_seed(config["seed"], config["reproducibility"])
    dataset = create_dataset(config)
    train, _, _ = data_preparation(config, dataset)
    model = NGCF(config, train.dataset).to(config["device"])
    trainer = get_trainer(config["MODEL_TYPE"], "NGCF")(config, model)
    users, items = (dataset.field2id_token[field][1:] for field in ("user_id", "item_id"))  # row 0 is padding
    seconds = 0.0
    for epoch in range(1, epochs + 1):
        started = time.process_time()
        model.train()
        trainer._train_epoch(train, epoch)
        seconds += time.process_time() - started
        model.eval()
        with torch.no_grad():
            user, item = model.forward()
        np.savez(
            folder / f"epoch-{epoch}.npz",
            users=users.astype(np.int64),
            items=items.astype(np.int64),
            user=user[1:].numpy(),
            item=item[1:].numpy(),
            seconds=seconds,
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), int(sys.argv[2]))
