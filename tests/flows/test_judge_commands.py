"""`shortlist judge check` and `shortlist judge calibrate` as a person runs them, against servers on loopback."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from evaluators.chat.calibration import MIN_ROWS, load_calibration
from evaluators.chat.calibration_questions import ROWS_A_CHECK, CalibrationPlan, plan_calibration
from evaluators.chat.calibration_rows import load_labelled_rows
from evaluators.chat.judge import ChatJudge
from evaluators.chat.worked_examples import calibration_folder, example_row_ids
from evaluators.rubric_library import load_rubric_library
from flows import cli
from flows.choosing_judges import calibration_path
from tests.evaluators.scripted_server import Answerer, Asked, Reply, ScriptedServer, findings
from tests.flows.conftest import ROLE
from tests.mock_endpoint.behaviour import Fault, RateLimit
from tests.mock_endpoint.endpoint import MockEndpoint

KEY = "sk-do-not-show-this"
PRICES = """
as_of: 2026-11-01
source: a test
models: {scripted: {input: 1, output: 0.001, batch_discount: 0.5}, mock: {input: 1, output: 1}}
"""


class Ended(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """Standard output with its lines joined."""
        return " ".join(self.out.split())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHORTLIST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path / "home"


@pytest.fixture
def shortlist(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Run the command in this process; the key is never shown, whatever happens."""

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["shortlist", *arguments])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        out, err = capsys.readouterr()
        assert KEY not in out + err
        assert "Traceback" not in err
        return Ended(code, out, err)

    return run


@pytest.fixture
def prices(tmp_path: Path) -> str:
    (tmp_path / "prices.yaml").write_text(PRICES, encoding="utf-8")
    return str(tmp_path / "prices.yaml")


@pytest.fixture(scope="module")
def running() -> Iterator[MockEndpoint]:
    with MockEndpoint() as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(running: MockEndpoint) -> MockEndpoint:
    running.configure(faults=[], rate_limit=None, models=(), context_tokens=128_000, latency=0.0)
    running.reset()
    return running


@pytest.fixture(scope="module")
def plan() -> CalibrationPlan:
    library = load_rubric_library()
    rows = load_labelled_rows(calibration_folder(), rubrics=library)
    return plan_calibration(rows, library=library, limit=ROWS_A_CHECK, leave_out=example_row_ids())


def stated(asked: Asked, p: dict[str, float]) -> dict[str, Any]:
    return {"findings": {check: {"quotes": [], "met": p[check] >= 0.5, "p": p[check]} for check in asked.checks}}


def overconfident(plan: CalibrationPlan) -> Answerer:
    """A judge that is as good as sure of every answer, and wrong in every fourth."""
    labels = {frozenset(passage.text for passage in one.question.evidence): one.labels for one in plan.questions}

    def answer(asked: Asked) -> dict[str, Any]:
        gold = labels[frozenset(asked.passages.values())]
        wrong = sum(map(len, asked.passages.values())) % 4 == 0
        return stated(asked, {check: 0.99 if gold.get(check, False) != wrong else 0.01 for check in asked.checks})

    return answer


def on(server: ScriptedServer | MockEndpoint, model: str = "scripted") -> tuple[str, ...]:
    return "--judge", f"openai:{model}", "--base-url", server.base_url


def test_a_check_says_what_it_sends_what_it_found_and_what_a_batch_costs(shortlist, endpoint, prices) -> None:
    endpoint.configure(rate_limit=RateLimit(requests_per_second=200))
    ended = shortlist("judge", "check", *on(endpoint, "mock"), "--prices", prices, "--candidates", "250")
    assert ended.code == 0
    announced = " ".join(ended.err.split())
    assert "Sending to 'mock'" in announced
    assert "10 requests" in announced
    for name in ("Reached", "Model", "Strict JSON schema", "Log-probabilities", "Same answer twice", "Longest request"):
        assert name in ended.out
    assert "P of 40 checks in 8 questions" in ended.out
    assert "0.9-1.0" in ended.out
    assert "250 candidates on the scorecard" in ended.out
    assert re.search(r"2,500 requests, about .* input tokens .*: about \$\d+\.\d\d to \$\d+\.\d\d", ended.words)
    assert "limit-requests" in ended.out
    assert not (Path(prices).parent / "home").exists(), "a check keeps nothing"


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_the_table_loses_no_word_in_a_narrow_terminal(shortlist, endpoint, monkeypatch, columns) -> None:
    endpoint.configure(faults=[Fault(kind="logprobs_refused"), Fault(kind="no_usage")], context_tokens=5_900)
    command = ("judge", "check", *on(endpoint, "mock"), "--quiet")
    told = json.loads(shortlist(*command, "--json").out)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", columns)
    ended = shortlist(*command)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", ended.out)
    assert ended.err == ""
    assert "…" not in shown
    assert max(map(len, shown.splitlines())) <= int(columns)
    unspaced = "".join(shown.split())
    for line in told["lines"] + told["verdicts"]:
        # What was measured in seconds differs from one run to the other.
        if line["name"] not in ("Reached", "Seconds a request"):
            whole = line["name"] + line["found"] + line["meaning"]
            assert "".join(whole.split()) in unspaced


def test_the_json_holds_figures_words_and_forecast(shortlist, endpoint, prices) -> None:
    scorecard = str(ROLE / "scorecard.yaml")
    ended = shortlist(
        "judge", "check", *on(endpoint, "mock"), "--json", "-q", "-s", scorecard, "-n", "10", "--prices", prices
    )
    told = json.loads(ended.out)
    assert told["usable"] is True
    assert told["report"]["answered"] == 8
    assert told["forecast"]["requests"] == 10 * 10
    assert told["forecast"]["scorecard"] == "billing-reliability"
    assert 0 < told["forecast"]["low"] < told["forecast"]["high"]
    assert told["forecast"]["batch_low"] is None, "this price knows no discount"
    assert {line["status"] for line in told["lines"]} <= {"good", "weak", "lacking", "told"}


def test_strict_ends_with_3_when_something_important_is_missing(shortlist, endpoint) -> None:
    endpoint.configure(context_tokens=5_900)
    assert shortlist("judge", "check", *on(endpoint, "mock"), "-q").code == 0
    ended = shortlist("judge", "check", *on(endpoint, "mock"), "-q", "--strict")
    assert ended.code == 3
    assert "Usable, but look at:" in ended.out
    assert "Longest request" in ended.words.partition("Usable, but look at:")[2]


def test_a_judge_that_cannot_be_used_ends_with_2_and_its_reason(shortlist, endpoint) -> None:
    endpoint.configure(faults=[Fault(kind="off_schema")])
    ended = shortlist("judge", "check", *on(endpoint, "mock"), "-q")
    assert ended.code == 2
    assert "Cannot be used: 0 of 8 questions were answered." in ended.words
    assert "breaks the schema" in ended.words


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--judge", "openai:m", "--base-url", "http://127.0.0.1:9/v1"), "cannot connect to the chat endpoint"),
        (("--judge", "evidence"), "built in"),
        (("--judge", "openai:"), "openai"),
        (("--judge", "openai:m", "--base-url", "http://127.0.0.1:9/v1", "-s", "/nowhere.yaml"), "/nowhere.yaml"),
    ],
)
def test_what_cannot_start_ends_with_2_and_one_message(shortlist, arguments, message) -> None:
    ended = shortlist("judge", "check", *arguments, "-q")
    assert ended.code == 2
    assert message in ended.err
    assert ended.err.count("\n") == 1
    assert ended.out == ""


def test_an_overconfident_judge_is_calibrated_end_to_end(shortlist, home, plan) -> None:
    with ScriptedServer.answer_from(overconfident(plan)) as server:
        ended = shortlist("judge", "calibrate", *on(server), "--questions", "54")
        asked = len(server.asked)
        again = shortlist("judge", "calibrate", *on(server), "--questions", "54")
        assert len(server.asked) == asked == ROWS_A_CHECK
        fingerprint = ChatJudge("scripted", base_url=server.base_url).fingerprint
    assert ended.code == again.code == 0
    path = calibration_path(home, fingerprint)
    assert ended.out.splitlines()[-1] == str(path)
    calibration = load_calibration(path, fingerprint=fingerprint)
    explained = next(one for one in calibration.checks if one.check == "explained")
    assert explained.calibrated
    assert explained.rows >= MIN_ROWS
    assert explained.before is not None
    assert explained.after is not None
    assert explained.after.log_loss < explained.before.log_loss - 0.2
    assert explained.after.ece < explained.before.ece
    assert explained.apply(0.99) < 0.9
    assert f"{explained.before.log_loss:.3f} -> {explained.after.log_loss:.3f}" in ended.out
    assert "To ask: 54 requests" in ended.err
    assert "Nothing to ask: all answers are known." in again.err
    assert "0 questions asked, 54 known from before" in again.out


def test_a_judge_that_knows_nothing_is_starred(shortlist, monkeypatch) -> None:
    def coin(asked: Asked) -> dict[str, Any]:
        length = sum(map(len, asked.passages.values()))
        return stated(asked, dict.fromkeys(asked.checks, (0.1, 0.5, 0.9)[length % 3]))

    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    with ScriptedServer.answer_from(coin) as server:
        ended = shortlist("judge", "calibrate", *on(server), "--questions", "54", "-q")
    assert ended.code == 0
    assert len(re.findall(r"-> \d\.\d{3}\*", ended.out)) == 3
    assert "* Even corrected, P is no better" in ended.out
    assert "…" not in ended.out


def test_a_check_with_too_few_rows_is_called_uncalibrated(shortlist, tmp_path, plan) -> None:
    """A user's own rows: enough questions for two checks of the rubric, too few rows for the third."""
    shipped = [json.loads(line) for line in (calibration_folder() / "takehome.jsonl").read_text().splitlines()]
    rows = [row for row in shipped if "communication" in row.get("checks", {})]
    (tmp_path / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with ScriptedServer.answer_from(lambda asked: stated(asked, dict.fromkeys(asked.checks, 0.5))) as server:
        ended = shortlist("judge", "calibrate", *on(server), "--rows", str(tmp_path / "own.jsonl"), "--questions", "54")
    assert ended.code == 0
    assert 0 < len(server.asked) < MIN_ROWS
    assert f"uncalibrated ({len(server.asked)} of 50 rows)" in ended.out
    assert "0 of 3 checks calibrated" in ended.out


def test_a_budget_interrupts_and_a_larger_one_goes_on(shortlist, home, plan, prices) -> None:
    with ScriptedServer.answer_from(overconfident(plan)) as server:
        command = ("judge", "calibrate", *on(server), "--questions", "54", "--prices", prices, "-q")
        stopped = shortlist(*command, "--budget", "0.1")
        first = len(server.asked)
        assert 5 < first < 50
        assert stopped.code == 2
        assert "The budget has no room for another call" in stopped.err
        assert f"{first} of 54 questions are answered so far." in stopped.err
        assert not list(home.glob("calibration/*")), "half a calibration is none"
        ended = shortlist(*command, "--budget", "5")
        assert len(server.asked) == 54
    assert ended.code == 0
    assert f"{54 - first} questions asked for $" in ended.out
    assert f"{first} known from before" in ended.out
    assert len(list(home.glob("calibration/*.json"))) == 1


def test_an_estimate_asks_nothing(shortlist, home, prices) -> None:
    with ScriptedServer.answer_from(lambda asked: "never") as server:
        ended = shortlist("judge", "calibrate", *on(server), "--estimate", "--questions", "54", "--prices", prices)
        assert server.asked == []
    assert ended.code == 0
    assert re.fullmatch(r"To ask: 54 requests, .*: about \$[\d.]+ to \$[\d.]+ \(prices of 2026-11-01\)\n", ended.out)


def test_a_judge_that_answers_nothing_usable_is_not_calibrated(shortlist, home) -> None:
    def refuse(asked: Asked) -> Any:
        # One answer, for an endpoint that only refuses is given up early.
        return findings(asked) if asked.number == 1 else Reply(refusal="I cannot help with that.")

    with ScriptedServer.answer_from(refuse) as server:
        ended = shortlist("judge", "calibrate", *on(server), "--questions", "54", "-q")
    assert ended.code == 2
    assert "Only 1 of 54 questions got a usable answer" in ended.err
    assert "shortlist judge check" in ended.err
    assert not list(home.glob("calibration/*"))


def test_a_place_that_cannot_be_written_is_noticed_before_anything_is_asked(shortlist, tmp_path) -> None:
    with ScriptedServer.answer_from(lambda asked: "never") as server:
        ended = shortlist("judge", "calibrate", *on(server), "--questions", "54", "-q", "--out", str(tmp_path))
        assert server.asked == []
    assert ended.code == 2
    assert "Choose another --out" in ended.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--questions", "10"), "--questions 10 calibrates nothing"),
        (("--rows", "/nowhere.jsonl"), "/nowhere.jsonl"),
        (("--budget", "5"), "no price table holds it"),
    ],
)
def test_a_calibration_that_cannot_start_says_why(shortlist, arguments, message) -> None:
    ended = shortlist("judge", "calibrate", "--judge", "openai:m", "--base-url", "http://127.0.0.1:9/v1", *arguments)
    assert ended.code == 2
    assert message in ended.err
