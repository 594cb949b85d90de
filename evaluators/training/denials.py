"""Measure must-haves on single sentences that no training saw: `python -m evaluators.training.denials`.

Each row of `datasets/denials/` is a must-have and what somebody wrote. Told alone, among the work of somebody else's
resume, it is answered by the built-in judge. A row that does not deny the must-have and comes out `not_met` is the
worst error the product can make; DESIGN asks for at most 1% of 300.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

from evaluators.evidence_judge.judge import EvidenceJudge
from evaluators.gates import judge_gate
from evaluators.rubric_library import load_rubric_library
from pipeline.embeddings import load_default_embedder
from pipeline.models.assessment import GateStatus
from pipeline.models.dossier import EvidencePassage, Question
from pipeline.models.scorecard import About, NonNegotiable, RoleContext
from pipeline.models.verdicts import Citation, Finding, GroundedFinding, GroundedVerdict, Request

SENTENCES: Final = Path(__file__).parents[2] / "datasets" / "denials" / "sentences.jsonl"
BESIDE: Final = (
    "Moved the price tables of a seed merchant into one database and wrote the checks that compare both every night.",
    "Maintained the label printers' service; two of its three outages went back to a full disk.",
)
"""Work that has to do with no must-have of the rows: nobody sends one sentence."""

Says = Literal["yes", "no", "neither"]


class Row(NamedTuple):
    """A must-have, and what somebody says of it."""

    statement: str
    about: About
    text: str
    says: Says
    sort: str


class Told(NamedTuple):
    """A row with what the judge makes of it."""

    row: Row
    status: GateStatus

    @property
    def falsely_denied(self) -> bool:
        """The worst error."""
        return self.status == "not_met" and self.row.says != "no"


def load_rows(path: Path = SENTENCES) -> list[Row]:
    """Read the rows."""
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [Row(line["statement"], line["about"], line["text"], line["says"], line["sort"]) for line in lines]


def answer(rows: Iterable[Row], judge: EvidenceJudge) -> list[Told]:
    """Let the judge answer every row."""
    rubric = load_rubric_library()["gate"]
    role = RoleContext(mission="Keep a service running.", scope=(), constraints=(), stage="growth")
    found = []
    for number, row in enumerate(rows):
        texts = (row.text, *BESIDE)
        question = Question(
            subject="must-have",
            kind="gate",
            statement=row.statement,
            about=row.about,
            rubric=rubric,
            role=role,
            evidence=tuple(
                EvidencePassage(id=f"{place:016x}", text=text, kind="claim", sense="work")
                for place, text in enumerate(texts)
            ),
        )
        (given,) = judge.answer([Request(key=str(number), content=judge.request(question))])
        gate = NonNegotiable(id="must-have", statement=row.statement, about=row.about)
        verdict = GroundedVerdict(subject="must-have", findings=tuple(map(_grounded, given.findings)))
        found.append(Told(row, judge_gate(gate, verdict).status))
    return found


def _grounded(finding: Finding) -> GroundedFinding:
    citations = tuple(
        Citation(
            passage=quote.passage,
            quote=quote.text,
            quote_redacted=quote.text,
            document="resume.md",
            place="",
            source="resume",
        )
        for quote in finding.quotes
    )
    return GroundedFinding(check=finding.check, p=finding.p, met=finding.p >= 0.5, citations=citations)


def figures(told: Sequence[Told]) -> str:
    """A line for each sort of row, and one for the worst error."""
    lines = [f"{'sort':20s} {'rows':>5s} {'met':>5s} {'unknown':>8s} {'not met':>8s}"]
    for sort in dict.fromkeys(one.row.sort for one in told):
        counts = Counter(one.status for one in told if one.row.sort == sort)
        lines.append(f"{sort:20s} {counts.total():5d} {counts['met']:5d} {counts['unknown']:8d} {counts['not_met']:8d}")
    others = [one for one in told if one.row.says != "no"]
    wrong = [one for one in others if one.falsely_denied]
    lines.append(f"falsely not met: {len(wrong)} of {len(others)} ({len(wrong) / len(others):.1%})")
    lines += [f"  {one.row.statement} | {one.row.text}" for one in wrong]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the figures."""
    sys.stdout.write(figures(answer(load_rows(), EvidenceJudge.load(load_default_embedder()))))


if __name__ == "__main__":
    main()
