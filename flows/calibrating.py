"""Calibrate a chat judge: ask labelled questions through the ledger, learn from the answers, keep what was learnt."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from evaluators.chat.calibration import ChatCalibration, LabelledAnswer, fit_calibration
from evaluators.chat.calibration_questions import CalibrationPlan, CalibrationQuestion, plan_calibration
from evaluators.chat.calibration_rows import load_labelled_rows
from evaluators.chat.exchange import Asked, first_call
from evaluators.chat.judge import ChatJudge
from evaluators.chat.schema import ChatRequest
from evaluators.chat.worked_examples import calibration_folder, example_row_ids
from evaluators.judging import Judged, judge_questions
from evaluators.money.estimate import Estimate, Workload, estimate
from evaluators.rubric_library import load_rubric_library
from pipeline.errors import ConfigurationError, JudgeUnavailable
from pipeline.ledger import Ledger, request_key
from pipeline.models.dossier import QuestionPlan
from pipeline.models.verdicts import Answer

NAME = "calibration"
"""Marks the runs and the askings in the ledger, where a screening has a scorecard and candidates."""


class ToAsk(NamedTuple):
    """What a calibration will ask."""

    plan: CalibrationPlan
    estimate: Estimate
    """Of what the ledger does not know."""
    left_out: int
    """Rows that the prompts show as worked examples."""


class Calibrated(NamedTuple):
    """A calibration and how it came about."""

    calibration: ChatCalibration
    path: Path
    asked: int
    from_ledger: int


def what_to_ask(judge: ChatJudge, *, rows: Path | None, questions: int, ledger: Ledger) -> ToAsk:
    """Choose the questions and estimate what those cost that nobody has answered.

    Args:
        judge: Who will be asked.
        rows: A file or folder of labelled rows; those that come with the package if not given.
        questions: How many may be asked.
        ledger: Where answers are kept.

    Raises:
        ConfigurationError: The rows cannot be used, or calibrate nothing.
    """
    library = load_rubric_library()
    labelled = load_labelled_rows(rows or calibration_folder(), rubrics=library)
    shown = example_row_ids()
    plan = plan_calibration(labelled, library=library, limit=questions, leave_out=shown)
    if not plan.questions:
        raise ConfigurationError(
            f"No check can be calibrated on {str(rows)!r}: {'; '.join(plan.lacking)}. Label more rows, "
            "or leave --rows out for those that come with shortlist."
        )
    work = Workload.of(_missing(judge, plan.questions, ledger))
    left_out = sum(row.id in shown for row in labelled.rows)
    return ToAsk(plan, estimate(work, judge.spending.price), left_out)


def calibrate(
    judge: ChatJudge,
    plan: CalibrationPlan,
    *,
    ledger: Ledger,
    path: Path,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    progress: Callable[[], None] = lambda: None,
) -> Calibrated:
    """Ask, learn, and write the file.

    Args:
        judge: Who is asked; its `spending` bounds what that may cost.
        plan: The questions.
        ledger: Answers go there one by one, and are asked for nowhere else a second time.
        path: Where the calibration is written; nothing is written unless every question was asked.
        now: The current time, aware of its zone.
        progress: Told of each question that is settled.

    Raises:
        JudgeUnavailable: The judge stopped before the end, or gave no usable answer.
        ConfigurationError: The file cannot be written.
    """
    _check_place(path)
    started = now()
    run_id = f"{started:%Y%m%dT%H%M%S%f}-{NAME}"
    ledger.start_run(run_id, scorecard_hash=NAME, judge=judge.fingerprint, batch_fingerprint=NAME)
    plans = {_name(place): QuestionPlan(questions=(one.question,)) for place, one in enumerate(plan.questions)}
    judged = judge_questions(plans, judge=judge, ledger=ledger, run_id=run_id, progress=lambda _: progress())
    _check_answers(judged, len(plan.questions))
    calibration = fit_calibration(
        _labelled(judge, plan.questions, judged),
        fingerprint=judge.fingerprint,
        made=started.isoformat(timespec="seconds"),
        rubrics=load_rubric_library(),
    )
    _write(calibration, path)
    statistics = judged.statistics
    ledger.finish_run(run_id, counts={"asked": statistics.asked, "from_ledger": statistics.from_ledger})
    return Calibrated(calibration, path, statistics.asked, statistics.from_ledger)


def _missing(
    judge: ChatJudge, questions: Sequence[CalibrationQuestion], ledger: Ledger
) -> Iterator[tuple[str, str, int]]:
    """Static part, rest and number of checks of what the ledger does not know."""
    contents = {
        request_key(judge.fingerprint, content): content
        for content in (judge.request(one.question) for one in questions)
    }
    known = ledger.answers(contents)
    for key, content in contents.items():
        if key not in known:
            request = ChatRequest.model_validate_json(content)
            call = first_call(Asked(key, request, 0))
            yield call.static, call.rest, len(request.checks)


def _check_answers(judged: Judged, questions: int) -> None:
    unanswered = [verdict for verdicts in judged.verdicts.values() for verdict in verdicts if verdict.unscored]
    answered = questions - len(unanswered)
    if judged.unavailable is not None:
        raise JudgeUnavailable(f"{judged.unavailable} {answered} of {questions} questions are answered so far.")
    if answered * 2 <= questions:
        raise JudgeUnavailable(
            f"Only {answered} of {questions} questions got a usable answer ({unanswered[0].detail}). "
            "`shortlist judge check` tells what is the matter."
        )


def _labelled(judge: ChatJudge, questions: Sequence[CalibrationQuestion], judged: Judged) -> Iterator[LabelledAnswer]:
    for place, one in enumerate(questions):
        (verdict,) = judged.verdicts[_name(place)]
        key = request_key(judge.fingerprint, judge.request(one.question))
        answer = Answer(key=key, findings=verdict.findings, unscored=verdict.unscored, detail=verdict.detail)
        yield one.rubric, one.labels, answer, one.author


def _name(place: int) -> str:
    return f"{NAME}-{place + 1:04}"


def _check_place(path: Path) -> None:
    """Find out before anything is paid for that the result cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"The calibration cannot be written to {str(path)!r}: {error.strerror}. Choose another --out."
        ) from error


def _write(calibration: ChatCalibration, path: Path) -> None:
    try:
        calibration.save(path)
    except OSError as error:
        raise ConfigurationError(
            f"The calibration cannot be written to {str(path)!r}: {error.strerror}. Run the same command again with "
            "another --out; what was answered is not asked again."
        ) from error
