"""A judge for tests that writes down every request it is asked. Run as a program, it judges a made-up batch:

python -m tests.evaluators.scripted_judge LEDGER LOG RUN_ID CANDIDATES SECONDS_PER_ANSWER [STOP_AT]

With STOP_AT, it never answers the request of that number.
"""

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from evaluators.judging import judge_questions
from pipeline.ledger import Ledger
from pipeline.models.dossier import EvidencePassage, Question, QuestionPlan
from pipeline.models.scorecard import Check, RoleContext, Rubric
from pipeline.models.verdicts import Answer, Finding, Request

RUBRIC = Rubric(
    id="failure_modes",
    checks=(
        Check(id="mention", question="Is a way of failing named?", points=2),
        Check(id="concrete", question="Is it concrete?", points=2, requires=("mention",)),
    ),
)
ROLE = RoleContext(mission="Keep invoices right.", scope=(), constraints=("five people",), stage="growth")


def question(subject: str, text: str, *, statement: str = "Thinks past the happy path.") -> Question:
    passage_id = hashlib.sha256(text.encode()).hexdigest()[:16]
    passage = EvidencePassage(id=passage_id, text=text, kind="narrative", sense="work")
    return Question(subject=subject, kind="rubric", statement=statement, rubric=RUBRIC, role=ROLE, evidence=(passage,))


def made_up_plans(
    candidates: int, subjects: tuple[str, ...] = ("failure_modes", "communication")
) -> dict[str, QuestionPlan]:
    return {
        f"c{number:03d}": QuestionPlan(
            questions=tuple(question(subject, f"text {number}", statement=subject) for subject in subjects)
        )
        for number in range(candidates)
    }


def findings_for(content: bytes) -> tuple[Finding, ...]:
    """Differs from request to request and is the same for the same request."""
    share = hashlib.sha256(content).digest()[0] / 255
    return (Finding(check="mention", p=share), Finding(check="concrete", p=share / 2))


class CountingJudge:
    """Answers with findings derived from the request and writes each request's key to a log."""

    fingerprint = "counting judge 1"

    def __init__(
        self,
        log: Path,
        *,
        seconds: float = 0.0,
        answers: Callable[[Request], Answer | None] | None = None,
        stop_at: int = 0,
    ) -> None:
        self._log = log
        self._stop_at = stop_at
        self._seconds = seconds
        self._answers = answers

    def request(self, question: Question) -> bytes:
        return json.dumps(question.model_dump(exclude={"subject"}), sort_keys=True).encode()

    def answer(self, requests: Iterable[Request]) -> Iterator[Answer]:
        for number, request in enumerate(requests, 1):
            with self._log.open("a") as log:
                log.write(request.key + "\n")
            time.sleep(3600 if number == self._stop_at else self._seconds)
            scripted = self._answers(request) if self._answers else None
            yield scripted or Answer(key=request.key, findings=findings_for(request.content))

    @property
    def asked(self) -> list[str]:
        return self._log.read_text().split() if self._log.exists() else []


def main(ledger_path: str, log: str, run_id: str, candidates: str, seconds: str, stop_at: str = "0") -> None:
    with Ledger.open(Path(ledger_path)) as ledger:
        judge = CountingJudge(Path(log), seconds=float(seconds), stop_at=int(stop_at))
        judged = judge_questions(made_up_plans(int(candidates)), judge=judge, ledger=ledger, run_id=run_id)
    verdicts = {name: [verdict.model_dump() for verdict in row] for name, row in judged.verdicts.items()}
    print(json.dumps({"verdicts": verdicts, "statistics": judged.statistics.model_dump()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
