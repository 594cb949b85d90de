"""Flags: what a person should ask about, each with a question at a file and place."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import yaml

from pipeline.models.assessment import CriterionAssessment, Flag
from pipeline.models.dossier import Dossier, Passage
from pipeline.models.scorecard import Scorecard
from pipeline.models.verdicts import Citation

POLISHED_FROM = 1.7
"""Mean craft level from which a take-home counts as good work that owes a reason."""
WEAK_BELOW = 1.5
"""Level below which reasoning or failure modes count as not shown."""
MACHINERY_FROM = 4
"""Distinct pieces of enterprise machinery in a candidate's own prose that make a small team ask."""

_SHOWN_CHARS = 160
_PATH_IN_PROSE = re.compile(r"(?<![\w/.-])((?:[\w-]+/)+[\w.-]+\.[a-z]{1,5})\b")
_CLAIMS_TESTS = re.compile(
    r"\b(\d+ (?:unit |integration )?tests|(?:npm|cargo|go|mvn|gradle|dotnet) test|pytest)\b", re.I
)
_TEST_FILE = re.compile(r"(^|/)(tests?|specs?|__tests__)/|test|spec", re.I)


def find_flags(
    scorecard: Scorecard,
    dossier: Dossier,
    criteria: Sequence[CriterionAssessment],
    *,
    takehome_files: Sequence[str] = (),
) -> tuple[Flag, ...]:
    """All flags of one candidate, in the order in which a reader should see them.

    Args:
        scorecard: The role.
        dossier: The candidate's passages.
        criteria: The levels reached, in scorecard order.
        takehome_files: Names of the take-home's files that were read.
    """
    flags: list[Flag] = []
    flags += _unexplained(scorecard, dossier, criteria)
    flags += _happy_path(scorecard, dossier, criteria)
    flags += _takehome_missing(scorecard, dossier)
    flags += _unread(dossier)
    flags += _stage_mismatch(scorecard, dossier, criteria)
    flags += _readme_and_code(dossier, takehome_files)
    flags += _hidden(dossier)
    flags += _addressed(dossier)
    return tuple(flags)


def _level(scorecard: Scorecard, criteria: Sequence[CriterionAssessment], rubric: str) -> float | None:
    """The level of the criterion that is judged by a library rubric, None if there is none or it is unscored."""
    subjects = {criterion.id for criterion in scorecard.criteria if criterion.rubric.id == rubric}
    return next((row.level for row in criteria if row.criterion in subjects), None)


def _first_citation(
    scorecard: Scorecard, criteria: Sequence[CriterionAssessment], *, kind: str, source: str
) -> Citation | None:
    subjects = {criterion.id for criterion in scorecard.criteria if criterion.kind == kind}
    cited = [
        (-finding.p, citation.document, citation.place, citation)
        for row in criteria
        if row.criterion in subjects
        for finding in row.findings
        for citation in finding.citations
        if citation.source == source
    ]
    return min(cited, key=lambda entry: entry[:3])[3] if cited else None


def _unexplained(scorecard: Scorecard, dossier: Dossier, criteria: Sequence[CriterionAssessment]) -> Iterable[Flag]:
    craft = {criterion.id for criterion in scorecard.criteria if criterion.kind == "craft"}
    levels = [row.level for row in criteria if row.criterion in craft and row.level is not None]
    reasoning = _level(scorecard, criteria, "tradeoff_reasoning")
    if "takehome" not in dossier.sources_read or not levels or reasoning is None:
        return
    mean = sum(levels) / len(levels)
    if mean < POLISHED_FROM or reasoning >= WEAK_BELOW:
        return
    cited = _first_citation(scorecard, criteria, kind="craft", source="takehome")
    where = f" (for example {cited.document}, {cited.place})" if cited else ""
    yield Flag(
        id="unexplained",
        detail=f"Craft reaches level {mean:.1f}, but the reasons behind it only {reasoning:.1f}.",
        question=f"Why is it built this way{where}? What else was open, and what did this choice cost?",
        document=cited.document if cited else "",
        place=cited.place if cited else "",
    )


def _happy_path(scorecard: Scorecard, dossier: Dossier, criteria: Sequence[CriterionAssessment]) -> Iterable[Flag]:
    level = _level(scorecard, criteria, "failure_modes")
    if level is None or level >= WEAK_BELOW:
        return
    narrative = next((p for p in _in_reading_order(dossier) if p.kind == "narrative" and p.sense == "work"), None)
    yield Flag(
        id="happy_path_only",
        detail=f"Failures reach level {level:.1f} only: what goes wrong, and what then, is hardly told.",
        question="Tell of the worst failure of a system you ran: how was it noticed, contained, and what changed?",
        document=narrative.document if narrative else "",
        place=str(narrative.place) if narrative else "",
    )


def _takehome_missing(scorecard: Scorecard, dossier: Dossier) -> Iterable[Flag]:
    if scorecard.takehome == "required" and "takehome" not in (*dossier.sources_read, *dossier.sources_unread):
        yield Flag(
            id="takehome_missing",
            detail="The role requires a take-home and none came.",
            question="Was the take-home sent, and if so where? If not: is it still coming?",
        )


def _unread(dossier: Dossier) -> Iterable[Flag]:
    for source in dossier.sources_unread:
        name = "take-home" if source == "takehome" else source
        yield Flag(
            id="unread_source",
            detail=f"Not all of the {name} could be read; see the quarantined files.",
            question=f"Please send the {name} again in a form that can be read.",
        )
    for source in dossier.sources_other_language:
        name = "take-home" if source == "takehome" else source
        yield Flag(
            id="unread_source",
            detail=f"The {name} is written in a language that the judge does not know.",
            question=f"Who can read the {name} in its own language and judge it against this scorecard?",
        )


def _stage_mismatch(scorecard: Scorecard, dossier: Dossier, criteria: Sequence[CriterionAssessment]) -> Iterable[Flag]:
    if scorecard.stage == "enterprise":
        yield from _no_release_discipline(dossier)
        return
    seen: dict[str, Passage] = {}
    for passage in _in_reading_order(dossier):
        if passage.kind in ("narrative", "claim"):
            for term in _terms("machinery").findall(passage.text):
                seen.setdefault(term.lower(), passage)
    reasoning = _level(scorecard, criteria, "tradeoff_reasoning")
    if len(seen) >= MACHINERY_FROM and (reasoning is None or reasoning < 3.0):
        first = next(iter(seen.values()))
        yield Flag(
            id="stage_mismatch",
            detail=f"Machinery of a large organisation for a {scorecard.stage} team: {', '.join(sorted(seen))}.",
            question="Which of these would you leave out with the team in this scorecard, and when would you add it?",
            document=first.document,
            place=str(first.place),
        )


def _no_release_discipline(dossier: Dossier) -> Iterable[Flag]:
    prose = [p for p in dossier.passages if p.kind in ("narrative", "claim")]
    if prose and not any(_terms("release_discipline").search(passage.text) for passage in prose):
        yield Flag(
            id="stage_mismatch",
            detail="Nothing is told of approvals, release steps or a way back, which this organisation needs.",
            question="How did a change of yours go live, who approved it, and how would it have been undone?",
        )


def _readme_and_code(dossier: Dossier, takehome_files: Sequence[str]) -> Iterable[Flag]:
    if not takehome_files:
        return
    endings = {name.rsplit("/", 1)[-1].lower() for name in takehome_files}
    for passage in _in_reading_order(dossier):
        if passage.source != "takehome" or passage.kind not in ("narrative", "claim"):
            continue
        missing = [p for p in _PATH_IN_PROSE.findall(passage.visible) if p.rsplit("/", 1)[-1].lower() not in endings]
        if missing:
            yield _disagree(passage, f"The text names {missing[0]!r}, which is not among the files that were read.")
            return
        if _CLAIMS_TESTS.search(passage.visible) and not any(_TEST_FILE.search(name) for name in takehome_files):
            yield _disagree(passage, "The text speaks of tests, and no test file was found.")
            return


def _disagree(passage: Passage, detail: str) -> Flag:
    return Flag(
        id="readme_code_disagree",
        detail=detail,
        question="Where is what this passage describes?",
        document=passage.document,
        place=str(passage.place),
    )


def _hidden(dossier: Dossier) -> Iterable[Flag]:
    for finding in dossier.hidden:
        yield Flag(
            id="hidden_text",
            detail=f"Text that a reader does not see ({finding.hidden.reason.replace('_', ' ')}): "
            f"{_shown(finding.hidden.text)}",
            question="How did this text get into the document, and what is it for? It was not judged.",
            document=finding.document,
            place=str(finding.hidden.place),
        )


def _addressed(dossier: Dossier) -> Iterable[Flag]:
    for addressed in dossier.addressed:
        yield Flag(
            id="addressed_text",
            detail=f"A sentence that speaks to the screener, withheld from the judge: {_shown(addressed.text)}",
            question="Who is this sentence meant for? It was not judged.",
            document=addressed.document,
            place=str(addressed.place),
        )


def _shown(text: str) -> str:
    folded = " ".join(text.split())
    return folded if len(folded) <= _SHOWN_CHARS else folded[: _SHOWN_CHARS - 1] + "…"


def _in_reading_order(dossier: Dossier) -> list[Passage]:
    return sorted(dossier.passages, key=lambda p: (p.document, p.place.page or 0, p.place.line or 0, p.id))


@cache
def _terms(name: str) -> re.Pattern[str]:
    """A word list of `stage_words.yaml` as one pattern of whole words."""
    lists = yaml.safe_load(Path(__file__).with_name("stage_words.yaml").read_text(encoding="utf-8"))
    alternatives = "|".join(sorted(map(str, lists[name]), key=len, reverse=True))
    return re.compile(rf"\b(?:{alternatives})\b", re.IGNORECASE)
