"""One command, then everything in the browser: `shortlist up` with its Prefect server and its own processes."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Watched, needs_chromium
from tests.browser.serving import DEMO, document
from tests.flows.test_serving import free_port

pytestmark = [*needs_chromium, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
STARTS_WITHIN = 120.0
"""Seconds; the Prefect server makes its database first."""


class Up(NamedTuple):
    """A running `shortlist up`."""

    process: subprocess.Popen[bytes]
    address: str
    environment: Mapping[str, str]
    log: Path

    def end(self) -> int:
        """End it as Ctrl-C in a terminal's place does; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    port = free_port()
    environment = {
        **os.environ,
        "SHORTLIST_HOME": str(tmp_path / "home"),
        "SHORTLIST_UP_PORT": str(port),
        "SHORTLIST_UP_PREFECT_PORT": str(free_port()),
    }
    log = tmp_path / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.cli", "up"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    started = Up(process, f"http://127.0.0.1:{port}", environment, log)
    try:
        wait_until_well(started)
        yield started
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def wait_until_well(up: Up) -> None:
    """Wait until every part works, the Prefect server too."""
    deadline = time.monotonic() + STARTS_WITHIN
    asked = urllib.request.Request(f"{up.address}/health", headers={"Accept": "application/json"})
    while time.monotonic() < deadline:
        assert up.process.poll() is None, up.log.read_text()
        try:
            with urllib.request.urlopen(asked, timeout=5):
                return
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            pass
        time.sleep(0.5)
    raise AssertionError(f"Not well after {STARTS_WITHIN} s: {up.log.read_text()}")


def test_one_command_serves_a_whole_screening(up: Up, chromium: Browser) -> None:
    with Watched(chromium, up.address) as visit:
        page = visit.page
        page.goto("/")
        expect(page.locator(".who")).to_contain_text("this machine only")
        page.goto("/openings/new")
        page.get_by_label("Job post or scorecard").fill((DEMO / "scorecard.yaml").read_text(encoding="utf-8"))
        page.get_by_role("button", name="Make the opening").click()
        page.wait_for_url(re.compile(r"/scorecard$"))
        base = page.url.removesuffix("/scorecard")
        page.goto(f"{base}/upload")
        page.locator("#f-files").set_input_files(
            [
                document("brandon-hale.pdf", "brandon-hale.pdf"),
                document("linh-tran.md", "linh-tran/resume.md"),
            ]
        )
        page.get_by_role("button", name="Add to the batch").click()
        page.wait_for_url(f"{base}/files")
        page.goto(base)
        page.get_by_role("button", name="Start a run").click()
        page.wait_for_url(re.compile(r"/runs/"))
        page.get_by_role("link", name="Read the shortlist").click(timeout=240_000)
        expect(page.locator("tr.cand")).to_have_count(2)

        # Schedules are kept by the Prefect server.
        page.goto(f"{base}/schedule")
        page.get_by_label("Rhythm").select_option("daily")
        page.get_by_label("Time zone").fill("Europe/Berlin")
        page.get_by_role("button", name="Keep this schedule").click()
        expect(page.locator("#now-h")).to_have_text("It runs by itself")
        assert page.locator("dl.pairs time").count() >= 3
        page.get_by_role("button", name="Run now").click()
        expect(page.locator(".said").first).to_contain_text("Nothing new")

        page.goto("/health")
        expect(page.locator("main")).to_contain_text("All parts work.")
        visit.sound()
    assert up.end() == 0, up.log.read_text()
    checked = subprocess.run(
        [sys.executable, "-m", "flows.cli", "verify"],
        cwd=ROOT,
        env=dict(up.environment),
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "The chain is as written." in checked.stdout
