"""Every write, and everything that takes more than one part of the site."""

from movie.services.clicks import (
    ALSO_EXPORTED,
    Source,
    UnknownMovieError,
    click_record,
    click_remove,
    events_expire,
    events_export,
    hide_undo,
    history_clear,
    history_merge,
    owner_forget,
)
from movie.services.comparing import Column, compare
from movie.services.exporting import history_written
from movie.services.first_visit import GRID, MOST_LOOKED_AT, PICKS, Asking, ask, pick
from movie.services.history import (
    HISTORY_PAGE_SIZE,
    PANEL_SIZE,
    Entry,
    HistoryPage,
    Search,
    history_page,
    history_panel,
    history_read,
    history_rows,
    history_search,
    history_total,
)
from movie.services.likeness import Alike, similar
from movie.services.lists import list_receipt, list_record, new_list_id
from movie.services.marking import MARK_KINDS, Marked, MarkKind, mark_set, marked
from movie.services.measured import Better, better
from movie.services.mixing import MIX, mixable, recommend_mix
from movie.services.opinions import Opinions, opinions_of, opinions_read
from movie.services.reasons import Carrying, Why
from movie.services.recommending import Ranked, Recommended, history_of, recommend, why
from movie.services.searching import Results, Suggestions, listed, results, suggestions
from movie.services.shown import ShownIn, shown_in, why_shown
from movie.services.stars import Spread, spread_of
from movie.services.starting import connect, keep_beside, load_models, start_beside
from movie.services.undoing import (
    REMOVED_COOKIE,
    REMOVED_SECONDS,
    TooLateError,
    history_restore,
    removal_token,
    removed_lately,
)
from movie.services.without import MOST_WITHOUT, Move, Reranked, rerank, switches_beyond_panel, without_of

__all__ = [
    "ALSO_EXPORTED",
    "GRID",
    "HISTORY_PAGE_SIZE",
    "MARK_KINDS",
    "MIX",
    "MOST_LOOKED_AT",
    "MOST_WITHOUT",
    "PANEL_SIZE",
    "PICKS",
    "REMOVED_COOKIE",
    "REMOVED_SECONDS",
    "Alike",
    "Asking",
    "Better",
    "Carrying",
    "Column",
    "Entry",
    "HistoryPage",
    "MarkKind",
    "Marked",
    "Move",
    "Opinions",
    "Ranked",
    "Recommended",
    "Reranked",
    "Results",
    "Search",
    "ShownIn",
    "Source",
    "Spread",
    "Suggestions",
    "TooLateError",
    "UnknownMovieError",
    "Why",
    "ask",
    "better",
    "click_record",
    "click_remove",
    "compare",
    "connect",
    "events_expire",
    "events_export",
    "hide_undo",
    "history_clear",
    "history_merge",
    "history_of",
    "history_page",
    "history_panel",
    "history_read",
    "history_restore",
    "history_rows",
    "history_search",
    "history_total",
    "history_written",
    "keep_beside",
    "list_receipt",
    "list_record",
    "listed",
    "load_models",
    "mark_set",
    "marked",
    "mixable",
    "new_list_id",
    "opinions_of",
    "opinions_read",
    "owner_forget",
    "pick",
    "recommend",
    "recommend_mix",
    "removal_token",
    "removed_lately",
    "rerank",
    "results",
    "shown_in",
    "similar",
    "spread_of",
    "start_beside",
    "suggestions",
    "switches_beyond_panel",
    "why",
    "why_shown",
    "without_of",
]
