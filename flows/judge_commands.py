"""What `shortlist judge check` and `shortlist judge calibrate` do."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from evaluators.bm25 import load_background
from evaluators.chat.client import shown_url
from evaluators.chat.exchange import Asked, first_call
from evaluators.chat.judge import ChatJudge
from evaluators.chat.schema import ChatRequest
from evaluators.endpoint.check import REQUESTS, check_endpoint, check_questions
from evaluators.endpoint.report import EndpointReport
from evaluators.endpoint.verdict import lacking, lines_of, verdicts
from evaluators.evidence import Retriever
from evaluators.money.estimate import Workload, estimate, estimate_text
from flows.calibrating import calibrate, what_to_ask
from flows.choosing_judges import calibration_path, chat_judge
from flows.commands import NEEDS_A_PERSON, PIPE_COLUMNS, demo_batch
from flows.judge_forecast import Foreseen, foresee, longest_question
from flows.judge_tables import calibration_report, check_report
from flows.run_options import DEFAULT_JUDGE, RunOptions
from flows.wiring import read_scorecard
from pipeline.desk.places import make_home
from pipeline.embeddings import Embedder, load_default_embedder
from pipeline.errors import ConfigurationError
from pipeline.ledger import Ledger
from pipeline.models.dossier import Question
from pipeline.settings import Settings, load_settings

UNUSABLE = 2
"""Exit code for a judge that cannot be used."""


def run_judge_check(
    options: RunOptions,
    *,
    scorecard_path: Path | None = None,
    candidates: int = 100,
    as_json: bool = False,
    strict: bool = False,
    quiet: bool = False,
) -> None:
    """Send a few requests and tell what the endpoint can do.

    Exit code 2 if the judge cannot be used, 3 with `strict` when something important is missing.

    Raises:
        JudgeUnavailable: The endpoint cannot be reached or refuses every request.
    """
    embedder = load_default_embedder()
    judge = _judge(options, load_settings(), embedder)
    scorecard = read_scorecard(scorecard_path or demo_batch() / "scorecard.yaml")
    retriever = Retriever(embedder, load_background())
    questions = check_questions()
    text = "\n".join(passage.text for one in questions for passage in one.question.evidence)
    longest = longest_question(scorecard, judge=judge, retriever=retriever, text=text)
    if not quiet:
        _tell(_announcement(judge, [one.question for one in questions], longest))
    with _bar("Asking", REQUESTS, quiet=quiet) as step:
        report = check_endpoint(judge, questions, longest=longest, in_flight=options.in_flight, progress=step)
    foreseen = foresee(
        scorecard,
        judge=judge,
        retriever=retriever,
        report=report,
        candidates=candidates,
        in_flight=options.in_flight,
    )
    if as_json:
        print(_as_json(report, foreseen))  # noqa: T201 - the result of the command
    else:
        console = _console()
        console.print(check_report(report, foreseen, width=console.width))
    if not report.usable:
        raise typer.Exit(UNUSABLE)
    if strict and lacking(report):
        raise typer.Exit(NEEDS_A_PERSON)


def run_judge_calibrate(
    options: RunOptions,
    *,
    questions: int,
    rows: Path | None = None,
    out: Path | None = None,
    estimate_only: bool = False,
    quiet: bool = False,
) -> None:
    """Ask labelled questions, learn how far the judge's probabilities can be trusted, and keep that for its runs.

    Raises:
        JudgeUnavailable: It stopped before the end, at its budget for example; the same command goes on.
    """
    settings = load_settings()
    make_home(settings.home)
    judge = _judge(options, settings, load_default_embedder())
    path = out or calibration_path(settings.home, judge.fingerprint)
    with Ledger.open(settings.ledger) as ledger:
        to_ask = what_to_ask(judge, rows=rows, questions=questions, ledger=ledger)
        nothing = "Nothing to ask: all answers are known."
        told = f"To ask: {estimate_text(to_ask.estimate)}" if to_ask.estimate.requests else nothing
        if estimate_only:
            print(told)  # noqa: T201 - the result of the command
            return
        if not quiet:
            _tell(told)
        with _bar("Calibrating", len(to_ask.plan.questions), quiet=quiet) as step:
            done = calibrate(judge, to_ask.plan, ledger=ledger, path=path, progress=step)
    console = _console()
    spent = judge.spending.spent if done.asked else None
    console.print(calibration_report(done, to_ask, spent=spent, found_by_runs=out is None))
    print(done.path)  # noqa: T201 - the last line is the path alone, for people and for scripts


def _judge(options: RunOptions, settings: Settings, embedder: Embedder) -> ChatJudge:
    if options.judge == DEFAULT_JUDGE:
        raise ConfigurationError(
            "The judge 'evidence' is built in: there is no endpoint to check, and it comes calibrated. "
            "Name a chat model: --judge openai:MODEL."
        )
    return chat_judge(options.judge, options=options, settings=settings, embedder=embedder, base_url=options.base_url)


def _announcement(judge: ChatJudge, questions: Sequence[Question], longest: Question) -> str:
    requests = [ChatRequest.model_validate_json(judge.request(one)) for one in (*questions, questions[0], longest)]
    calls = [(first_call(Asked("", request, 0)), len(request.checks)) for request in requests]
    work = Workload.of((call.static, call.rest, checks) for call, checks in calls)
    told = estimate_text(estimate(work, judge.spending.price))
    where = shown_url(judge.endpoint.base_url)
    return f"Sending to {judge.parameters.model!r} at {where}: {told}. And one short request."


def _as_json(report: EndpointReport, foreseen: Foreseen) -> str:
    content = {
        "usable": report.usable,
        "lacking": lacking(report),
        "report": report.model_dump(mode="json"),
        "lines": [line.model_dump() for line in lines_of(report)],
        "verdicts": [line.model_dump() for line in verdicts(report)],
        "forecast": foreseen.forecast.model_dump(mode="json"),
    }
    return json.dumps(content, indent=1, ensure_ascii=False)


def _console() -> Console:
    console = Console(highlight=False)
    # A file or a pipe has no width of its own; eighty columns would break lines for nothing.
    return console if console.is_terminal else Console(width=PIPE_COLUMNS, highlight=False)


def _tell(text: str) -> None:
    Console(stderr=True).print(Text(text))


@contextmanager
def _bar(name: str, total: int, *, quiet: bool) -> Iterator[Callable[[], None]]:
    """A bar on standard error, so that standard output stays the result."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=quiet, transient=not console.is_terminal) as bars:
        task = bars.add_task(name, total=total)
        yield lambda: bars.advance(task)
