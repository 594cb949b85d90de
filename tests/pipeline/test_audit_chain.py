import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audit_chain import AuditChain, payload_digest
from pipeline.audit_check import check_chain
from pipeline.audit_events import GENESIS, KnownHead, Verification, event_hash
from pipeline.desk.desk import Desk
from pipeline.errors import StorageError
from pipeline.ledger import Ledger
from pipeline.ledger_engine import Database, open_engine

CANDIDATES = ("abena-sarkodie", "linh-tran", "half-\udcff-pair")
COLUMNS = {
    "audit_events": ("time", "kind", "actor", "digest", "previous", "hash"),
    "audit_payloads": ("opening", "candidate", "payload"),
    "audit_salts": ("opening", "candidate", "salt"),
}


class Ticking:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass(frozen=True)
class Written:
    """A chain as it was written, to be copied and tampered with."""

    content: bytes
    heads: tuple[KnownHead, ...]
    events: int


def finish(chain: AuditChain, run: str) -> KnownHead:
    sha256 = f"{run}-".ljust(64, "0")
    event = chain.append("run.finished", actor="shortlist", payload={"run": run, "shortlist_sha256": sha256})
    return KnownHead(source=f"{run}/run.json", hash=event.hash, run_id=run, shortlist_sha256=sha256)


def write_chain(path: Path) -> tuple[KnownHead, ...]:
    with Desk.open(path, clock=Ticking()) as desk:
        desk.openings.create("Billing", by="olga")
        desk.reviews.decide("billing", CANDIDATES[0], "advance", reason="explains retries", by="hana")
        first = finish(desk.chain, "run-1")
        for n, candidate in enumerate(CANDIDATES):
            desk.reviews.comment("billing", candidate, f"remark {n}", by="hana")
            desk.reviews.reveal("billing", candidate, by="hana")
        desk.reviews.override("billing", CANDIDATES[1], "cause", 3, computed=1.4, reason="said so", by="hana")
        return first, finish(desk.chain, "run-2")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    path = tmp_path_factory.mktemp("chain") / "ledger.db"
    heads = write_chain(path)
    with sqlite3.connect(path) as raw:
        (events,) = raw.execute("SELECT count(*) FROM audit_events").fetchone()
        content = raw.serialize()
    raw.close()
    return Written(content, heads, events)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tampered") / "ledger.db"


def verify(path: Path, heads: tuple[KnownHead, ...] = ()) -> Verification:
    engine = open_engine(path)
    try:
        with Database(engine).reading("check") as connection:
            return check_chain(connection, heads=heads)
    finally:
        engine.dispose()


def after(
    written: Written, path: Path, tamper: Callable[[sqlite3.Connection], None], *, heads: bool = True
) -> Verification:
    """What a check finds after somebody with the whole database in their hands did something to it."""
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    path.write_bytes(written.content)
    raw = sqlite3.connect(path)
    tamper(raw)
    raw.commit()
    raw.close()
    return verify(path, written.heads if heads else ())


def rehash(raw: sqlite3.Connection) -> None:
    """Make all hashes again, as somebody who reads this program can."""
    previous = GENESIS
    rows = raw.execute("SELECT seq, time, kind, actor, digest FROM audit_events ORDER BY seq").fetchall()
    for seq, time, kind, actor, digest in rows:
        fresh = event_hash(seq=seq, time=time, kind=kind, actor=actor, digest=digest, previous=previous)
        raw.execute("UPDATE audit_events SET previous = ?, hash = ? WHERE seq = ?", (previous, fresh, seq))
        previous = fresh


def delete_and_close_up(raw: sqlite3.Connection, seq: int) -> None:
    for table in ("audit_events", "audit_payloads"):
        raw.execute(f"DELETE FROM {table} WHERE seq = ?", (seq,))
        raw.execute(f"UPDATE {table} SET seq = -seq WHERE seq > ?", (seq,))
        raw.execute(f"UPDATE {table} SET seq = -seq - 1 WHERE seq < 0")


def swap(raw: sqlite3.Connection, table: str, first: int, second: int) -> None:
    raw.execute(f"UPDATE {table} SET seq = -1 WHERE seq = ?", (first,))
    raw.execute(f"UPDATE {table} SET seq = ? WHERE seq = ?", (first, second))
    raw.execute(f"UPDATE {table} SET seq = ? WHERE seq = -1", (second,))


def kinds(found: Verification) -> set[str]:
    return {problem.kind for problem in found.problems}


def test_a_chain_that_nobody_touched_is_as_written(written: Written, scratch: Path) -> None:
    found = after(written, scratch, lambda _: None)
    assert found.ok
    assert (found.events, found.head, found.heads) == (written.events, written.heads[-1].hash, 2)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_edit_of_any_cell_is_found(written: Written, scratch: Path, data: st.DataObject) -> None:
    table = data.draw(st.sampled_from(sorted(COLUMNS)), label="table")
    column = data.draw(st.sampled_from(COLUMNS[table]), label="column")
    value = data.draw(st.one_of(st.text(max_size=70), st.integers(-(2**40), 2**40), st.binary(max_size=8)))

    def tamper(raw: sqlite3.Connection) -> None:
        cells = raw.execute(f"SELECT rowid, {column} FROM {table}").fetchall()
        row, before = data.draw(st.sampled_from(cells), label="row")
        raw.execute(f"UPDATE OR REPLACE {table} SET {column} = ? WHERE rowid = ?", (value, row))
        (now,) = raw.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (row,)).fetchone()
        if now == before:
            raw.execute(f"UPDATE OR REPLACE {table} SET {column} = ? WHERE rowid = ?", (f"{before}x", row))

    assert not after(written, scratch, tamper, heads=False).ok


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_deleted_event_or_payload_or_salt_is_found(written: Written, scratch: Path, data: st.DataObject) -> None:
    table = data.draw(st.sampled_from(sorted(COLUMNS)))

    def tamper(raw: sqlite3.Connection) -> None:
        rows = [row for (row,) in raw.execute(f"SELECT rowid FROM {table}")]
        raw.execute(f"DELETE FROM {table} WHERE rowid = ?", (data.draw(st.sampled_from(rows)),))

    assert not after(written, scratch, tamper, heads=False).ok


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_another_order_is_found(written: Written, scratch: Path, data: st.DataObject) -> None:
    pair = data.draw(st.lists(st.integers(1, written.events), min_size=2, max_size=2, unique=True))
    tables = data.draw(st.sampled_from((("audit_events",), ("audit_events", "audit_payloads"), ("audit_payloads",))))

    def tamper(raw: sqlite3.Connection) -> None:
        for table in tables:
            swap(raw, table, pair[0], pair[1])

    assert not after(written, scratch, tamper, heads=False).ok


@given(count=st.integers(1, 12))
@settings(max_examples=12, deadline=None)
def test_a_clean_cut_is_found_by_the_heads_of_runs(written: Written, scratch: Path, count: int) -> None:
    def tamper(raw: sqlite3.Connection) -> None:
        for table in ("audit_events", "audit_payloads"):
            raw.execute(f"DELETE FROM {table} WHERE seq > ?", (max(0, written.events - count),))

    assert after(written, scratch, tamper, heads=False).ok
    found = after(written, scratch, tamper)
    assert kinds(found) == {"cut"}
    assert "run-2" in found.problems[-1].text


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_change_with_all_hashes_made_again_is_found_by_the_heads_of_runs(
    written: Written, scratch: Path, data: st.DataObject
) -> None:
    seq = data.draw(st.integers(1, written.events))
    how = data.draw(st.sampled_from(("actor", "delete", "swap")))

    def tamper(raw: sqlite3.Connection) -> None:
        if how == "delete":
            delete_and_close_up(raw, seq)
        elif how == "swap":
            for table in ("audit_events", "audit_payloads"):
                swap(raw, table, seq, seq % written.events + 1)
        else:
            raw.execute("UPDATE audit_events SET actor = 'somebody else' WHERE seq = ?", (seq,))
        rehash(raw)

    assert after(written, scratch, tamper, heads=False).ok
    found = after(written, scratch, tamper)
    assert kinds(found) & {"rehashed", "cut"}


def test_a_rehash_is_placed_between_the_heads_that_fit_and_that_do_not(written: Written, scratch: Path) -> None:
    def tamper(raw: sqlite3.Connection) -> None:
        raw.execute("UPDATE audit_events SET actor = 'somebody else' WHERE seq = 5")
        rehash(raw)

    (problem,) = after(written, scratch, tamper).problems
    assert problem.kind == "rehashed"
    assert problem.seq == written.events
    assert f"between event 4 and event {written.events}" in problem.text


@pytest.mark.parametrize("payload", ["[]", "{", "{}", '{"opening":null,"candidate":null,"data":[]}', "[" * 9_000])
def test_a_payload_of_another_shape_is_found_although_its_digest_fits(
    written: Written, scratch: Path, payload: str
) -> None:
    def tamper(raw: sqlite3.Connection) -> None:
        (salt,) = raw.execute("SELECT salt FROM audit_salts WHERE opening = '' AND candidate = ''").fetchone()
        (seq,) = raw.execute("SELECT max(seq) FROM audit_events").fetchone()
        raw.execute("UPDATE audit_payloads SET payload = ? WHERE seq = ?", (payload, seq))
        raw.execute("UPDATE audit_events SET digest = ? WHERE seq = ?", (payload_digest(salt, payload), seq))
        rehash(raw)

    assert kinds(after(written, scratch, tamper, heads=False)) == {"payload_edited"}


def test_one_edit_is_one_problem_with_its_place(written: Written, scratch: Path) -> None:
    (problem,) = after(
        written, scratch, lambda raw: raw.execute("UPDATE audit_events SET actor = 'x' WHERE seq = 4") and None
    ).problems
    assert (problem.kind, problem.seq) == ("edited", 4)


def test_a_shortlist_that_is_not_the_one_of_its_event_is_found(written: Written, scratch: Path) -> None:
    changed = written.heads[0].model_copy(update={"shortlist_sha256": "f" * 64})
    moved = written.heads[1].model_copy(update={"hash": written.heads[0].hash})
    scratch.write_bytes(written.content)
    assert kinds(verify(scratch, (changed,))) == {"record_differs"}
    assert kinds(verify(scratch, (moved,))) == {"record_differs"}


def test_an_erased_candidate_leaves_a_chain_that_verifies(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    heads = write_chain(path)
    with Desk.open(path) as desk:
        before = {told.event.seq for told in desk.reviews.history("billing", CANDIDATES[0])}
        assert desk.erase("billing", CANDIDATES[0], by="olga").events == len(before) == 3
        found = desk.verify(heads)
        assert found.ok
        assert set(found.erased) == before
        assert desk.reviews.decisions("billing", CANDIDATES[0]) == ()
        assert [comment.candidate for comment in desk.reviews.comments("billing")] == list(CANDIDATES[1:])
        assert desk.erase("billing", CANDIDATES[0], by="olga").events == 0
        # While the database is open: its log is a file, too.
        for file in tmp_path.glob("ledger.db*"):
            assert file.is_dir() or b"explains retries" not in file.read_bytes()


def test_erasing_takes_nothing_of_the_same_name_in_another_opening(tmp_path: Path) -> None:
    with Desk.open(tmp_path / "ledger.db") as desk:
        for opening in ("billing", "parts"):
            desk.reviews.comment(opening, "linh-tran", "met today", by="hana")
        desk.erase("billing", "linh-tran", by="olga")
        assert len(desk.reviews.comments("parts", "linh-tran")) == 1
        assert desk.verify().ok


@pytest.mark.parametrize("payload", ["[]", "{", '{"opening":"billing","candidate":"linh-tran","data":{}}'])
def test_a_payload_in_another_shape_is_told_and_not_shown(tmp_path: Path, payload: str) -> None:
    with Desk.open(tmp_path / "ledger.db") as desk:
        desk.reviews.comment("billing", "linh-tran", "met today", by="hana")
        raw = sqlite3.connect(tmp_path / "ledger.db")
        raw.execute("UPDATE audit_payloads SET payload = ?", (payload,))
        raw.commit()
        raw.close()
        with pytest.raises(StorageError, match="shortlist verify"):
            desk.reviews.comments("billing")
        assert kinds(desk.verify()) == {"payload_edited"}


def append_many(where: str, actor: str, count: int) -> None:
    with Desk.open(where) as desk:
        for n in range(count):
            desk.reviews.comment("billing", f"candidate-{n % 3}", f"remark {n}", by=actor)


def test_processes_that_append_at_once_do_not_fork_the_chain(tmp_path: Path) -> None:
    path = str(tmp_path / "ledger.db")
    spawn = get_context("spawn")
    writers = [spawn.Process(target=append_many, args=(path, f"writer-{n}", 25)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=120)
    assert [writer.exitcode for writer in writers] == [0] * 4
    with Desk.open(path) as desk:
        found = desk.verify()
        assert (found.ok, found.events) == (True, 100)
        for n in range(4):
            told = desk.chain.told(actor=f"writer-{n}")
            assert [one.data["text"] for one in told] == [f"remark {m}" for m in range(25)]


def test_threads_of_one_desk_append_at_once(tmp_path: Path) -> None:
    with Desk.open(tmp_path / "ledger.db") as desk, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: desk.reviews.comment("billing", "linh-tran", f"remark {n}", by="hana"), range(80)))
        assert (desk.verify().ok, desk.verify().events) == (True, 80)


def test_the_ledger_and_the_desk_share_one_chain(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.db") as ledger, Desk.open(tmp_path / "ledger.db") as desk:
        first = ledger.chain.append("run.finished", actor="shortlist", payload={"run": "run-1"})
        desk.openings.create("Billing", by="olga")
        head = ledger.chain.head()
        assert head is not None
        assert (head.kind, head.seq, head.previous) == ("opening.created", 2, first.hash)


def test_an_event_and_what_it_belongs_to_are_kept_together_or_not_at_all(tmp_path: Path) -> None:
    with Desk.open(tmp_path / "ledger.db") as desk:
        desk.openings.create("Billing", by="olga")
        raw = sqlite3.connect(tmp_path / "ledger.db")
        raw.execute("CREATE TRIGGER full BEFORE INSERT ON audit_events BEGIN SELECT RAISE(FAIL, 'no room'); END")
        raw.commit()
        raw.close()
        with pytest.raises(StorageError, match="no room"):
            desk.scorecards.save("billing", "id: billing\n", by="olga")
        assert desk.openings.get("billing").scorecard_version == 0
        assert desk.scorecards.all("billing") == ()
