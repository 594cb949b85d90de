"""`shortlist bench` on a small set of four candidates: whole, with planted faults, and on somebody's own data."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evaluators.benchmarking.thresholds import check_thresholds, load_thresholds
from evaluators.evidence_judge.judge import EvidenceJudge
from flows.bench.running import shipped_data, shipped_thresholds
from flows.cli import app
from pipeline.errors import ConfigurationError
from pipeline.models.verdicts import Answer, Finding, Quote, Request
from pipeline.reports.json import json_report
from tests.evaluators.scripted_server import Asked, ScriptedServer, first_sentences
from tests.factories import make_batch, make_scorecard, make_shortlist
from tests.flows.bench.small_set import SOME, Ran, bench, write_small_set

SKIPPED = ("redaction", "hidden", "empty", "metamorphic")
QUICK = ("--quick", *(word for part in SKIPPED for word in ("--skip", part)))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one set: four candidates of a shipped one."""
    return write_small_set(tmp_path_factory.mktemp("data"))


def run(data: Path, out: Path, *options: str, thresholds: str = "", home: Path | None = None) -> Ran:
    out.mkdir(exist_ok=True)
    if thresholds:
        (out / "bench.yaml").write_text(f"thresholds:\n{thresholds}\n", encoding="utf-8")
        options = (*options, "--thresholds", str(out / "bench.yaml"))
    return bench(data, out, *QUICK, *options, home=home)


@pytest.fixture(scope="module")
def honest(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The built-in judge as it is."""
    return run(data, tmp_path_factory.mktemp("honest"))


def test_the_built_in_judge_leaves_the_ledger_of_the_settings_alone(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHORTLIST_LEDGER_URL", f"sqlite:///{tmp_path / 'real.db'}")
    done = run(data, tmp_path / "out").done
    assert done.exit_code == 0, done.output
    assert not (tmp_path / "real.db").exists()


def test_a_run_leaves_every_figure_with_judge_set_and_cases(honest: Ran) -> None:
    assert honest.done.exit_code == 0, honest.done.output
    assert honest.done.stdout.rstrip().endswith("bench.html")
    assert "No thresholds are set" in honest.done.stdout
    result = honest.result
    assert {one.candidate for one in result.candidates} == set(SOME)
    names = {one.name for one in result.figures}
    assert {
        *("tau_b", "ndcg_at_3", "level_kappa", "annotator_kappa", "superior_pairs", "gate_accuracy", "false_not_met"),
        *("check_precision", "check_recall", "calibration_error", "interval_coverage", "boundary_size"),
        *("retrieval_recall", "verbatim_citations", "tokens_per_candidate", "cost_per_candidate"),
        "seconds_per_candidate",
    } <= names
    assert {one.judge.partition(":")[0] for one in result.figures} == {"evidence", "annotator", "baseline"}
    assert all(one.set == "small" for one in result.figures)
    assert next(one.value for one in result.figures if one.name == "verbatim_citations") == 1.0
    assert "<html" in (honest.out / "bench.html").read_text(encoding="utf-8")


class IgnoringJudge(EvidenceJudge):
    """Finds everything in everybody, and quotes whatever comes first."""

    def answer(self, requests: Iterable[Request]) -> Iterator[Answer]:
        for request in requests:
            asked = json.loads(request.content)
            first = next(iter(asked["evidence"]), None)
            quotes = (Quote(passage=first["id"], text=first["text"]),) if first else ()
            checks = [check["id"] for check in asked["rubric"]["checks"]]
            findings = tuple(Finding(check=check, p=0.9, quotes=quotes) for check in checks)
            yield Answer(key=request.key, findings=findings)


LINES = """
- {figure: level_kappa, set: small, at_least: 0.5}
- {figure: check_precision, set: small, at_least: 0.75}
- {figure: calibration_error, set: small, at_most: 0.2}
- {figure: no_such_figure, set: small, at_least: 0}
"""


def test_a_judge_that_finds_everything_in_everybody_misses_the_thresholds(
    honest: Ran, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.wiring.EvidenceJudge", IgnoringJudge)
    faulty = run(data, tmp_path / "faulty", thresholds=LINES)
    assert faulty.done.exit_code == 1, faulty.done.output
    assert "3 missed, 1 not measured" in faulty.done.stdout
    thresholds = load_thresholds(faulty.out / "bench.yaml")
    honest_outcomes = check_thresholds(thresholds, honest.result.figures, judge="evidence")
    assert [one.verdict for one in honest_outcomes] == ["passed", "passed", "passed", "not measured"]


def test_a_run_is_compared_with_itself_and_refused_with_other_data(honest: Ran, tmp_path: Path) -> None:
    same = CliRunner().invoke(app, ["bench", "compare", str(honest.out), str(honest.out / "bench.json")])
    assert same.exit_code == 0
    assert "better" not in same.stdout
    assert "worse" not in same.stdout
    sets = tuple(one.model_copy(update={"sha256": "0" * 64}) for one in honest.result.sets)
    changed = tmp_path / "bench.json"
    changed.write_text(honest.result.model_copy(update={"sets": sets}).model_dump_json(), encoding="utf-8")
    refused = CliRunner().invoke(app, ["bench", "compare", str(honest.out), str(changed)])
    assert isinstance(refused.exception, ConfigurationError)
    assert "DIFFERENT DATA" in str(refused.exception)
    anyway = CliRunner().invoke(app, ["bench", "compare", str(honest.out), str(changed), "--different-data"])
    assert anyway.exit_code == 0
    assert "DIFFERENT DATA" in anyway.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--set", "nowhere"), "no benchmark set 'nowhere'; there is small"),
        (("--skip", "lunch"), "--skip knows no"),
        (("--judge", "nobody"), "nobody"),
        (("--budget", "1"), "--budget asks something of a chat judge"),
    ],
)
def test_what_cannot_start_is_said_before_anything_is_measured(
    data: Path, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = run(data, tmp_path / "out", *arguments).done
    assert isinstance(done.exception, ConfigurationError)
    assert words in str(done.exception)


def test_a_finished_screening_is_held_against_decisions(tmp_path: Path) -> None:
    scorecard = make_scorecard()
    shortlist = make_shortlist(scorecard)
    (tmp_path / "shortlist.json").write_text(json_report(shortlist, make_batch(shortlist), scorecard), encoding="utf-8")
    names = [row.candidate for row in shortlist.rows if row.rank is not None]
    decisions = tmp_path / "decisions.csv"
    rows = [f"{name},{'rejected' if n == 0 else 'hired'}" for n, name in enumerate(names)]
    decisions.write_text("\n".join(["candidate,decision", *rows, "nobody,hired"]) + "\n", encoding="utf-8")
    before = (tmp_path / "shortlist.json").read_bytes()
    done = CliRunner().invoke(app, ["bench", "fit", "--decisions", str(decisions), "--run", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "1 decided, but not in the run: nobody" in done.stdout
    assert f"{names[0]}: decline by people; rank 1" in done.stdout
    assert "found: " in done.stdout
    assert "no outcome" in " ".join(done.stdout.split())
    assert (tmp_path / "shortlist.json").read_bytes() == before
    decisions.write_text("candidate,decision\nnobody,hired\n", encoding="utf-8")
    nobody = CliRunner().invoke(app, ["bench", "fit", "--decisions", str(decisions), "--run", str(tmp_path)])
    assert isinstance(nobody.exception, ConfigurationError)


def test_the_shipped_thresholds_name_figures_that_exist() -> None:
    known = {
        *("tau_b", "ndcg_at_3", "level_kappa", "superior_pairs", "gate_accuracy", "false_not_met", "check_precision"),
        *("check_recall", "calibration_error", "interval_coverage", "boundary_size", "retrieval_recall", "unscored"),
        *("verbatim_citations", "empty_dossier_score", "metamorphic", "redaction_recall", "technology_kept"),
        *("hidden_recall", "hidden_false_flags", "annotator_kappa", "tau_b_lead", "tool_points"),
        *("tokens_per_candidate", "cost_per_candidate", "seconds_per_candidate"),
        *("rank_follows_score", "gate_kappa", "false_met", "withdrawn_quotes", "particulars_removed"),
    }
    thresholds = load_thresholds(shipped_thresholds())
    assert {one.figure for one in thresholds} <= known
    sets = {path.name for path in shipped_data().iterdir()}
    assert {one.set for one in thresholds} <= {"*", "all", *sets}


def plain_scores_and_sentences(asked: Asked) -> object:
    """Answers the judge's questions by rule, and the one plain prompt by the length of what it is shown."""
    if asked.body["response_format"]["json_schema"]["name"] == "score":
        return {"score": len(asked.user) % 90 + asked.body["seed"] % 5, "reason": "r"}
    return first_sentences(asked)


@pytest.mark.slow
def test_a_second_run_of_a_chat_model_asks_nothing_again_not_even_the_plain_prompt(data: Path, tmp_path: Path) -> None:
    def ran(out: str, server: ScriptedServer) -> Ran:
        options = ("--judge", "openai:scripted", "--base-url", server.base_url, "--holistic-asks", "3")
        done = run(data, tmp_path / out, *options, home=tmp_path / "home")
        assert done.done.exit_code == 0, done.done.output
        return done

    with ScriptedServer.answer_from(plain_scores_and_sentences) as server:
        first = ran("first", server).result
        asked = len(server.asked)
        plain = sum("score" in str(one.body["response_format"]["json_schema"]["name"]) for one in server.asked)
        again = ran("again", server).result
        assert len(server.asked) == asked
    assert plain == 3 * len(SOME)
    assert "--holistic-asks 3" in first.command
    for name in ("tau_b", "holistic_spread"):
        values = [
            [one.value for one in result.figures if (one.name, one.judge) == (name, "holistic:scripted")]
            for result in (first, again)
        ]
        assert values[0] == values[1]
        assert values[0][0] is not None
    assert {one.group for one in first.figures if one.name == "tau_b_lead"} >= {"holistic:scripted", "baseline:tfidf"}
