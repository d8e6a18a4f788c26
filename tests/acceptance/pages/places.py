"""Every page of the site, in one place: what is to hold on all of them goes through this list.

A new page: add a Place to PLACES with the name of its view, in each state in which it looks different. An address that
is no page of the site (JSON, a picture, something to post to): add its view's name to NO_PAGES with the reason.
tests/test_places.py fails until one of both is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tests.worlds import FIRST_ID

Who = Literal["new", "clicked", "member", "staff"]
"""Somebody without a click; with four, and a list made of them; the same with an account and lists; and of the staff."""


@dataclass(frozen=True)
class Place:
    """A page in one state. view: the name of its URL pattern; path: for {person} and others see `World.ids`; status: of the
    answer; reached: "get", or how else ("flood", "no token", "failure"); made: what a script adds last."""

    view: str
    path: str
    who: Who = "clicked"
    status: int = 200
    reached: Literal["get", "flood", "no token", "failure"] = "get"
    made: str = "main"

    @property
    def name(self) -> str:
        return f"{self.path} {self.who}" if self.reached == "get" else self.reached


PLACES = [
    Place("movie:home", "/", "new"),
    Place("movie:home", "/"),
    Place("movie:home", "/?page=2", "member"),
    Place("movie:detail", f"/movie/{FIRST_ID}/", "new"),
    Place("movie:detail", f"/movie/{FIRST_ID}/", "member"),
    Place("movie:detail", "/movie/9000/"),
    Place("movie:opinion", f"/movie/{FIRST_ID + 2}/opinion/"),
    Place("movie:start", "/movie/start/", "new"),
    Place("movie:start", "/movie/start/"),
    Place("movie:history", "/movie/history/", "new"),
    Place("movie:history", "/movie/history/"),
    Place("movie:history", "/movie/history/?q=nothing+like+this"),
    Place("movie:history_clear", "/movie/history/clear/"),
    Place("movie:search", "/movie/search/"),
    Place("movie:search", "/movie/search/?q=film&genre=Drama&sort=year"),
    Place("movie:search", "/movie/search/?q=mann"),
    Place("movie:search", "/movie/search/?q=hxaxt"),
    Place("movie:search", "/movie/search/?q=zzzzzzzz&decade=1930"),
    Place("movie:person", "/movie/person/{person}/"),
    Place("movie:model", "/movie/ngcf/", "new"),
    Place("movie:model", "/movie/ngcf/"),
    Place("movie:model", "/movie/kprn/"),
    Place("movie:model", "/movie/sasrec/"),
    Place("movie:model", "/movie/mf/"),
    Place("movie:model", "/movie/popular/", "new"),
    Place("movie:model", "/movie/trending/"),
    Place("movie:model", "/movie/ease/"),
    Place("movie:why", f"/movie/ngcf/why/{FIRST_ID + 9}/"),
    Place("movie:why", f"/movie/kprn/why/{FIRST_ID + 9}/"),
    Place("movie:mix", "/movie/mix/", "new"),
    Place("movie:mix", "/movie/mix/"),
    Place("movie:compare", "/movie/compare/"),
    Place("movie:compare", "/movie/compare/", "new"),
    Place("movie:marks", "/movie/lists/want/", "member"),
    Place("movie:marks", "/movie/lists/seen/", "member"),
    Place("movie:privacy", "/privacy/", "new"),
    Place("accounts:sign_in", "/accounts/sign_in/", "new"),
    Place("accounts:sign_up", "/accounts/sign_up/", "new"),
    Place("accounts:account", "/accounts/", "member"),
    Place("accounts:email", "/accounts/email/", "member"),
    Place("accounts:password", "/accounts/password/", "member"),
    Place("accounts:reset", "/accounts/reset/", "new"),
    Place("accounts:reset_sent", "/accounts/reset/sent/", "new"),
    Place("accounts:reset_confirm", "{reset}", "new"),
    Place("accounts:reset_confirm", "/accounts/reset/x/x-x/", "new"),
    Place("accounts:delete", "/accounts/delete/", "member"),
    Place("accounts:deleted", "/accounts/deleted/", "new"),
    Place("movie:why_shown", "/movie/{shown}/why/"),
    Place("movie:detail", "/movie/{shown}/"),
    Place("paper_review:index", "/paper_review/", "new"),
    Place("paper_review:review", "/paper_review/1/", "new"),
    Place("paper_review:review", "/paper_review/1/", "member"),
    Place("paper_review:review", "/paper_review/2/", "new"),
    Place("paper_review:review", "/paper_review/3/", "new"),
    Place("paper_review:demo", "/paper_review/1/demo/"),
    Place("paper_review:demo", "/paper_review/2/demo/"),
    Place("paper_review:demo", "/paper_review/3/demo/", "new"),
    Place("paper_review:comment_edit", "/paper_review/comments/{comment}/edit/", "member"),
    Place("paper_review:comment_delete", "/paper_review/comments/{comment}/delete/", "member"),
    Place("office:dashboard", "/office/", "staff"),
    Place("office:job", "/office/jobs/{job}/", "staff"),
    Place("api_docs", "/api/v1/docs", "new", made=".opblock"),
    Place("", "/nowhere/", "new", 404),
    Place("", "/movie/ngcf/?without=nothing", status=400),
    Place("", "/office/", "member", 403),
    Place("", "/accounts/sign_in/", "new", 429, "flood"),
    Place("", "/accounts/sign_in/", "new", 403, "no token"),
    Place("", "/movie/ngcf/", "new", 500, "failure"),
]

NO_PAGES = {
    "set_language": "is posted to, and leads back",
    "movie:poster": "a picture",
    "movie:history_panel": "a part of other pages",
    "movie:history_remove": "is posted to, and leads back",
    "movie:history_restore": "is posted to, and leads back",
    "movie:unhide": "is posted to, and leads back",
    "movie:export_json": "a file",
    "movie:export_csv": "a file",
    "movie:receipt": "JSON",
    "movie:start_later": "is posted to, and leads back",
    "movie:suggest": "a part of other pages",
    "movie:mark": "is posted to, and leads back",
    "movie:log_click": "is posted to, and leads back",
    "movie:log_star": "is posted to, and leads back",
    "movie:log_hide": "is posted to, and leads back",
    "accounts:sign_out": "is posted to, and leads back",
    "accounts:export": "a file",
    "movie:training": "a part of other pages",
    "paper_review:comment": "is posted to, and leads back",
    "paper_review:feed": "RSS",
    "office:jobs": "a part of other pages",
    "office:cancel": "is posted to, and leads back",
    "office:retrain": "is posted to, and leads back",
    "office:roll_back": "is posted to, and leads back",
    "admin:*": "Django's own pages; test_axe.py looks at the editor of reviews, which has a part of ours",
    "api:*": "JSON",
    "api_schema": "JSON",
}
"""Names of views that show no page, and why. "admin:*" stands for a whole namespace."""
