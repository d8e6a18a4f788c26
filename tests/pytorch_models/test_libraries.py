from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from pytorch_models.als.recommender import ALSRecommender
from pytorch_models.base import Recommender
from pytorch_models.bpr.recommender import BPRRecommender
from pytorch_models.libraries import MissingLibraryError, library
from tests.worlds import planted


@pytest.mark.parametrize("model", [ALSRecommender(), BPRRecommender()], ids=["als", "bpr"])
def test_a_missing_library_is_told_with_what_to_run(monkeypatch: pytest.MonkeyPatch, model: Recommender) -> None:
    for module in ("implicit", "implicit.cpu", "implicit.cpu.als", "implicit.cpu.bpr"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingLibraryError, match=r"pip install -r requirements-dev\.txt"):
        model.fit(planted(), rng=np.random.default_rng(0))


def test_an_error_within_a_library_that_is_there_stays_what_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("libraries")
    (folder / "broken_here.py").write_text("raise ZeroDivisionError")
    monkeypatch.syspath_prepend(folder)
    with pytest.raises(ZeroDivisionError):
        library("broken_here")


def test_the_models_can_be_listed_and_made_without_importing_the_library() -> None:
    code = (
        "import sys; from pytorch_models import registry; "
        "[registry.make(name).grid() for name in ('als', 'als_relation', 'bpr')]; "
        "assert not [m for m in sys.modules if m.split('.')[0] == 'implicit']"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
