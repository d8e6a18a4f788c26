"""The Korean pages are whole: every text is translated, and what is compiled is what was written."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "locale/ko/LC_MESSAGES"


def test_every_text_of_code_and_templates_is_translated(tmp_path: Path) -> None:
    for name in (
        "accounts",
        "config",
        "movie",
        "office",
        "paper_review",
        "pytorch_models",
        "templates",
        "locale",
        "manage.py",
        ".env.dev",
    ):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    command = [sys.executable, "manage.py", "makemessages", "--locale", "ko", "--no-location"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    found = polib.pofile(str(tmp_path / "locale/ko/LC_MESSAGES/django.po"))
    assert [entry.msgid for entry in found.untranslated_entries() + found.fuzzy_entries()] == []
    assert [entry.msgid for entry in found.obsolete_entries()] == []


def test_the_compiled_translations_are_those_written() -> None:
    written = {e.msgid: e.msgstr or e.msgstr_plural for e in polib.pofile(str(CATALOGUE / "django.po"))}
    compiled = {e.msgid: e.msgstr or e.msgstr_plural for e in polib.mofile(str(CATALOGUE / "django.mo"))}
    assert written == compiled


def test_korean_has_one_word_for_one_thing() -> None:
    """An epoch and what is held out are called the same on every page."""
    texts = [CATALOGUE / "django.po", *(ROOT / "paper_review/texts").glob("*.ko.md")]
    for text in texts:
        assert [word for word in ("에폭", "빼 둔", "빼 두") if word in text.read_text()] == [], text.name
