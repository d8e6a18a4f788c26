"""Every write, and everything that takes more than one part of the site."""

from movie.services.clicks import (
    HISTORY_PAGE_SIZE,
    PANEL_SIZE,
    Entry,
    HistoryPage,
    Source,
    UnknownMovieError,
    click_record,
    click_remove,
    events_expire,
    events_export,
    history_clear,
    history_merge,
    history_page,
    owner_forget,
)
from movie.services.comparing import Column, compare
from movie.services.likeness import Alike, similar
from movie.services.lists import list_receipt, list_record, new_list_id
from movie.services.marking import MARK_KINDS, Marked, MarkKind, mark_set, marked
from movie.services.mixing import MIX, mixable, recommend_mix
from movie.services.reasons import Carrying, Why
from movie.services.recommending import Ranked, Recommended, history_of, recommend, why
from movie.services.starting import connect, load_models, train_missing

__all__ = [
    "HISTORY_PAGE_SIZE",
    "MARK_KINDS",
    "MIX",
    "PANEL_SIZE",
    "Alike",
    "Carrying",
    "Column",
    "Entry",
    "HistoryPage",
    "MarkKind",
    "Marked",
    "Ranked",
    "Recommended",
    "Source",
    "UnknownMovieError",
    "Why",
    "click_record",
    "click_remove",
    "compare",
    "connect",
    "events_expire",
    "events_export",
    "history_clear",
    "history_merge",
    "history_of",
    "history_page",
    "list_receipt",
    "list_record",
    "load_models",
    "mark_set",
    "marked",
    "mixable",
    "new_list_id",
    "owner_forget",
    "recommend",
    "recommend_mix",
    "similar",
    "train_missing",
    "why",
]
