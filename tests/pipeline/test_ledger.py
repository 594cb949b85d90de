import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from pipeline.desk.desk import Desk
from pipeline.desk.schema import metadata
from pipeline.errors import ConfigurationError, StorageError
from pipeline.ledger import Ledger, request_key
from pipeline.ledger_engine import Database, open_engine
from pipeline.ledger_schema import HEAD, Asking
from pipeline.models.verdicts import Answer, Finding, Quote

MIGRATIONS = Path(__file__).parents[2] / "pipeline" / "migrations"


class SteppedClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: SteppedClock) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.db", clock=clock) as opened:
        yield opened


@pytest.fixture
def other(tmp_path: Path, clock: SteppedClock, ledger: Ledger) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.db", clock=clock) as opened:
        yield opened


def keys(count: int, start: int = 0) -> list[str]:
    return [request_key("judge", b"request %d" % number) for number in range(start, start + count)]


def answered(key: str, p: float = 0.625) -> Answer:
    finding = Finding(check="reason", p=p, quotes=(Quote(passage="0123456789abcdef", text="because the rota is five"),))
    return Answer(key=key, findings=(finding,), provider={"model": "m-1", "tokens": 12, "cost": 0.5})


def test_an_answer_is_read_back_as_it_was_written(ledger: Ledger) -> None:
    (key,) = keys(1)
    assert ledger.claim([key], judge="judge").leased == (key,)
    assert ledger.record([answered(key)], judge="judge") == {}
    assert ledger.answers([key]) == {key: answered(key)}
    assert ledger.claim([key], judge="judge") == ({key: answered(key)}, (), ())


def test_a_leased_request_is_held_for_others_and_ours_again(ledger: Ledger, other: Ledger) -> None:
    wanted = keys(3)
    assert ledger.claim(wanted[:2], judge="judge").leased == tuple(wanted[:2])
    claim = other.claim(wanted, judge="judge")
    assert claim.leased == (wanted[2],)
    assert claim.held == tuple(wanted[:2])
    assert ledger.claim(wanted[:2], judge="judge").leased == tuple(wanted[:2])


def test_an_expired_lease_is_taken_over_and_a_renewed_one_is_not(
    ledger: Ledger, other: Ledger, clock: SteppedClock
) -> None:
    (key,) = keys(1)
    ledger.claim([key], judge="judge")
    clock.now += timedelta(minutes=14)
    ledger.renew()
    clock.now += timedelta(minutes=14)
    assert other.claim([key], judge="judge").held == (key,)
    clock.now += timedelta(minutes=2)
    assert other.claim([key], judge="judge").leased == (key,)
    assert ledger.claim([key], judge="judge").held == (key,)


def test_the_first_answer_stands_and_the_second_writer_gets_it(
    ledger: Ledger, other: Ledger, clock: SteppedClock
) -> None:
    (key,) = keys(1)
    ledger.claim([key], judge="judge")
    clock.now += timedelta(minutes=16)
    other.claim([key], judge="judge")
    assert other.record([answered(key, p=0.9)], judge="judge") == {}
    assert ledger.record([answered(key, p=0.1)], judge="judge") == {key: answered(key, p=0.9)}
    assert ledger.answers([key])[key].findings[0].p == 0.9


def test_a_late_answer_is_kept_although_its_lease_was_given_back(ledger: Ledger) -> None:
    (key,) = keys(1)
    ledger.claim([key], judge="judge")
    ledger.release([key])
    ledger.record([answered(key)], judge="judge")
    assert ledger.answers([key]) == {key: answered(key)}


@pytest.mark.parametrize("reason", ["judge_failed", "not_asked"])
def test_an_accident_is_not_kept_and_its_lease_is_given_back(ledger: Ledger, other: Ledger, reason: str) -> None:
    (key,) = keys(1)
    ledger.claim([key], judge="judge")
    ledger.record([Answer.model_validate({"key": key, "unscored": reason, "detail": "cut"})], judge="judge")
    assert ledger.answers([key]) == {}
    assert other.claim([key], judge="judge").leased == (key,)


def test_a_refusal_is_final(ledger: Ledger) -> None:
    (key,) = keys(1)
    ledger.claim([key], judge="judge")
    refusal = Answer(key=key, unscored="judge_refused", detail="the model declined")
    ledger.record([refusal], judge="judge")
    assert ledger.claim([key], judge="judge").answers == {key: refusal}


def test_closing_gives_unanswered_leases_back(tmp_path: Path, other: Ledger) -> None:
    with Ledger.open(tmp_path / "ledger.db") as brief:
        brief.claim(keys(2), judge="judge")
        brief.record([answered(keys(1)[0])], judge="judge")
    claim = other.claim(keys(2), judge="judge")
    assert set(claim.answers) == set(keys(1))
    assert claim.leased == tuple(keys(2)[1:])


def test_a_lease_of_an_owner_without_a_living_process_is_taken_over_at_once(ledger: Ledger, tmp_path: Path) -> None:
    (key,) = keys(1)
    ledger.claim([key], judge="judge")
    raw = sqlite3.connect(tmp_path / "ledger.db")
    raw.execute("UPDATE answers SET lease_owner = 'gone'")
    raw.commit()
    raw.close()
    assert ledger.claim([key], judge="judge").leased == (key,)


def test_thousands_of_requests_go_through_in_pieces(ledger: Ledger) -> None:
    wanted = keys(2_345)
    claim = ledger.claim(wanted, judge="judge")
    assert claim.leased == tuple(wanted)
    ledger.record([answered(key) for key in wanted], judge="judge")
    assert set(ledger.answers(wanted)) == set(wanted)


def test_no_request_body_reaches_the_file(ledger: Ledger, tmp_path: Path) -> None:
    body = b"a paragraph that only the request holds"
    key = request_key("judge", body)
    ledger.claim([key], judge="judge")
    ledger.record([answered(key)], judge="judge")
    ledger.note_askings("run", [Asking(candidate="c01", subject="s", request_key=key, fingerprint="judge")])
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert key.encode() in stored
    assert body not in stored


def test_request_keys_differ_by_fingerprint_content_and_sample() -> None:
    made = {
        request_key("ab", b"c"),
        request_key("a", b"bc"),
        request_key("ab", b"c", sample=1),
        request_key("ab", b"d"),
    }
    assert len(made) == 4
    assert request_key("ab", b"c") == request_key("ab", b"c")


def test_an_asking_is_noted_once_per_run_and_its_failure_replaces_it(ledger: Ledger) -> None:
    (key,) = keys(1)
    asking = Asking(candidate="c01", subject="failure_modes", request_key=key, fingerprint="judge")
    failed = asking.model_copy(update={"unscored": "judge_failed", "detail": "cut"})
    ledger.note_askings("run-1", [asking])
    ledger.note_askings("run-1", [failed])
    ledger.note_askings("run-2", [asking])
    assert ledger.askings("run-1") == (failed,)
    assert ledger.askings("run-2") == (asking,)


def test_a_run_is_noted_from_start_to_end(ledger: Ledger, clock: SteppedClock) -> None:
    ledger.start_run("run-1", scorecard_hash="s", judge="j", batch_fingerprint="b")
    clock.now += timedelta(seconds=90)
    ledger.finish_run("run-1", counts={"candidates": 3}, shortlist_sha256="f" * 64)
    (run,) = ledger.runs()
    assert (run.state, run.counts, run.shortlist_sha256) == ("done", {"candidates": 3}, "f" * 64)
    assert run.finished is not None
    assert run.finished - run.started == timedelta(seconds=90)
    ledger.start_run("run-1", scorecard_hash="s", judge="j", batch_fingerprint="b")
    assert ledger.runs()[0].state == "running"
    with pytest.raises(StorageError, match="knows no run 'run-9'"):
        ledger.finish_run("run-9")


def test_migrations_make_exactly_the_tables_of_the_schema(ledger: Ledger, tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "ledger.db")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_a_ledger_uses_the_write_ahead_log(ledger: Ledger, tmp_path: Path) -> None:
    raw = sqlite3.connect(tmp_path / "ledger.db")
    assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    raw.close()


def test_a_ledger_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    Ledger.open(tmp_path / "ledger.db").close()
    raw = sqlite3.connect(tmp_path / "ledger.db")
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    raw.close()
    with pytest.raises(StorageError, match="version '9999', newer"):
        Ledger.open(tmp_path / "ledger.db")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("not a database " * 100)
    with pytest.raises(StorageError, match=r"ledger\.db.*file is not a database"):
        Ledger.open(tmp_path / "ledger.db")


@pytest.mark.parametrize("opened", [Ledger, Desk])
def test_a_database_that_cannot_be_migrated_is_closed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: type[Ledger] | type[Desk]
) -> None:
    (tmp_path / "ledger.db").write_text("not a database " * 100)
    closed: list[str] = []
    close = Database.close

    def noted(database: Database) -> None:
        closed.append(database.engine.name)
        close(database)

    # Patched because a connection that is left open shows only when it is collected.
    monkeypatch.setattr(Database, "close", noted)
    with pytest.raises(StorageError, match="not a database"):
        opened.open(tmp_path / "ledger.db")
    assert closed == ["sqlite"]


def test_a_ledger_that_cannot_give_its_leases_back_is_closed_and_others_go_on(
    tmp_path: Path, other: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    (key,) = keys(1)
    broken = Ledger.open(tmp_path / "ledger.db")
    assert broken.claim([key], judge="judge").leased == (key,)
    assert other.claim([key], judge="judge").held == (key,)

    def full(keys: object = None) -> None:
        raise StorageError("The disk is full.")

    # Patched because a full disk cannot be had in a test.
    monkeypatch.setattr(broken, "release", full)
    with pytest.raises(StorageError, match="disk is full"):
        broken.close()
    assert other.claim([key], judge="judge").leased == (key,)


def test_the_first_error_is_told_and_not_that_leases_could_not_be_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(ledger: Ledger, keys: object = None) -> None:
        raise StorageError("The disk is full.")

    monkeypatch.setattr(Ledger, "release", full)
    with pytest.raises(KeyError, match="the first"), Ledger.open(tmp_path / "ledger.db"):
        raise KeyError("the first")


@pytest.mark.parametrize("url", ["mysql://host/name", "://"])
def test_a_url_that_cannot_be_used_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigurationError, match="give a file path"):
        Ledger.open(url)


def test_a_new_ledger_can_be_opened_by_many_at_once(tmp_path: Path) -> None:
    def open_one(path: Path, barrier: Barrier) -> int:
        barrier.wait()
        with Ledger.open(path) as opened:
            return len(opened.claim(keys(20), judge="judge").answers)

    for attempt in range(10):
        barrier = Barrier(6)
        with ThreadPoolExecutor(6) as pool:
            opened = [pool.submit(open_one, tmp_path / f"{attempt}.db", barrier) for _ in range(6)]
            assert [future.result() for future in opened] == [0] * 6
