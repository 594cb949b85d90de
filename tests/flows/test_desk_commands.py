"""`shortlist verify` after real screenings, and `shortlist user`."""

import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli import app
from pipeline.audit_log import HEADS_FILE
from pipeline.desk.desk import Desk
from pipeline.desk.places import run_folder
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
    assert f"{home / HEADS_FILE} remembers event 2 of" in call("verify", "--run", tmp_path / "one").output
    cut = call("verify", *asked)
    assert (cut.exit_code, "cut: The chain was cut off after event 1" in cut.output) == (1, True)

    change_database(home, "UPDATE audit_events SET kind = 'signed_in' WHERE seq = 1")
    edited = call("verify", "--quiet")
    assert (edited.exit_code, edited.output.startswith("edited: Event 1 was changed")) == (1, True)


def run_at_desk(run, tmp_path: Path, home: Path, name: str = "one") -> Path:
    """A run of the desk whose results lie where they belong; its folder."""
    batch = copy_candidates(tmp_path / f"batch-{name}", "c02")
    with Desk.open(home / "ledger.db", heads=home / HEADS_FILE) as desk:
        if not desk.openings.all():
            desk.openings.create("Billing", by="rana")
            desk.scorecards.save("billing", SCORECARD.read_text(), by="rana")
        asked = desk.runs.queue("billing", by="rana")
        out = run_folder(home, "billing", asked.id)
        desk.runs.begin(asked.id, out=out)
        record = run(batch, SCORECARD, out=name).record
        out.parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).rename(out)
        desk.runs.finish(asked.id, run_id=record.run_id)
    return out


def decide(home: Path, *choices: str) -> None:
    with Desk.open(home / "ledger.db", heads=home / HEADS_FILE) as desk:
        for choice in choices:
            desk.reviews.decide("billing", "c02", choice, reason="read it", by="hana")


def cut_after(home: Path, last: str) -> None:
    """Delete everything after the last event of a kind, as somebody with the database in their hands can."""
    after = f"WHERE seq > (SELECT max(seq) FROM audit_events WHERE kind = '{last}')"
    # In this order, for both look at the same event.
    change_database(home, f"DELETE FROM audit_payloads {after}", f"DELETE FROM audit_events {after}")


def test_verify_looks_at_the_runs_of_the_desk_by_itself(run, tmp_path, home) -> None:
    out = run_at_desk(run, tmp_path, home)
    good = call("verify")
    assert (good.exit_code, "Heads of runs that were looked for: 1" in good.output) == (0, True)
    # Moved together with SHORTLIST_HOME, results are found where they lie now.
    change_database(home, "UPDATE desk_runs SET out = '/another/disk'")
    assert call("verify").exit_code == 0
    kept = (out / "run.json").read_bytes()
    (out / "run.json").unlink()
    gone = call("verify")
    assert (gone.exit_code, "missing: The results of run" in gone.output) == (1, True)
    (out / "run.json").write_bytes(kept)
    change_database(home, "UPDATE desk_runs SET state = 'failed'")
    failed = call("verify")
    assert (failed.exit_code, "is failed in the list of runs" in failed.output) == (1, True)
    change_database(home, "DELETE FROM desk_runs")
    assert "is not in the list of runs" in call("verify").output


def test_a_run_that_was_cut_off_is_found_whatever_the_list_of_runs_says(run, tmp_path, home) -> None:
    run_at_desk(run, tmp_path, home)
    (home / HEADS_FILE).unlink()
    cut_after(home, "scorecard.saved")
    change_database(home, "UPDATE desk_runs SET state = 'failed'")
    cut = call("verify")
    assert (cut.exit_code, "cut: The chain was cut off somewhere: the event of run" in cut.output) == (1, True)


def test_a_record_of_another_run_is_not_taken_for_it(run, tmp_path, home) -> None:
    first, second = run_at_desk(run, tmp_path, home), run_at_desk(run, tmp_path, home, "two")
    for path in first.iterdir():
        (second / path.name).write_bytes(path.read_bytes())
    copied = call("verify")
    assert (copied.exit_code, "is not the record of run" in copied.output) == (1, True)


def test_decisions_that_were_cut_off_after_the_last_run_are_found(run, tmp_path, home) -> None:
    run_at_desk(run, tmp_path, home)
    decide(home, "advance")
    copy = tmp_path / "elsewhere.log"
    copy.write_bytes((home / HEADS_FILE).read_bytes())
    assert ((home / HEADS_FILE).stat().st_mode & 0o777, call("verify").exit_code) == (0o600, 0)

    cut_after(home, "run.ended")
    cut = call("verify")
    assert (cut.exit_code, "cut: The chain was cut off after event" in cut.output) == (1, True)
    # Another decision in its place has the same number and another hash.
    decide(home, "decline", "hold")
    again = call("verify")
    assert (again.exit_code, "rehashed: Event" in again.output) == (1, True)

    # Without its file it says so; with a new one, only a copy knows.
    (home / HEADS_FILE).unlink()
    missing = call("verify")
    assert (missing.exit_code, "audit-heads.log' is missing" in missing.output) == (1, True)
    decide(home, "advance")
    fresh = call("verify")
    assert (fresh.exit_code, "audit-heads.log begins with event" in fresh.output) == (0, True)
    assert call("verify", "--heads", copy).exit_code == 1


def test_a_copy_that_holds_no_head_is_no_good_news(tmp_path, home) -> None:
    (tmp_path / "copy.log").write_text("nothing\n")
    for path in (tmp_path / "copy.log", tmp_path / "none.log"):
        assert "holds no head" in str(call("verify", "--heads", path).exception)


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
