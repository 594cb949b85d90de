"""The whole walk on real files: the same inputs give the same bytes, and nothing is lost or asked twice."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.flows.conftest import DEMO, OUTPUTS, ROLE
from tests.producers.render import to_docx, to_html

CANDIDATES = ROLE / "candidates"
SCORECARD = ROLE / "scorecard.yaml"


def copy_candidates(target: Path, *names: str) -> Path:
    for name in names:
        shutil.copytree(CANDIDATES / name, target / name)
    return target


def figures(out: Path) -> dict[str, tuple[float, str, int]]:
    rows = json.loads((out / "shortlist.json").read_text())["rows"]
    return {row["candidate"]: (row["score"], row["band"], row["rank"]) for row in rows}


def test_a_second_run_asks_nothing_and_gives_the_same_bytes(run, outputs, tmp_path) -> None:
    batch = copy_candidates(tmp_path / "batch", "c02", "c05", "c08")
    first = run(batch, SCORECARD, out="one")
    second = run(batch, SCORECARD, out="two")
    assert first.record.counts.asked > 0
    assert second.record.counts.asked == 0
    assert outputs("one") == outputs("two")


def test_another_home_gives_the_same_bytes(run, outputs, tmp_path) -> None:
    batch = copy_candidates(tmp_path / "batch", "c02", "c05")
    run(batch, SCORECARD, home="here", out="one")
    run(batch, SCORECARD, home="there", out="two")
    assert outputs("one") == outputs("two")


def test_changing_a_weight_asks_nothing(run, tmp_path) -> None:
    batch = copy_candidates(tmp_path / "batch", "c02", "c05")
    run(batch, SCORECARD)
    changed = yaml.safe_load(SCORECARD.read_text())
    changed["criteria"][0]["weight"] = 9
    (tmp_path / "changed.yaml").write_text(yaml.safe_dump(changed))
    assert run(batch, tmp_path / "changed.yaml", out="two").record.counts.asked == 0


def test_changing_one_criterion_asks_that_one_only(run, tmp_path) -> None:
    batch = copy_candidates(tmp_path / "batch", "c02", "c05")
    run(batch, SCORECARD)
    changed = yaml.safe_load(SCORECARD.read_text())
    changed["criteria"][1]["statement"] = "Says what broke and what was done about it."
    (tmp_path / "changed.yaml").write_text(yaml.safe_dump(changed))
    # One question for each of the two candidates; fewer if the judge does not read that statement at all.
    assert run(batch, tmp_path / "changed.yaml", out="two").record.counts.asked <= 2


def test_nobodys_score_depends_on_who_else_is_in_the_batch(run, tmp_path) -> None:
    run(copy_candidates(tmp_path / "few", "c02", "c05"), SCORECARD, out="few_out")
    run(copy_candidates(tmp_path / "more", "c02", "c04", "c05", "c08"), SCORECARD, out="more_out")
    few, more = figures(tmp_path / "few_out"), figures(tmp_path / "more_out")
    assert {name: few[name][0] for name in few} == {name: more[name][0] for name in few}


def test_markdown_html_and_docx_give_exactly_the_same_scores(run, tmp_path) -> None:
    names = ("c04", "c05", "c08", "c09")
    for kind, render in (
        ("md", lambda text: text.encode()),
        ("html", lambda t: to_html(t).encode()),
        ("docx", to_docx),
    ):
        for name in names:
            folder = tmp_path / kind / name
            folder.mkdir(parents=True)
            (folder / f"resume.{kind}").write_bytes(render((CANDIDATES / name / "resume.md").read_text()))
        run(tmp_path / kind, SCORECARD, out=f"{kind}_out")
    first = figures(tmp_path / "md_out")
    assert figures(tmp_path / "html_out") == first
    assert figures(tmp_path / "docx_out") == first


def test_a_zip_gives_the_same_bytes_as_the_folder(run, outputs, tmp_path) -> None:
    batch = copy_candidates(tmp_path / "batch", "c02", "c05")
    archive = shutil.make_archive(str(tmp_path / "batch"), "zip", batch)
    run(batch, SCORECARD, out="one")
    run(Path(archive), SCORECARD, out="two")
    assert outputs("one") == outputs("two")


def test_every_candidate_of_the_demo_is_scored_or_listed(run, tmp_path) -> None:
    published = run(DEMO, DEMO / "scorecard.yaml")
    counts = published.record.counts
    assert counts.candidates == 12
    assert counts.ranked + counts.listed == 12
    assert {file.code for file in published.batch.quarantined} >= {"scanned", "corrupt"}
    for row in published.shortlist.rows:
        for criterion in row.assessment.criteria:
            assert (criterion.level is None) == (criterion.unscored is not None)


def test_every_shipped_quote_stands_in_its_document(run, tmp_path) -> None:
    published = run(copy_candidates(tmp_path / "batch", "c02", "c04", "c07"), SCORECARD)
    quotes = 0
    for row in published.shortlist.rows:
        folder = tmp_path / "batch" / row.candidate
        for criterion in row.assessment.criteria:
            for finding in criterion.findings:
                for cited in finding.citations:
                    text = (folder / cited.document).read_text()
                    assert _letters(cited.quote) in _letters(text), cited
                    quotes += 1
    assert quotes > 20


def _letters(text: str) -> str:
    """Text without what Markdown and comment markers put between words."""
    return "".join(letter for letter in text if letter.isalnum())


def command(batch: Path, out: Path) -> list[str]:
    arguments = ["screen", str(batch), "--scorecard", str(SCORECARD), "--out", str(out), "--quiet"]
    return [sys.executable, "-m", "flows.cli", *arguments]


KILLED_WHILE_READING = """
import os, signal, sys
from pathlib import Path
from flows.publishing import RunOptions, screen_and_publish
from pipeline.settings import Settings

def progress(step):
    if step.stage == "reading" and step.done == 3:
        os.kill(os.getpid(), signal.SIGKILL)

batch, scorecard, out, home = map(Path, sys.argv[1:])
options, settings = RunOptions(), Settings(home=home)
screen_and_publish(batch, scorecard_path=scorecard, out=out, options=options, settings=settings, progress=progress)
"""


def test_killed_in_the_middle_and_run_again_gives_the_same_bytes(run, outputs, tmp_path) -> None:
    clean = run(CANDIDATES, SCORECARD, home="clean", out="clean_out")
    home, out = tmp_path / "home", tmp_path / "killed_out"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_READING, str(CANDIDATES), str(SCORECARD), str(out), str(home)],
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert len(list((home / "vault" / "readings").rglob("*.json"))) >= 3
    assert not (out / "shortlist.html").exists()
    again = run(CANDIDATES, SCORECARD, home="home", out="again_out")
    assert outputs("again_out") == outputs("clean_out")
    assert again.record.counts.asked <= clean.record.counts.asked


def test_two_processes_at_once_double_nothing(run, tmp_path) -> None:
    environment = {**os.environ, "SHORTLIST_HOME": str(tmp_path / "home")}
    running = [
        subprocess.Popen(command(CANDIDATES, tmp_path / out), env=environment, stdout=subprocess.DEVNULL)
        for out in ("one", "two")
    ]
    assert [process.wait(timeout=300) for process in running] == [0, 0]
    counts = [json.loads((tmp_path / out / "run.json").read_text())["counts"] for out in ("one", "two")]
    alone = run(CANDIDATES, SCORECARD, home="alone", out="alone_out").record.counts
    assert counts[0]["asked"] + counts[1]["asked"] == alone.asked
    for name in OUTPUTS:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["screen", "nowhere", "--scorecard", str(SCORECARD)], "nowhere"),
        (["screen", str(CANDIDATES), "--scorecard", "nowhere.yaml"], "nowhere.yaml"),
        (["screen", str(CANDIDATES), "--scorecard", str(SCORECARD), "--judge", "oracle"], "oracle"),
        (["explain", "anna", "--out", "nowhere"], "nowhere"),
    ],
)
def test_an_error_names_the_thing_and_shows_no_traceback(arguments: list[str], said: str, tmp_path) -> None:
    environment = {**os.environ, "SHORTLIST_HOME": str(tmp_path / "home")}
    ended = subprocess.run(
        [sys.executable, "-m", "flows.cli", *arguments], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
