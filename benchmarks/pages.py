"""How long the server takes for each page that asks no model, at 30,000 movies, and what a page weighs.

    python benchmarks/pages.py [--movies N] [--times N] [--most MS] [--json FILE]

Makes a catalogue up (movie.catalogue.synthetic), loads it into a temporary folder, and asks for each page as somebody
with a history does, in this process, through every middleware: from the request to the answer's last byte, packed.
The first times of each page are not counted: templates are compiled then. Ends with 1 where a page took the processor
longer than `--most` at the 95th percentile.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
FOLDER = tempfile.TemporaryDirectory(prefix="bench-pages-")
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "VAR_DIR": FOLDER.name,
    "DATABASE_URL": "",
    "CLICKLOG": "database",
    "EVENTS": "database",
    "POSTS_A_MINUTE": "0",
    "ADDRESS_POSTS_A_MINUTE": "0",
    "DEBUG": "0",
    "LOG_LEVEL": "ERROR",
}

import django

django.setup()

import numpy as np
from django.core.management import call_command
from django.test import Client
from django.test.utils import setup_test_environment

from movie.catalogue.load import load
from movie.catalogue.synthetic import SIZE, made_up
from movie.models import Credit, Movie

WARM_UP, CLICKS, MOST_MS = 3, 50, 50
PACKED = {"Accept-Encoding": "gzip"}


@dataclass(frozen=True)
class Cost:
    """One page. Times in milliseconds, by the clock and of the processor alone, which a busy machine does not
    lengthen as much; bytes as they are sent."""

    page: str
    p50: float
    p95: float
    own_p50: float
    own_p95: float
    bytes: int


def pages() -> list[str]:
    """Those without a model, of movies that are there."""
    some = Movie.objects.order_by("-popularity")[3]
    person = Credit.objects.filter(movie=some).first()
    assert person
    word = some.title.split()[-1]
    return [
        "/",
        "/?page=40",
        f"/movie/{some.id}/",
        f"/movie/{some.id}/opinion/",
        f"/movie/{some.id}/poster.svg",
        "/movie/start/",
        f"/movie/search/?q={word}",
        "/movie/search/?genre=Drama&decade=1990&sort=rating",
        f"/movie/search/suggest/?q={word[:4]}",
        f"/movie/person/{person.person_id}/",
        "/movie/history/",
        "/movie/history/panel/",
        "/movie/popular/",
        "/movie/trending/",
        "/api/v1/movies?decade=1990&sort=year",
        "/api/v1/movies?sort=rating&page=200",
        f"/api/v1/movies/{some.id}",
        "/privacy/",
        "/accounts/sign_in/",
    ]


def visitor() -> Client:
    """Somebody with CLICKS clicks."""
    client = Client()
    client.get("/")
    for movie_id in range(1, CLICKS + 1):
        client.post("/log_click/", {"movie_id": movie_id}, content_type="application/json")
    return client


def cost_of(page: str, client: Client, *, times: int) -> Cost:
    for _ in range(WARM_UP):
        response = client.get(page, headers=PACKED)
    assert response.status_code == 200, (page, response.status_code)
    taken = []
    for _ in range(times):
        began, own = time.perf_counter(), time.process_time()
        response = client.get(page, headers=PACKED)
        taken.append(((time.perf_counter() - began) * 1000, (time.process_time() - own) * 1000))
    (p50, own_p50), (p95, own_p95) = np.percentile(taken, [50, 95], axis=0).round(2).tolist()
    return Cost(page, p50, p95, own_p50, own_p95, len(response.content))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--movies", type=int, default=SIZE)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--most", type=float, default=MOST_MS)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    setup_test_environment()  # the client's host is one of ours then
    call_command("migrate", verbosity=0, skip_checks=True)
    call_command("collectstatic", verbosity=0, interactive=False, skip_checks=True)
    load(made_up(options.movies))
    client = visitor()
    costs = [cost_of(page, client, times=options.times) for page in pages()]
    over = [each for each in costs if each.own_p95 > options.most]
    print(f"  {'page':<62}{'p50 ms':>9}{'p95 ms':>9}{'own p50':>9}{'own p95':>9}{'kB':>8}")
    for each in costs:
        times = "".join(f"{ms:>9.1f}" for ms in (each.p50, each.p95, each.own_p50, each.own_p95))
        print(f"  {each.page:<62}{times}{each.bytes / 1000:>8.1f}{'  over' if each in over else ''}")
    print(f"  {options.movies:,} movies, {options.times} times each; wanted: p95 of at most {options.most:g} ms")
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in costs], indent=1) + "\n")
    if over:
        sys.exit(1)


if __name__ == "__main__":
    main()
