"""The dashboard's page: what stands on it, counted by hand, and what it costs."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django.utils.timezone import localdate

from movie.models import AnswerTime, Fallback, Lease, Outbox
from movie.predictors.base import store_of
from movie.services.times import span_of
from office import jobs
from office.models import Job
from pytorch_models.checkpoint import WEIGHTS, read_facts
from tests.movie.management.test_online_report import put, shown
from tests.plans import captured

pytestmark = pytest.mark.django_db


def page(client: Client, url: str = "/office/") -> str:
    return client.get(url).content.decode()


def row(html: str, model: str) -> dict[str, str]:
    """The figures of one model's row, as they stand there."""
    [found] = re.findall(rf'<tr data-model="{model}">(.*?)</tr>', html, re.DOTALL)
    cells = re.findall(r'data-figure="(\w+)"[^>]*>(.*?)</td>', found, re.DOTALL)
    return {name: " ".join(re.sub(r"<[^>]+>", "", cell).split()) for name, cell in cells}


def tile(html: str, name: str) -> str:
    [found] = re.findall(rf'<b data-figure="{name}">(.*?)</b>', html)
    return str(found)


def test_its_figures_are_those_counted_by_hand(staff: Client, weights: None) -> None:
    noon = timezone.localtime().replace(hour=0, minute=1)
    put("x", 10, "", at=noon)
    put("y", 20, "", at=noon)
    put("y", 20, "", at=noon - timedelta(days=3))
    shown("u", 10, 30, days=5)
    shown("v", 20, days=5)
    AnswerTime.objects.create(day=datetime.now(UTC).date(), model="ngcf", span=span_of(20), count=3)
    Fallback.objects.create(day=datetime.now(UTC).date(), model="mf", reason="missing", count=1234)
    Outbox.objects.create(owner="visitor#v", visitor_id="v", event_id="0" * 32, kind="click", body="{}")
    html = page(staff)
    days = dict(re.findall(r'<tr data-day="([-\d]+)"><th.*?</th><td>([\d,]+)</td>', html))
    today = localdate()
    assert len(days) == 30 and sum(map(int, days.values())) == 6
    assert days[f"{today:%Y-%m-%d}"] == tile(html, "clicks-today") == "2"
    assert days[f"{today - timedelta(days=3):%Y-%m-%d}"] == "1"
    found = row(html, "ngcf")
    assert (found["lists"], found["impressions"], found["clicks"]) == ("2", "10", "3")
    assert found["ctr"].startswith("30.00% (10.78% – 60.32%) *")  # Wilson's of 3 in 10
    assert float(found["p50"].removesuffix(" ms")) == pytest.approx(20, rel=0.05)
    assert row(html, "mf")["fallbacks"] == "no weights: 1,234" and row(html, "mf")["p99"] == "–"
    assert tile(html, "outbox") == "1" and tile(html, "lag") == "0"
    assert html.count('class="bar"') == 30


def test_the_serving_checkpoint_is_told_with_its_hash(staff: Client, weights: None) -> None:
    html = page(staff)
    current = store_of("ngcf").current()
    assert current is not None
    assert f"<code>{read_facts(current)['files'][WEIGHTS][:12]}</code>" in html
    assert "No weights yet" in html  # of the others
    assert "/office/roll_back/" not in html  # there is nothing to go back to


def test_one_before_it_can_be_gone_back_to(staff: Client, weights: None, checkpoint: Path) -> None:
    store_of("ngcf").add(lambda folder: shutil.copytree(checkpoint, folder))
    assert 'action="/office/roll_back/ngcf/"' in page(staff)


def test_what_visitors_did_is_read_anew_after_a_minute(staff: Client) -> None:
    assert tile(page(staff), "clicks-today") == "0"
    put("x", 10, "", at=timezone.now())
    assert tile(page(staff), "clicks-today") == "0"
    cache.delete("office.figures")
    assert tile(page(staff), "clicks-today") == "1"


def test_no_visitor_can_be_told_from_it(staff: Client) -> None:
    shown("zz-visitor", 10)
    put("zz-other", 20, "")
    html = page(staff)
    assert row(html, "ngcf")["lists"] == "1" and "zz-" not in html


def test_it_asks_the_database_little_however_much_there_is(staff: Client) -> None:
    page(staff)
    cache.clear()
    for i in range(20):
        shown(f"v{i}", 10, model=f"m{i % 4}")
        Job.objects.create(kind="retrain", model="mf", state="done")
    with captured() as queries:
        page(staff)
    assert len(queries) <= 14, [query.sql for query in queries]
    with captured() as queries:
        page(staff)
    assert len(queries) <= 9, [query.sql for query in queries]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"state": "queued", "open_for": "ngcf"}, ["waiting", "python manage.py run_jobs", "Cancel"]),
        ({"state": "running", "open_for": "ngcf", "percent": 42, "log": "a\nepoch 7"}, ["42 %", "epoch 7", "Cancel"]),
        ({"state": "running", "open_for": "ngcf", "cancel_asked": True}, ["It is being cancelled."]),
        ({"state": "cancelled"}, ["cancelled"]),
        ({"state": "failed", "why": "lost"}, ["The worker that ran it is gone"]),
        ({"state": "failed", "why": "killed"}, ["memory ran out"]),
        ({"state": "failed", "why": "command", "log": "x\nCommandError: y"}, ["CommandError: y"]),
    ],
)
def test_each_state_of_a_job_is_said(staff: Client, told: dict[str, object], said: list[str]) -> None:
    if told["state"] == "running":
        until = timezone.now() + timedelta(seconds=30)
        Lease.objects.create(name=jobs.WORKER, holder="w", until=until)
    job = Job.objects.create(kind="retrain", model="ngcf", worker="w", started_at=timezone.now(), **told)
    for html in (page(staff), page(staff, f"/office/jobs/{job.id}/")):
        assert all(each in html for each in said)
    assert ('hx-trigger="every 2s"' in page(staff)) == bool(told.get("open_for"))


def test_the_gates_verdict_is_shown(staff: Client) -> None:
    against = {"mean": -0.05, "low": -0.08, "high": -0.02, "verdict": "worse"}
    kept = {"checkpoint": "abc", "against": against, "held_back": "NDCG@10 -0.0500"}
    Job.objects.create(kind="retrain", model="ngcf", state="done", result=kept)
    html = page(staff)
    assert 'data-verdict="held_back"' in html and "Kept, but not promoted." in html
    assert "NDCG@10 -0.0500" in html and "(-0.0800 … -0.0200)" in html and "worse" in html
    good = {"checkpoint": "abc", "against": None, "held_back": ""}
    Job.objects.create(kind="retrain", model="mf", state="done", result=good)
    assert 'data-verdict="serves"' in page(staff) and "nothing to compare it with" in page(staff)


def test_a_page_that_watches_a_job_is_drawn_anew_once_it_has_ended(staff: Client) -> None:
    job = Job.objects.create(kind="retrain", model="ngcf", open_for="ngcf")
    htmx = {"HX-Request": "true"}
    Job.objects.create(kind="retrain", model="mf", open_for="mf")
    [address] = re.findall(r'hx-get="(/office/jobs/[^"]+)"', page(staff))
    assert "HX-Refresh" not in staff.get(address, headers=htmx).headers
    jobs.cancel(job.id)
    assert staff.get(address, headers=htmx)["HX-Refresh"] == "true"
    assert staff.get("/office/jobs/").headers["Location"] == "/office/"


def test_asking_twice_is_said_and_asks_once(staff: Client) -> None:
    for said in ("NGCF: the job waits for its turn.", "NGCF has a job that has not ended yet."):
        assert said in staff.post("/office/retrain/ngcf/", {"data": "feed"}, follow=True).content.decode()
    [job] = Job.objects.all()
    assert (job.kind, job.data, job.state, job.by and job.by.username) == ("retrain", "feed", "queued", "lee")


def test_what_a_training_says_is_escaped(staff: Client) -> None:
    job = Job.objects.create(kind="retrain", model="ngcf", state="failed", why="command", log="<script>x</script>")
    for url in ("/office/", f"/office/jobs/{job.id}/"):
        assert "<script>x" not in page(staff, url) and "&lt;script&gt;x" in page(staff, url)


def test_it_is_in_korean_too(staff: Client) -> None:
    html = staff.get("/office/", headers={"Accept-Language": "ko"}).content.decode()
    assert "하루 클릭 수" in html and "지금 쓰는 모델" in html
