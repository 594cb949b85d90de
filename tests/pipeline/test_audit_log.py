"""The file of heads beside the database: written whole by many at once, and read whatever became of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.audit_events import GENESIS, Event
from pipeline.audit_log import HeadsLog
from pipeline.desk.desk import Desk


def event(seq: int) -> Event:
    moment = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    return Event(seq=seq, time=moment, kind="decision.made", actor="x", digest="", previous=GENESIS, hash=f"{seq:064x}")


def test_many_at_once_write_a_line_each(tmp_path: Path) -> None:
    logs = [HeadsLog(tmp_path / "heads.log") for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda seq: logs[seq % 4].note(event(seq)), range(200)))
    read = logs[0].read()
    assert (sorted(head.seq for head in read.heads), read.problems) == (list(range(200)), ())


def test_a_line_that_broke_off_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "heads.log"
    HeadsLog(path).note(event(1))
    with path.open("a") as file:
        file.write("2 00")
    assert HeadsLog(path).read().problems == ()
    HeadsLog(path).note(event(3))
    read = HeadsLog(path).read()
    assert [head.seq for head in read.heads] == [1, 3]
    assert "Line 2 of" in read.problems[0].text


def test_a_disk_that_takes_no_more_loses_no_decision(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Desk.open(tmp_path / "ledger.db", heads=tmp_path / "not-there" / "heads.log") as desk:
        assert desk.reviews.decide("billing", "ada", "advance", reason="read it", by="hana").seq == 1
    assert "head of event 1 could not be added" in caplog.text


def test_what_anybody_can_cause_is_not_noted(tmp_path: Path) -> None:
    with Desk.open(tmp_path / "ledger.db", heads=tmp_path / "heads.log") as desk:
        desk.chain.append("sign_in.failed", actor="unknown")
        assert not (tmp_path / "heads.log").exists()
        desk.reviews.reveal("billing", "ada", by="hana")
        desk.erase("billing", "ada", by="olga")
        assert [head.seq for head in HeadsLog(tmp_path / "heads.log").read().heads] == [2, 3]
        assert desk.verify(log=HeadsLog(tmp_path / "heads.log").read()).ok
