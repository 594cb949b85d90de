import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from pipeline.audit_events import GENESIS, KnownHead, event_hash
from pipeline.desk.desk import Desk
from pipeline.desk.erasing import Erasure
from pipeline.desk.schema import metadata
from pipeline.errors import SignInRefused, StorageError
from pipeline.ledger import Ledger, request_key
from pipeline.ledger_engine import Database, open_engine
from pipeline.ledger_schema import Asking
from pipeline.models.verdicts import Answer

PASSWORD = "correct horse battery"


def debian_bin() -> Path | None:
    """The newest PostgreSQL of Debian's packages."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


BIN = debian_bin()
pytestmark = [pytest.mark.postgres, pytest.mark.skipif(BIN is None, reason="PostgreSQL is not installed")]


def run_as_its_user(*command: str) -> None:
    """Run one of PostgreSQL's programs, which refuse to be run by root."""
    assert BIN is not None
    # A session of its own, and no output: the server that pg_ctl starts would hold a pipe open.
    user = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        timeout=60,
        **user,  # type: ignore[call-overload]  # both are optional
    )


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    # Under the system's own folder: a socket's path may have 107 bytes at most, and its user must get there.
    folder = Path(tempfile.mkdtemp(prefix="shortlist-pg-"))
    try:
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        run_as_its_user("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "-N")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        run_as_its_user("pg_ctl", "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield folder
        finally:
            run_as_its_user("pg_ctl", "-D", f"{folder}/data", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def url(server: Path, request: pytest.FixtureRequest) -> str:
    name = f"t{abs(hash(request.node.name))}"
    run_as_its_user("createdb", "-h", str(server), "-U", "postgres", name)
    return f"postgresql://postgres@/{name}?unix_sock={server}/.s.PGSQL.5432"


def append_many(url: str, actor: str, count: int) -> None:
    with Desk.open(url) as desk:
        for n in range(count):
            desk.reviews.comment("billing", f"candidate-{n % 3}", f"remark {n}", by=actor)


def test_migrations_make_the_tables_of_the_schema_in_postgresql(url: str) -> None:
    Desk.open(url).close()
    engine = open_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_a_new_database_can_be_opened_by_many_at_once(url: str) -> None:
    def look(_: int) -> int:
        with Desk.open(url) as desk:
            return desk.verify().events

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(look, range(5))) == [0] * 5


def test_processes_that_append_at_once_do_not_fork_the_chain(url: str) -> None:
    Desk.open(url).close()
    spawn = get_context("spawn")
    writers = [spawn.Process(target=append_many, args=(url, f"writer-{n}", 20)) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=120)
    assert [writer.exitcode for writer in writers] == [0] * 3
    with Desk.open(url) as desk:
        found = desk.verify()
        assert (found.ok, found.events) == (True, 60)


def test_the_desk_works_in_postgresql_from_the_first_account_to_an_erasure(url: str, tmp_path: Path) -> None:
    with Desk.open(url) as desk:
        desk.accounts.add("olga", display="Olga", role="operator", password=PASSWORD, by="command line")
        with pytest.raises(SignInRefused):
            desk.sessions.sign_in("olga", "a wrong pass phrase")
        token = desk.sessions.sign_in("olga", PASSWORD).token
        fresh = desk.sessions.rotate(token)
        assert fresh is not None
        session = desk.sessions.get(fresh.token)
        assert session is not None
        desk.openings.create("Billing", by="olga")
        desk.scorecards.save("billing", "id: billing\n", by="olga")
        assert desk.may(session.user, "billing", "decide")
        run = desk.runs.queue("billing", by="olga")
        desk.runs.begin(run.id, out=tmp_path)
        assert desk.runs.heartbeat(run.id, current="half-\udcff-pair\0")
        assert desk.runs.finish(run.id).state == "done"
        made = desk.reviews.decide("billing", "half-\udcff-pair", "advance", reason="good \0 reasons", by="olga")
        assert desk.reviews.decisions("billing") == (made,)
        assert desk.erase("billing", "half-\udcff-pair", by="olga").events == 1
        assert (desk.verify().ok, desk.verify().erased) == (True, (made.seq,))


def test_an_edit_in_postgresql_is_found(url: str) -> None:
    append_many(url, "hana", 4)
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_events SET actor = 'omar' WHERE seq = 2")
    engine.dispose()
    with Desk.open(url) as desk:
        assert [(problem.kind, problem.seq) for problem in desk.verify().problems] == [("edited", 2)]


def test_a_reading_transaction_cannot_write(url: str) -> None:
    engine = open_engine(url)
    with pytest.raises(StorageError, match="read-only"), Database(engine).reading("look") as connection:
        connection.exec_driver_sql("CREATE TABLE written (id integer)")
    engine.dispose()


def test_the_ledger_leases_and_keeps_answers_in_postgresql(url: str) -> None:
    keys = [request_key("judge", b"request %d" % n) for n in range(600)]
    with Ledger.open(url) as ledger, Ledger.open(url) as other:
        assert ledger.claim(keys, judge="judge").leased == tuple(keys)
        assert other.claim(keys, judge="judge").held == tuple(keys)
        ledger.record([Answer(key=key, findings=()) for key in keys], judge="judge")
        assert set(other.claim(keys, judge="judge").answers) == set(keys)
        ledger.start_run("run-1", scorecard_hash="s", judge="j", batch_fingerprint="b")
        ledger.finish_run("run-1", counts={"candidates": 3})
        assert [run.state for run in other.runs()] == ["done"]


def test_a_run_over_a_long_path_with_a_long_scorecard_id_is_noted(url: str) -> None:
    run = f"20261126T013110951801-{'x' * 64}"
    with Ledger.open(url) as ledger:
        ledger.start_run(run, scorecard_hash="s", judge="j", batch_fingerprint="/home/ann/" + "y" * 300)
        ledger.note_askings(run, [Asking(candidate="linh-tran", subject="s", request_key="k", fingerprint="j")])
        ledger.finish_run(run)
        assert [one.id for one in ledger.runs()] == [run]
        assert len(ledger.askings(run)) == 1


def finished(desk: Desk, run: str) -> KnownHead:
    event = desk.chain.append("run.finished", actor="shortlist", payload={"run": run, "shortlist_sha256": "0" * 64})
    return KnownHead(source=f"{run}/run.json", hash=event.hash, run_id=run, shortlist_sha256="0" * 64)


def rehash(connection: Connection) -> None:
    """Make all hashes again, as somebody who reads this program can."""
    previous = GENESIS
    query = "SELECT seq, time, kind, actor, digest FROM audit_events ORDER BY seq"
    for seq, time, kind, actor, digest in connection.exec_driver_sql(query).all():
        fresh = event_hash(seq=seq, time=time, kind=kind, actor=actor, digest=digest, previous=previous)
        changed = text("UPDATE audit_events SET previous = :previous, hash = :hash WHERE seq = :seq")
        connection.execute(changed, {"previous": previous, "hash": fresh, "seq": seq})
        previous = fresh


@pytest.mark.parametrize(
    ("how", "found"),
    [
        ("edit", {"edited"}),
        ("edit of a payload", {"payload_edited"}),
        ("deletion", {"missing"}),
        ("another order", {"edited", "order"}),
        ("cut", {"cut"}),
        ("new hashes", {"rehashed"}),
    ],
)
def test_every_tampering_is_found_in_postgresql(url: str, how: str, found: set[str]) -> None:
    with Desk.open(url) as desk:
        for n in range(3):
            desk.reviews.comment("billing", "linh-tran", f"remark {n}", by="hana")
        heads = [finished(desk, "run-1")]
        desk.reviews.decide("billing", "linh-tran", "hold", reason="Wait", by="hana")
        heads.append(finished(desk, "run-2"))
        assert desk.verify(heads).ok
        engine = open_engine(url)
        statements = {
            "edit": ["UPDATE audit_events SET actor = 'omar' WHERE seq = 2"],
            "edit of a payload": ["UPDATE audit_payloads SET payload = replace(payload, 'Wait', 'Go') WHERE seq = 5"],
            "deletion": [f"DELETE FROM audit_{table} WHERE seq = 3" for table in ("events", "payloads")],
            "another order": [
                f"UPDATE audit_{table} SET seq = {new} WHERE seq = {old}"
                for table in ("events", "payloads")
                for old, new in ((2, -1), (3, 2), (-1, 3))
            ],
            "cut": [f"DELETE FROM audit_{table} WHERE seq > 4" for table in ("events", "payloads")],
            "new hashes": ["UPDATE audit_events SET actor = 'omar' WHERE seq = 5"],
        }
        with engine.begin() as connection:
            for statement in statements[how]:
                connection.exec_driver_sql(statement)
            if how == "new hashes":
                rehash(connection)
        engine.dispose()
        assert {problem.kind for problem in desk.verify(heads).problems} == found


def test_what_was_asked_about_an_erased_candidate_goes_and_what_others_asked_too_stays(
    url: str, tmp_path: Path
) -> None:
    with Ledger.open(url) as ledger, Desk.open(url) as desk:
        ledger.start_run("run-1", scorecard_hash="s", judge="j", batch_fingerprint=str(tmp_path))
        ledger.record([Answer(key=key, findings=()) for key in ("own", "shared", "other")], judge="j")
        asked = [("linh-tran", "own"), ("linh-tran", "shared"), ("abena", "shared"), ("abena", "other")]
        ledger.note_askings(
            "run-1", [Asking(candidate=name, subject=key, request_key=key, fingerprint="j") for name, key in asked]
        )
        gone = desk.erase("billing", "linh-tran", by="olga", erasure=Erasure(batch=tmp_path))
        assert gone == (0, 2, 1)
        assert set(ledger.answers(["own", "shared", "other"])) == {"shared", "other"}
        assert desk.verify().ok
