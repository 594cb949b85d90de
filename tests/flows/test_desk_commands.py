"""`shortlist verify` after real screenings, and `shortlist user`."""

import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli import app
from pipeline.desk.desk import Desk
from tests.flows.test_walk import SCORECARD, copy_candidates

PASSWORD = "correct horse battery\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of a person who keeps everything in one folder."""
    monkeypatch.setenv("SHORTLIST_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SHORTLIST_LEDGER_URL", raising=False)
    return tmp_path / "home"


def call(*arguments: str | Path, typed: str = "") -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=typed)


def change_database(home: Path, *statements: str) -> None:
    raw = sqlite3.connect(home / "ledger.db")
    for statement in statements:
        raw.execute(statement)
    raw.commit()
    raw.close()


def test_every_run_ends_with_its_head_in_run_json_and_no_name_in_the_chain(run, tmp_path, home) -> None:
    batch = copy_candidates(tmp_path / "batch", "c02", "c05")
    records = [run(batch, SCORECARD, out=out).record for out in ("one", "two")]
    with Desk.open(home / "ledger.db") as desk:
        told = desk.chain.told("run.finished")
    assert [one.event.hash for one in told] == [record.audit_head for record in records]
    assert [json.loads((tmp_path / out / "run.json").read_text())["audit_head"] for out in ("one", "two")] == [
        record.audit_head for record in records
    ]
    assert told[0].data["counts"] == records[0].counts.model_dump()
    assert told[0].data["shortlist_sha256"] == records[0].shortlist_sha256
    assert told[0].candidate is None
    assert not {"c02", "c05"} & set(json.dumps(told[0].data).split('"'))


def test_verify_finds_an_edit_a_cut_and_another_shortlist(run, tmp_path, home) -> None:
    batch = copy_candidates(tmp_path / "batch", "c02")
    run(batch, SCORECARD, out="one")
    run(batch, SCORECARD, out="two")
    records = tmp_path / "one", tmp_path / "two" / "run.json"
    asked = [part for record in records for part in ("--run", record)]
    good = call("verify", *asked)
    assert (good.exit_code, "as written" in good.output) == (0, True)

    shortlist = tmp_path / "one" / "shortlist.json"
    kept = shortlist.read_bytes()
    shortlist.write_bytes(kept.replace(b'"score"', b'"score" ', 1))
    other = call("verify", *asked)
    assert (other.exit_code, "record_differs" in other.output) == (1, True)
    shortlist.write_bytes(kept)

    change_database(home, "DELETE FROM audit_events WHERE seq = 2", "DELETE FROM audit_payloads WHERE seq = 2")
    assert call("verify", "--run", tmp_path / "one").exit_code == 0
    cut = call("verify", *asked)
    assert (cut.exit_code, "cut: The chain was cut off after event 1" in cut.output) == (1, True)

    change_database(home, "UPDATE audit_events SET kind = 'signed_in' WHERE seq = 1")
    edited = call("verify", "--quiet")
    assert (edited.exit_code, edited.output.startswith("edited: Event 1 was changed")) == (1, True)


def test_verify_looks_at_the_runs_of_the_desk_by_itself(run, tmp_path, home) -> None:
    record = run(copy_candidates(tmp_path / "batch", "c02"), SCORECARD).record
    with Desk.open(home / "ledger.db") as desk:
        desk.openings.create("Billing", by="rana")
        desk.scorecards.save("billing", SCORECARD.read_text(), by="rana")
        asked = desk.runs.queue("billing", by="rana")
        desk.runs.begin(asked.id, out=tmp_path / "out")
        desk.runs.finish(asked.id, run_id=record.run_id)
    assert "Heads of runs that were looked for: 1" in call("verify").output
    (tmp_path / "out" / "run.json").rename(tmp_path / "out" / "kept-elsewhere.json")
    gone = call("verify")
    assert (gone.exit_code, "is not there any more" in gone.output) == (0, True)


@pytest.mark.parametrize("content", [None, "{", "[]", '{"run_id": "r"}'])
def test_a_record_that_cannot_be_read_is_no_good_news(tmp_path, home, content: str | None) -> None:
    record = tmp_path / "run.json"
    if content is not None:
        record.write_text(content)
    result = call("verify", "--run", record)
    assert result.exit_code != 0
    assert "run.json" in str(result.exception)


def test_an_account_is_made_listed_given_access_and_disabled(home) -> None:
    assert "no accounts" in call("user", "list").output
    made = call("user", "add", "olga", "--role", "operator", "--display", "Olga O.", "--password-stdin", typed=PASSWORD)
    assert made.output == "olga: Olga O., operator; all openings\n"
    with Desk.open(home / "ledger.db") as desk:
        desk.openings.create("Billing", by="olga")
        desk.openings.create("Parts", by="olga")
    arguments = ("user", "add", "hana", "--role", "hiring-manager", "--access", "billing", "--password-stdin")
    assert call(*arguments, typed=PASSWORD).output == "hana: hana, hiring manager; billing\n"
    assert call("user", "access", "hana", "parts").output == "hana: hana, hiring manager; billing, parts\n"
    assert call("user", "access", "hana", "billing", "--remove").output == "hana: hana, hiring manager; parts\n"
    assert call("user", "role", "hana", "recruiter").output == "hana: hana, recruiter; parts\n"
    assert "hana (disabled)" in call("user", "disable", "hana").output
    assert "(disabled)" not in call("user", "disable", "hana", "--enable").output
    assert call("user", "list").output.splitlines() == [
        "hana: hana, recruiter; parts",
        "olga: Olga O., operator; all openings",
    ]
    with Desk.open(home / "ledger.db") as desk:
        assert desk.sessions.sign_in("olga", PASSWORD.strip()).session.user.name == "olga"


def test_a_password_is_asked_for_twice_and_not_shown(home) -> None:
    made = call("user", "add", "olga", "--role", "operator", typed=PASSWORD * 2)
    assert made.exit_code == 0
    assert PASSWORD.strip() not in made.output
    changed = call("user", "password", "olga", "--password-stdin", typed="another good phrase\n")
    assert changed.output == "olga has another password.\n"
    with Desk.open(home / "ledger.db") as desk:
        desk.sessions.sign_in("olga", "another good phrase")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("user", "add", "olga", "--role", "boss", "--password-stdin"), "no role 'boss'"),
        (("user", "add", "olga", "--role", "operator", "--password-stdin"), "12 to 1,024"),
        (("user", "password", "nobody", "--password-stdin"), "no user 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_said(home, arguments: tuple[str, ...], said: str) -> None:
    result = call(*arguments, typed="short\n")
    assert result.exit_code != 0
    assert said in str(result.exception)


def test_a_batch_that_holds_the_programs_own_files_is_refused(tmp_path, home) -> None:
    copy_candidates(tmp_path / "batch", "c02")
    result = call("screen", tmp_path, "--scorecard", SCORECARD, "--out", tmp_path / "out")
    assert result.exit_code != 0
    assert "files of shortlist itself" in f"{result.output}{result.exception}"
