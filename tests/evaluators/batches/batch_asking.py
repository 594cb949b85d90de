"""What the tests of provider batches ask, and whom. Run as a program, it is a run that dies where it is told to:

python -m tests.evaluators.batches.batch_asking BASE_URL LEDGER CANDIDATES DIE_AT
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from evaluators.batches.api import BatchApi
from evaluators.batches.provider_batches import BatchJudge
from evaluators.batches.run import BatchRun
from evaluators.chat.judge import ChatJudge
from evaluators.judging import Judged, judge_questions
from evaluators.money.spending import Spending
from evaluators.rubric_library import load_rubric_library
from pipeline.ledger import Ledger
from pipeline.models.dossier import EvidencePassage, Question, QuestionPlan
from pipeline.models.scorecard import RoleContext
from pipeline.models.verdicts import Answer

MODEL = "mock"
SUBJECTS = ("tradeoff_reasoning", "failure_modes")
LIBRARY = load_rubric_library()
ROLE = RoleContext(mission="Keep invoices right.", scope=(), constraints=("five people",), stage="growth")


class NoExamples:
    hash = "none"

    def for_question(self, question: Question) -> str:
        return ""


def text_of(candidate: int) -> str:
    return f"Because the quay has one line, seat map {candidate:03d}. is read from memory and not from the harbour."


def plans(candidates: int, *, start: int = 0) -> dict[str, QuestionPlan]:
    """Two questions for each candidate."""
    return {f"c{number:03d}": _plan(text_of(number), f"{number:016x}") for number in range(start, start + candidates)}


def _plan(text: str, passage: str) -> QuestionPlan:
    evidence = (EvidencePassage(id=passage, text=text, kind="narrative", sense="work"),)
    return QuestionPlan(
        questions=tuple(
            Question(
                subject=subject,
                kind="rubric",
                statement=f"Shows {subject}.",
                rubric=LIBRARY[subject],
                role=ROLE,
                evidence=evidence,
            )
            for subject in SUBJECTS
        )
    )


def chat_judge(base_url: str) -> ChatJudge:
    return ChatJudge(MODEL, base_url=base_url, examples=NoExamples())


class Desk:
    """A batch judge on one ledger, as a command would put it together."""

    def __init__(self, base_url: str, ledger: Ledger, **options: Any) -> None:
        self.ledger = ledger
        self.told: list[str] = []
        self.beats = 0
        self.spending = options.pop("spending", None) or Spending(None, model=MODEL, batch=True)
        options = {"poll_seconds": (0.05, 0.1), "tell": self.told.append} | options
        self.judge = BatchJudge(
            chat_judge(base_url), store=ledger.batches, spending=self.spending, heartbeat=self._beat, **options
        )

    def run(self, asked: dict[str, QuestionPlan], run_id: str = "run") -> Judged:
        judged = judge_questions(asked, judge=self.judge, ledger=self.ledger, run_id=run_id)
        self.judge.tidy()
        return judged

    def answers(self, run_id: str = "run") -> dict[str, Answer]:
        return self.ledger.answers(asking.request_key for asking in self.ledger.askings(run_id))

    def _beat(self) -> None:
        self.beats += 1
        self.ledger.renew()


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _dying(original: Callable[..., Any], before: bool, count: int) -> Callable[..., Any]:
    calls = 0

    def wrapped(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if before and calls == count:
            _die()
        result = original(*arguments, **options)
        if calls == count:
            _die()
        return result

    return wrapped


POINTS: dict[str, Callable[[], None]] = {
    "never": lambda: None,
    "before the upload": lambda: setattr(BatchApi, "upload", _dying(BatchApi.upload, True, 1)),
    "after the upload": lambda: setattr(BatchApi, "upload", _dying(BatchApi.upload, False, 1)),
    "before the batch is made": lambda: setattr(BatchApi, "create", _dying(BatchApi.create, True, 1)),
    "after the batch is made": lambda: setattr(BatchApi, "create", _dying(BatchApi.create, False, 1)),
    "while polling": lambda: setattr(BatchApi, "get", _dying(BatchApi.get, False, 2)),
    "while fetching": lambda: setattr(BatchRun, "_taken", _dying(BatchRun._taken, False, 7)),
    "before the repairs are sent": lambda: setattr(BatchApi, "create", _dying(BatchApi.create, True, 2)),
    "after the repairs are sent": lambda: setattr(BatchApi, "create", _dying(BatchApi.create, False, 2)),
    "before the answers are written": lambda: setattr(Ledger, "record", _dying(Ledger.record, True, 1)),
    "while files are deleted": lambda: setattr(BatchApi, "delete_file", _dying(BatchApi.delete_file, False, 1)),
}


def main(base_url: str, ledger_path: str, candidates: str, die_at: str) -> None:
    POINTS[die_at]()
    with Ledger.open(Path(ledger_path)) as ledger:
        desk = Desk(base_url, ledger, tell=partial(print, file=sys.stderr))
        judged = desk.run(plans(int(candidates)), f"run that dies {die_at}")
    verdicts = {name: [verdict.model_dump(mode="json") for verdict in found] for name, found in judged.verdicts.items()}
    print(json.dumps({"verdicts": verdicts, "statistics": judged.statistics.model_dump()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
