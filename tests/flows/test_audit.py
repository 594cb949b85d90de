"""`shortlist audit` on real runs: what it finds, what it must not touch, and how it fails."""

import csv
import io
import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from evaluators.benchmarking.decisions import Fit, fit
from flows.audit_inputs import AuditOptions, read_run
from flows.auditing import audit_run, needs_a_person
from flows.cli import app
from flows.publishing import screen_and_publish
from flows.run_options import RunOptions
from pipeline.decision_file import read_decisions
from pipeline.errors import ConfigurationError
from pipeline.fairness.report import AuditReport, GroupSource, SwapAudit
from pipeline.models.shortlist import Shortlist
from pipeline.reports.audit_terminal import audit_lines
from pipeline.reports.audit_words import REDACTED_KINDS
from pipeline.settings import Settings
from tests.evaluators.scripted_server import ScriptedServer, first_sentences
from tests.flows.conftest import DEMO, ROLE

SCORECARD = ROLE / "scorecard.yaml"
NAMES = ("c02", "c05")
RESUMES = {
    "c02": """# Tamsin Varga
Backend engineer, tamsin.varga@mailhaus.example

## Experience
Senior Engineer, Larkfield Systems, 2019 – 2023
- In March 2021 the carrier sent every webhook twice, and Tamsin chose a unique key over a lock, because two people ran
  it and a lock is one more thing to wake up for; it costs one index and four milliseconds on checkout.
- She was paged for the invoice run one week in four, and wrote the runbook that the night shift uses until today.
- We kept the monthly close on one queue although streams were ready, since nobody there could restart a consumer.

## Education
BSc Computer Science, University of Leeds, 2014
""",
    "c05": """# Oren Castellane
Engineer, oren@castellane.example

## Experience
Developer, Brightwater Ledger, 2016 – 2022
- Moved 40,000 invoices a month to a new ledger over ten weekends, with a check that compared both sums every hour.
- Was on call for the payment service from 2018; the worst night was a clock that went back and billed twice.

## Education
Diploma, Harrow College, 2015
""",
}


class Finished(NamedTuple):
    """A screening that several tests look at and none changes."""

    root: Path
    shortlist: Shortlist

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def out(self) -> Path:
        return self.root / "out"


def write_batch(folder: Path) -> Path:
    for name, text in RESUMES.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "resume.md").write_text(text, encoding="utf-8")
    return folder


def screened(root: Path, **options) -> Finished:
    published = screen_and_publish(
        write_batch(root / "batch"),
        scorecard_path=SCORECARD,
        out=root / "out",
        options=RunOptions(**options),
        settings=Settings(home=root / "home"),
    )
    return Finished(root, published.shortlist)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Finished:
    return screened(tmp_path_factory.mktemp("finished"), top=1)


@pytest.fixture(scope="module")
def report(finished, tmp_path_factory) -> AuditReport:
    """One audit with everything, for tests that only read it."""
    folder = tmp_path_factory.mktemp("report")
    people = folder / "people.csv"
    people.write_text("candidate,gender\nc02,wombat\nc05,numbat\n")
    return audit(finished, demographics=people, out=folder / "audit")


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("candidate,gender\nc02,wombat\nc05,numbat\n")
    return path


def audit(run: Finished, **options) -> AuditReport:
    chosen = AuditOptions(**({"scorecard": SCORECARD, "out": run.root / "audit"} | options))
    return audit_run(run.out, chosen, settings=Settings(home=run.home))


def swaps_of(report: AuditReport) -> SwapAudit:
    assert report.swaps is not None
    return report.swaps


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def redacted(swaps: SwapAudit):
    return [count for count in swaps.counts if count.kind in REDACTED_KINDS]


def test_names_pronouns_and_schools_change_nothing(report) -> None:
    swaps = swaps_of(report)
    assert (swaps.candidates, swaps.not_judged, swaps.not_found) == (2, 0, 0)
    assert (swaps.reading_changed, swaps.judge_changed) == ((), False)
    assert {count.kind for count in redacted(swaps)} == REDACTED_KINDS
    assert sum(count.requests for count in redacted(swaps)) > 2 * 30 * 10
    for count in redacted(swaps):
        moved = (count.requests_changed, count.levels_changed, count.scores_changed, count.bands_changed)
        assert moved == (0, 0, 0, 0), count


def test_swaps_that_could_not_be_made_are_counted_apart(report) -> None:
    left_out = {one.kind: one.candidates for one in swaps_of(report).not_applied}
    # Only one of the two resumes says "she", and neither names a club.
    assert left_out["pronoun"] == 1
    assert left_out["club"] == 2
    assert "name" not in left_out
    assert {c.applied for c in swaps_of(report).counts if c.kind == "pronoun"} == {1}


def test_years_that_a_judge_reads_show_with_their_passage(report) -> None:
    swaps = swaps_of(report)
    assert sum(count.requests_changed for count in swaps.counts if count.kind == "dates") > 0
    example = next(one for one in swaps.examples if one.kind == "dates")
    assert example.document == "resume.md"
    assert example.place.startswith("line ")
    assert example.before != example.after


def test_an_audit_leaves_ledger_vault_and_index_as_they_were(finished, report, tmp_path) -> None:
    before = {name: kept for name, kept in contents(finished.home).items() if not name.endswith(("-shm", "-wal"))}
    audit(finished, out=tmp_path / "audit", sample=1)
    after = {name: kept for name, kept in contents(finished.home).items() if not name.endswith(("-shm", "-wal"))}
    assert after == before


def test_demographics_are_kept_nowhere(finished, report, tmp_path, people) -> None:
    audit(finished, demographics=people, swaps=False, out=tmp_path / "audit")
    assert b"wombat" not in b"".join(contents(finished.home).values())
    # Groups of fewer than five are named nowhere, and who is in which group of any size stands nowhere.
    results = contents(tmp_path / "audit")
    assert any(b"gender" in kept for kept in results.values())
    assert not any(name.encode() in kept for kept in results.values() for name in (*NAMES, "wombat", "numbat"))


def test_a_redactor_that_misses_names_is_found_out(finished, tmp_path, monkeypatch) -> None:
    from pipeline.redaction.names import NameFinder

    monkeypatch.setattr(NameFinder, "find", lambda *_args, **_kwargs: iter(()))
    found = audit(finished, out=tmp_path / "audit")
    swaps = swaps_of(found)
    assert sum(count.requests_changed for count in swaps.counts if count.kind == "name") > 0
    example = next(one for one in swaps.examples if one.kind == "name")
    assert ("Tamsin" in example.before, "Tamsin" in example.after) == (True, False)
    # What is read today is not what the run read, and the report says so.
    assert swaps.reading_changed == ("c02",)
    assert any("differently today" in notice for notice in found.notices)


def test_a_judge_that_goes_by_the_school_would_be_found_out(finished, tmp_path, monkeypatch) -> None:
    from pipeline.redaction import redacting
    from pipeline.redaction.mentions import Mentions

    found = redacting.discover

    def without_schools(documents):
        organisations = found(documents)
        headers = {at: [f for f in spans if f.mark != "SCHOOL"] for at, spans in organisations.headers.items()}
        return organisations._replace(headers=headers, mentions=Mentions(None, {}))

    monkeypatch.setattr(redacting, "discover", without_schools)
    swaps = swaps_of(audit(finished, out=tmp_path / "audit"))
    schools = [count for count in swaps.counts if count.kind == "school"]
    assert sum(count.text_changed for count in schools) > 0


def test_a_chat_model_is_not_asked_again(tmp_path) -> None:
    with ScriptedServer.answer_from(first_sentences) as server:
        run = screened(tmp_path, judge="openai:scripted", base_url=server.base_url)
        asked = len(server.asked)
        swaps = swaps_of(audit(run))
        assert len(server.asked) == asked > 0
    for count in redacted(swaps):
        assert (count.requests_changed, count.not_asked, count.scores_changed) == (0, 0, 0)
    assert sum(count.not_asked for count in swaps.counts if count.kind == "dates") > 0
    assert any(one.not_asked and one.score_after is None for one in swaps.examples if one.kind == "dates")
    with pytest.raises(ConfigurationError, match="--no-swaps"):
        audit_run(
            run.out,
            AuditOptions(scorecard=SCORECARD, batch=run.root / "batch", out=tmp_path / "second"),
            settings=Settings(home=tmp_path / "elsewhere"),
        )


def test_a_blind_run_shows_labels_and_takes_ids(tmp_path, people) -> None:
    run = screened(tmp_path, blind=True)
    found = audit(run, demographics=people, sample=1)
    assert found.source is not None
    assert found.source.absent == 0
    results = contents(run.root / "audit")
    assert not any(name.encode() in kept for kept in results.values() for name in NAMES)


def test_equal_runs_give_equal_bytes(finished, tmp_path, people) -> None:
    for out in ("one", "two"):
        audit(finished, demographics=people, sample=1, out=tmp_path / out)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert sorted(contents(tmp_path / "one")) == ["audit-groups.csv", "audit-swaps.csv", "audit.html", "audit.json"]


def test_selection_by_top_band_bar_and_decision(finished, tmp_path, people) -> None:
    rows = finished.shortlist.rows
    decisions = tmp_path / "decisions.csv"
    decisions.write_text("candidate,decision\nc02,no\n")

    def selected(**options) -> tuple[int, int]:
        source = audit(finished, demographics=people, swaps=False, out=tmp_path / "audit", **options).source
        assert source is not None
        return source.selected, source.outcomes

    assert selected() == (sum(row.rank == 1 for row in rows), 2)
    assert selected(bar=0.0) == (sum(row.score is not None for row in rows), 2)
    assert selected(bar=100.0) == (0, 2)
    assert selected(selected_by="band") == (sum(row.band in ("advance", "boundary", "probe") for row in rows), 2)
    assert selected(decisions=decisions) == (0, 1)


def test_a_later_audit_without_groups_takes_the_old_table_away(finished, tmp_path, people) -> None:
    audit(finished, demographics=people, swaps=False, out=tmp_path / "audit")
    assert (tmp_path / "audit" / "audit-groups.csv").exists()
    audit(finished, sample=1, out=tmp_path / "audit")
    assert not (tmp_path / "audit" / "audit-groups.csv").exists()


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"swaps": False}, ["nothing to audit"]),
        ({"bar": 50.0}, ["--demographics"]),
        ({"batch": Path("/nowhere/at/all")}, ["--batch", "/nowhere/at/all"]),
        ({"scorecard": Path("/nowhere.yaml")}, ["/nowhere.yaml"]),
        ({"scorecard": DEMO / "scorecard.yaml"}, ["not the scorecard of this run"]),
        ({"scorecard": None}, ["--scorecard", "billing-reliability"]),
        ({"batch": ROLE / "variants"}, ["none of the candidates", "'c02'"]),
    ],
)
def test_mistakes_in_options_are_named(finished, tmp_path, options, names) -> None:
    with pytest.raises(ConfigurationError) as error:
        audit(finished, **({"out": tmp_path / "audit"} | options))
    assert all(name in str(error.value) for name in names)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"bar": 5.0, "decisions": Path("x.csv")}, ["--bar", "--decisions"]),
        ({"bar": 5.0, "selected_by": "top"}, ["--bar", "top"]),
        ({"selected_by": "bar"}, ["--bar POINTS"]),
        ({"selected_by": "decision"}, ["--decisions FILE"]),
    ],
)
def test_selections_that_contradict_each_other_are_named(finished, people, options, names) -> None:
    with pytest.raises(ConfigurationError) as error:
        audit(finished, demographics=people, swaps=False, **options)
    assert all(name in str(error.value) for name in names)


def test_a_file_about_nobody_of_the_run_is_named_before_the_long_part(finished, tmp_path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("candidate,gender\nc99,woman\n")
    with pytest.raises(ConfigurationError, match=r"'c99' \(line 2\).*'c02'"):
        audit(finished, demographics=path, batch=Path("/nowhere"))


def test_people_outside_the_run_are_told_with_their_ids_and_change_no_figure(finished, tmp_path, people) -> None:
    alone = audit(finished, demographics=people, swaps=False, out=tmp_path / "alone")
    with people.open("a") as file:
        file.write("c98,numbat\nc99,quokka\n")
    decisions = tmp_path / "decisions.csv"
    decisions.write_text("candidate,decision\nc02,yes\nc05,no\nc97,yes\n")
    found = audit(finished, demographics=people, swaps=False, out=tmp_path / "audit")
    assert found.groups == alone.groups
    assert found.source is not None
    assert (found.source.not_in_run, found.source.not_in_run_ids) == (2, ("c98", "c99"))
    decided = audit(finished, demographics=people, decisions=decisions, swaps=False, out=tmp_path / "decided").source
    assert decided is not None
    assert (decided.decided_not_in_run_ids, decided.outcomes) == (("c97",), 2)
    page = (tmp_path / "audit" / "audit.html").read_text()
    assert "Not in this run: 2 of the demographics file (c98, c99). They are in no figure." in page
    assert "quokka" not in page
    assert json.loads((tmp_path / "audit" / "audit.json").read_text())["source"]["not_in_run_ids"] == ["c98", "c99"]
    assert "Not in this run: 2 of the demographics file (c98, c99)." in "\n".join(audit_lines(found))
    assert "Not in this run" not in (tmp_path / "alone" / "audit.html").read_text()


def test_an_audit_and_a_fit_read_one_file_alike(finished, tmp_path, people) -> None:
    decisions = tmp_path / "decisions.csv"

    def both() -> tuple[Fit, GroupSource]:
        source = audit(finished, demographics=people, decisions=decisions, swaps=False, out=tmp_path / "audit").source
        assert source is not None
        return fit(read_decisions(decisions), read_run(finished.out).report, draws=20), source

    decisions.write_text("candidate;decision;date\nC02;shortlisted;2024-02-02\nc02;no;2024-01-31\nc05;withdrawn;\n")
    fitted, source = both()
    assert (fitted.matched, fitted.advanced, fitted.rows_unmatched) == (1, 1, ("c05",))
    assert (source.outcomes, source.selected) == (1, 1)
    decisions.write_text("candidate\tdecision\nC02\tselected\nc02\tmaybe\nc05\t1\n")
    fitted, source = both()
    assert (fitted.matched, fitted.advanced, fitted.conflicting) == (1, 1, ("c02",))
    assert (source.outcomes, source.selected, source.decided_both_ways_ids) == (1, 1, ("c02",))
    page = (tmp_path / "audit" / "audit.html").read_text()
    assert "Decided both ways, without dates to tell the last decision: 1 of the decisions file (c02)." in page


def test_a_blind_run_tells_how_many_are_outside_and_not_who(tmp_path, people) -> None:
    run = screened(tmp_path, blind=True)
    with people.open("a") as file:
        file.write("zephyrine-quill,numbat\n")
    found = audit(run, demographics=people, sample=1)
    assert found.source is not None
    assert (found.source.not_in_run, found.source.not_in_run_ids) == (1, ())
    assert not any(b"zephyrine" in kept for kept in contents(run.root / "audit").values())


def test_a_moved_batch_is_asked_for_and_taken(tmp_path) -> None:
    run = screened(tmp_path)
    (run.root / "batch").rename(tmp_path / "moved")
    with pytest.raises(ConfigurationError, match="--batch"):
        audit(run)
    swaps = swaps_of(audit(run, batch=tmp_path / "moved", sample=1))
    assert (swaps.candidates, swaps.sampled_from, swaps.reading_changed) == (1, 2, ())


def test_a_scorecard_beside_the_batch_is_found(tmp_path) -> None:
    run = screened(tmp_path)
    shutil.copy(SCORECARD, tmp_path / "role.yaml")
    assert swaps_of(audit(run, scorecard=None, sample=1)).candidates == 1


@pytest.mark.parametrize("spoil", ["none", "empty", "damaged", "mixed"])
def test_a_folder_that_is_no_run_is_named(finished, tmp_path, spoil) -> None:
    out = tmp_path / "out"
    if spoil != "none":
        out.mkdir()
    if spoil == "damaged":
        (out / "run.json").write_text("{")
    if spoil == "mixed":
        shutil.copytree(finished.out, out, dirs_exist_ok=True)
        other = json.loads((out / "run.json").read_text()) | {"scorecard_hash": "0" * 64}
        (out / "run.json").write_text(json.dumps(other))
    with pytest.raises(ConfigurationError, match=r"finished screening|different screenings"):
        audit_run(out, AuditOptions(), settings=Settings(home=finished.home))


def test_a_sample_is_told(finished, tmp_path) -> None:
    assert any("--sample" in notice for notice in audit(finished, sample=1, out=tmp_path / "audit").notices)


def test_the_command_writes_files_and_ends_with_the_page(finished, tmp_path, people, monkeypatch) -> None:
    monkeypatch.setenv("SHORTLIST_HOME", str(finished.home))
    arguments = ["audit", str(finished.out), "--demographics", str(people), "--scorecard", str(SCORECARD), "-q"]
    arguments += ["--strict", "--out", str(tmp_path / "audit")]
    result = CliRunner().invoke(app, [*arguments, "--no-swaps"])
    assert result.exit_code == 0, result.output
    assert result.output.strip().endswith(str(tmp_path / "audit" / "audit.html"))
    assert json.loads((tmp_path / "audit" / "audit.json").read_text())["format"] == "shortlist-audit-2"
    rows = list(csv.DictReader(io.StringIO((tmp_path / "audit" / "audit-groups.csv").read_text("utf-8-sig"))))
    assert {(row["group"], row["people"]) for row in rows} == {("(unknown or fewer than five)", "2")}
    moved = CliRunner().invoke(app, arguments)
    counts = json.loads((tmp_path / "audit" / "audit.json").read_text())["swaps"]["counts"]
    assert moved.exit_code == (3 if any(c["scores_changed"] or c["bands_changed"] for c in counts) else 0)


def test_in_a_signal_the_command_asks_for_a_person(finished, tmp_path) -> None:
    # Thirty copies of the two rows, so that the better one's group is selected and the other's is not.
    out = tmp_path / "out"
    shutil.copytree(finished.out, out)
    content = json.loads((out / "shortlist.json").read_text())
    content["rows"] = [
        row | {"candidate": f"{row['candidate']}-{n}", "label": f"Candidate {n}"}
        for n in range(30)
        for row in content["rows"]
    ]
    (out / "shortlist.json").write_text(json.dumps(content))
    path = tmp_path / "people.csv"
    path.write_text("candidate,gender\n" + "".join(f"{name}-{n},{name}\n" for n in range(30) for name in NAMES))
    found = audit_run(out, AuditOptions(demographics=path, swaps=False), settings=Settings(home=finished.home))
    assert found.groups is not None
    assert found.groups.signals == 2
    assert needs_a_person(found)
