"""How the review app holds up while many people read and a large batch is screened: `make review-load`.

    python -m tests.measure_review_load
    python -m tests.measure_review_load --reviewers 20 --candidates 100 --seconds 15 --report-only

`shortlist up` is a process of its own and screens in processes of its own, without a Prefect server. Reviewers are
signed in, each in a browser of their own, and read one shortlist: they look at it, open a candidate, go on to the next
one, compare, come back. Between two pages they think, 20 seconds on average unless `--think` says otherwise. Meanwhile
a batch of as many candidates is screened for another opening, one run after the other. What is measured is the time
from a request for a page to its last byte. Exit code 1: a goal was missed.
"""

import argparse
import asyncio
import logging
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from flows.desk_screening import open_desk, screen_desk_run
from flows.measure_performance import ROLE, make_batch
from pipeline.desk.desk import Desk
from pipeline.desk.places import batch_folder
from pipeline.settings import Settings
from tests.flows.test_serving import free_port

GOAL_P95 = 0.5
"""Seconds."""
PASSWORD = "correct horse battery"
READ, SCREENED = "read", "screened"
"""Openings: the one that is read, and the one that is screened meanwhile."""
ACCOUNTS = 20
"""Reviewers share them: a password takes a tenth of a second to hash."""
TRIES = 60
TOO_MANY = 429
NO_PREFECT = "http://127.0.0.1:1/api"
_ROOT = Path(__file__).parents[1]


class Load(NamedTuple):
    """What is put on the app."""

    reviewers: int
    candidates: int
    seconds: float
    think: float


class Page(NamedTuple):
    """One load of a page."""

    kind: str
    took: float
    status: int
    """0 when there was no answer."""


class Run(NamedTuple):
    """What the screening did meanwhile."""

    finished: int
    stage: str
    done: int
    total: int


def prepare(home: Path, candidates: int) -> None:
    """Make both openings with their batches, screen the one that is read, and add people."""
    settings = Settings(home=home)
    scorecard = next(ROLE.glob("scorecard.y*ml")).read_text(encoding="utf-8")
    with open_desk(settings) as desk:
        desk.accounts.add("olga", display="Olga", role="operator", password=PASSWORD, by="command line")
        for opening in (READ, SCREENED):
            desk.openings.create(f"Opening that is {opening}", by="olga", id=opening)
            desk.scorecards.save(opening, scorecard, by="olga")
            make_batch(batch_folder(home, opening), candidates=candidates, takehomes=False)
        # What is screened meanwhile must not be answered by what was screened before.
        for path in batch_folder(home, SCREENED).rglob("resume.md"):
            path.write_text(path.read_text(encoding="utf-8") + "\nI kept a diary of it.\n", encoding="utf-8")
        run = desk.runs.queue(READ, by="olga")
        end = screen_desk_run(run.id, desk=desk, settings=settings)
        if end.state != "done":
            sys.exit(f"The batch that is to be read could not be screened: {end.detail}")
        for n in range(ACCOUNTS):
            name = f"reviewer-{n:02d}"
            desk.accounts.add(name, display=name, role="hiring_manager", password=PASSWORD, by="olga")
            desk.accounts.set_access(name, (READ, SCREENED), by="olga")


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """`shortlist up` over a home, until the end; gives its address."""
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("SHORTLIST_", "PREFECT_"))},
        "SHORTLIST_HOME": str(home),
        "SHORTLIST_UP_PORT": str(port),
        "SHORTLIST_UP_PREFECT_URL": NO_PREFECT,
    }
    log = home.parent / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.cli", "up"],
            cwd=_ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            if process.poll() is not None:
                sys.exit(f"shortlist up ended: {log.read_text(encoding='utf-8')}")
            try:
                httpx.get(f"{address}/sign-in", timeout=2)
                break
            except httpx.TransportError:
                time.sleep(0.2)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


class Reviewer:
    """One person with a browser.

    Args:
        address: Of the app.
        pages: Where loads are noted.
        random: Of this person alone, so that a run can be repeated.
        think: Seconds between two pages, on average.
    """

    def __init__(self, address: str, pages: list[Page], *, random: random.Random, think: float) -> None:
        self._browser = httpx.AsyncClient(base_url=address, timeout=60, follow_redirects=True)
        self._pages, self._random, self._think = pages, random, think
        self._labels: list[str] = []

    async def sign_in(self, name: str) -> None:
        """Sign in, which is not measured."""
        for _ in range(TRIES):
            page = await self._browser.get("/sign-in")
            csrf = re.search(r'name="csrf" content="([^"]+)"', page.text)
            assert csrf is not None
            answer = await self._browser.post("/sign-in", data={"csrf": csrf[1], "name": name, "password": PASSWORD})
            if answer.status_code != TOO_MANY:
                break
            # The app lets few sign in at a time, and says when to try again.
            await asyncio.sleep(float(answer.headers["retry-after"]))
        if answer.status_code != 200 or answer.url.path != "/":
            sys.exit(f"{name} could not sign in: {answer.status_code}")

    async def read(self, until: float) -> None:
        """Read until a moment, page after page."""
        # Nobody begins at the same moment.
        await self._pause(until)
        while time.monotonic() < until:
            for kind, path in self._visit():
                if time.monotonic() >= until:
                    break
                await self._load(kind, path)
                await self._pause(until)
        await self._browser.aclose()

    def _visit(self) -> Iterator[tuple[str, str]]:
        yield "openings", "/"
        yield "overview", f"/openings/{self._random.choice((READ, SCREENED))}"
        yield "shortlist", f"/openings/{READ}/shortlist"
        best = self._labels[:30]
        for label in self._random.sample(best, k=min(4, len(best))):
            yield "candidate", f"/openings/{READ}/candidates/{label}"
        if len(best) > 2:
            chosen = self._random.sample(best, k=3)
            yield "compare", f"/openings/{READ}/compare?" + "&".join(f"c={label}" for label in chosen)
            yield "kit", f"/openings/{READ}/candidates/{chosen[0]}/kit"
        yield "decisions", f"/openings/{READ}/decisions"

    async def _load(self, kind: str, path: str) -> None:
        began = time.monotonic()
        try:
            answer = await self._browser.get(path)
            status, text = answer.status_code, answer.text
        except httpx.HTTPError:
            status, text = 0, ""
        self._pages.append(Page(kind, time.monotonic() - began, status))
        if kind == "shortlist" and status == 200:
            self._labels = list(dict.fromkeys(re.findall(r"/candidates/(candidate-\d+)", text)))

    async def _pause(self, until: float) -> None:
        thinking = self._random.expovariate(1 / self._think)
        await asyncio.sleep(max(0.0, min(thinking, until - time.monotonic())))


async def put_load(address: str, load: Load, *, seed: int) -> list[Page]:
    """Let everybody sign in, then read at once."""
    pages: list[Page] = []
    people = [Reviewer(address, pages, random=random.Random(seed + n), think=load.think) for n in range(load.reviewers)]

    async def sign_in_by_turns(turn: int) -> None:
        # One after the other: many at once under one name are taken for somebody who guesses.
        for person in people[turn::ACCOUNTS]:
            await person.sign_in(f"reviewer-{turn:02d}")

    await asyncio.gather(*(sign_in_by_turns(turn) for turn in range(min(ACCOUNTS, load.reviewers))))
    print(f"{load.reviewers} reviewers are signed in.", flush=True)
    until = time.monotonic() + load.seconds
    await asyncio.gather(*(person.read(until) for person in people))
    return pages


async def keep_screening(desk: Desk, address: str, token: str, until: asyncio.Event) -> Run:
    """Start a run; when it ends before the reviewers do, make every file another one and start again."""
    async with httpx.AsyncClient(
        base_url=f"{address}/api/v1/openings/{SCREENED}", headers={"authorization": f"Bearer {token}"}, timeout=60
    ) as program:
        finished, run = 0, ""
        while not until.is_set():
            if not run:
                answer = await program.post("/runs", json={})
                answer.raise_for_status()
                run = answer.json()["id"]
            told = desk.runs.get(run)
            if told.state == "failed":
                sys.exit(f"The run failed: {told.error}")
            if told.state == "done":
                finished, run = finished + 1, ""
                changed = desk.scorecards.get(SCREENED).yaml.replace("choices", "decisions")
                desk.scorecards.save(SCREENED, f"{changed}\n# {finished}\n", by="olga")
            await asyncio.sleep(1)
        told = desk.runs.get(run) if run else desk.runs.all(SCREENED, newest=1)[0]
        if told.active:
            await program.post(f"/runs/{told.id}/cancel")
        return Run(finished, told.stage, told.done, told.total)


async def measure(home: Path, address: str, load: Load, *, seed: int) -> tuple[list[Page], Run]:
    """Put the load on, with a screening beside it."""
    with open_desk(Settings(home=home)) as desk:
        token = desk.tokens.make("olga", label="load", by="olga").token
        over = asyncio.Event()
        screening = asyncio.create_task(keep_screening(desk, address, token, over))
        try:
            pages = await put_load(address, load, seed=seed)
        finally:
            over.set()
        return pages, await screening


def report(load: Load, pages: list[Page], run: Run) -> bool:
    """Print the figures; say whether the goals are reached."""
    print(f"\n{'page':<12}{'loads':>7}{'p50 ms':>9}{'p95 ms':>9}{'worst ms':>10}")
    kinds: Mapping[str, list[Page]] = {
        kind: [page for page in pages if page.kind == kind] for kind in dict.fromkeys(page.kind for page in pages)
    }
    for kind, found in [*kinds.items(), ("all", pages)]:
        took = sorted(page.took * 1000 for page in found)
        print(f"{kind:<12}{len(took):>7}{_at(took, 0.5):>9.0f}{_at(took, 0.95):>9.0f}{took[-1]:>10.0f}")
    wrong = Counter(page.status for page in pages if page.status != 200)
    p95 = _at(sorted(page.took for page in pages), 0.95)
    told = ", ".join(f"{count} with {status or 'no answer'}" for status, count in sorted(wrong.items())) or "none"
    print(f"\n{len(pages) / load.seconds:.1f} pages a second; errors: {told}")
    print(f"screened meanwhile: {run.finished} runs whole, and at last {run.stage} {run.done} of {run.total}")
    good = p95 <= GOAL_P95 and not wrong and bool(pages)
    print(f"goals (p95 at most {GOAL_P95 * 1000:.0f} ms, no error): {'reached' if good else 'MISSED'}")
    return good


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--reviewers", type=int, default=200)
    parser.add_argument("--candidates", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--think", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--home", type=Path, help="keep everything here, and use what was prepared here before")
    parser.add_argument("--report-only", action="store_true", help="end with 0 whatever the figures are")
    chosen = parser.parse_args()
    logging.getLogger("httpx").setLevel(logging.WARNING)
    load = Load(chosen.reviewers, chosen.candidates, chosen.seconds, chosen.think)
    with tempfile.TemporaryDirectory(prefix="review-load-") as temporary:
        home = chosen.home or Path(temporary) / "home"
        if not (home / "ledger.db").is_file():
            began = time.monotonic()
            home.mkdir(parents=True, exist_ok=True)
            prepare(home, load.candidates)
            print(
                f"{load.candidates} candidates were screened to be read, {time.monotonic() - began:.0f} s.", flush=True
            )
        with serving(home) as address:
            pages, run = asyncio.run(measure(home, address, load, seed=chosen.seed))
    if not report(load, pages, run) and not chosen.report_only:
        sys.exit(1)


if __name__ == "__main__":
    main()
