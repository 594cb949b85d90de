"""What a candidate may be told: what was used, what was found, what was not used, and how to ask for a person.

Nothing in it is about anybody else: no rank, no score, no band, no other candidate. The words are the report's own; the
file is made from them by code alone.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from pipeline.models.assessment import GateStatus
from pipeline.models.dossier import UnscoredReason
from pipeline.models.report import ReportedQuote, ReportedRow
from pipeline.reports.text import one_line, printable
from pipeline.review.candidate_view import STATE_TITLES
from pipeline.review.documents import CandidateDocuments
from pipeline.review.rendering import count, environment
from pipeline.review.shown import Shown, ShownRow

QUOTES_EACH: Final = 2
"""Quotes below one sentence."""

NOT_USED: Final = (
    "Your name, e-mail address, telephone number, postal address and links to profiles: they are replaced by marks "
    "before anything is judged.",
    "The names of schools and employers, places, and words such as he or she: they are replaced as well.",
    "Age, photographs, layout and file format; nothing outside the documents that you sent, and no social network.",
    "Other candidates: what is found in your documents does not depend on who else applied.",
    "Long lists of tools: a tool that is only named shows nothing about how somebody works.",
)
GATE_WORDS: Final[Mapping[GateStatus, str]] = {
    "met": "Your documents say so.",
    "not_met": "Your own words seem to say otherwise. A person checks that before anything follows from it.",
    "unknown": "Your documents leave this open. Unknown is not no: a person may ask you.",
}
_A_PERSON: Final = "This lowers nothing: a person looks at it."
NOT_JUDGED: Final[Mapping[UnscoredReason, str]] = {
    "source_missing": f"Not judged: no document came that would show this. {_A_PERSON}",
    "source_unreadable": f"Not judged: a document came but could not be read. {_A_PERSON}",
    "language": f"Not judged: the documents are in a language that the program does not know. {_A_PERSON}",
    "judge_failed": f"Not judged: the program did not come to an end with this. {_A_PERSON}",
    "judge_refused": f"Not judged: the program gave no answer. {_A_PERSON}",
    "not_asked": f"Not judged: this was not looked at. {_A_PERSON}",
}
WHO_DECIDES: Final = (
    "The program looks for evidence and orders documents to be read. It rejects nobody: every decision about an "
    "application is made by a person, who can set aside what the program found."
)
RIGHTS: Final = (
    "Ask for a person to read your documents and to look at this again.",
    "Say what is wrong or missing here, and send what would show it.",
    "Ask which data is kept about you, for how long, and to have it corrected or deleted.",
)


class ExplainedSentence(NamedTuple):
    """A finding in plain words, with the candidate's own words under it."""

    text: str
    quotes: tuple[tuple[str, str], ...]
    """Words and where they stand."""


class ExplainedCriterion(NamedTuple):
    """What was looked for under one heading, and what was found."""

    title: str
    statement: str
    groups: tuple[tuple[str, tuple[ExplainedSentence, ...]], ...]
    not_judged: str


class ExplainedGate(NamedTuple):
    """A must-have, and whether the documents speak of it."""

    statement: str
    text: str
    quotes: tuple[tuple[str, str], ...]


class Explanation(NamedTuple):
    """Everything that a candidate is told."""

    role: str
    documents: tuple[str, ...]
    unread: tuple[tuple[str, str], ...]
    """Files that could not be read, and why."""
    reader: str
    gates: tuple[ExplainedGate, ...]
    criteria: tuple[ExplainedCriterion, ...]
    withheld: bool
    """A sentence spoke to the screener, or some text could not be seen, and was not judged."""
    not_used: tuple[str, ...]
    who_decides: str
    rights: tuple[str, ...]
    contact: str
    redacted: bool
    """The words are shown as they were judged, with marks for names."""


def explain(shown: Shown, one: ShownRow, documents: CandidateDocuments, *, contact: str) -> Explanation:
    """Put together what one candidate may be told.

    Args:
        shown: The run as the visitor sees it; what they may not read is not exported either.
        one: The candidate.
        documents: Their documents.
        contact: Whom to ask; empty for the person who sent the explanation.
    """
    told = shown.told(one)
    gates = {gate.id: " ".join(gate.statement.split()) for gate in shown.scorecard.non_negotiables}
    statements = {criterion.id: " ".join(criterion.statement.split()) for criterion in shown.scorecard.criteria}
    return Explanation(
        role=one_line(shown.scorecard.title),
        documents=_used(told, documents, is_open=one.is_open),
        unread=tuple(
            (one_line(file.file), one_line(file.reason))
            for file in shown.aside().quarantined
            if file.candidate == told.candidate
        ),
        reader=_reader(shown),
        gates=tuple(
            ExplainedGate(gates.get(name, ""), GATE_WORDS[gate.status], _quotes(gate.quotes))
            for name, gate in told.gates.items()
        ),
        criteria=tuple(
            ExplainedCriterion(
                title=reported.title,
                statement=statements.get(name, ""),
                groups=tuple(
                    (title, sentences)
                    for state, title in STATE_TITLES.items()
                    if (
                        sentences := tuple(
                            ExplainedSentence(finding.text, _quotes(finding.quotes))
                            for finding in reported.findings
                            if finding.state == state
                        )
                    )
                ),
                not_judged="" if reported.unscored is None else NOT_JUDGED[reported.unscored],
            )
            for name, reported in told.criteria.items()
        ),
        withheld=any(flag.id in ("hidden_text", "addressed_text") for flag in told.flags),
        not_used=NOT_USED,
        who_decides=WHO_DECIDES,
        rights=RIGHTS,
        contact=one_line(contact),
        redacted=not one.is_open,
    )


def explanation_html(told: Explanation) -> str:
    """A page of its own: no script, no request, to be sent or printed."""
    return (
        environment()
        .get_template("manager/explanation_file.html")
        .render(told=told, withheld=WITHHELD, contact=contact_line(told))
    )


def explanation_text(told: Explanation) -> str:
    """The same as plain text."""
    lines = [f"About your application: {told.role}", "", "WHAT WAS USED"]
    lines += [f"- {name}" for name in told.documents] or ["- No document could be read."]
    lines += [f"- {name} could not be read: {reason}" for name, reason in told.unread]
    lines += ["", told.reader]
    if told.withheld:
        lines += [WITHHELD]
    if told.gates:
        lines += ["", "MUST-HAVES"]
        for gate in told.gates:
            lines += [f"- {gate.statement}", f"  {gate.text}", *_quoted(gate.quotes)]
    lines += ["", "WHAT WAS FOUND"]
    for criterion in told.criteria:
        lines += ["", criterion.title, f"Looked for: {criterion.statement}"]
        if criterion.not_judged:
            lines.append(criterion.not_judged)
        for title, sentences in criterion.groups:
            lines.append(f"{title}:")
            for sentence in sentences:
                lines += [f"- {sentence.text}", *_quoted(sentence.quotes)]
    lines += ["", "WHAT WAS NOT USED", *(f"- {line}" for line in told.not_used)]
    lines += ["", "WHO DECIDES", told.who_decides]
    lines += ["", "YOU CAN", *(f"- {line}" for line in told.rights), contact_line(told), ""]
    return "\n".join(lines)


WITHHELD: Final = (
    "Some text in your documents speaks to whoever screens them, or cannot be seen by a reader. It was not judged; a "
    "person may ask you about it."
)


def contact_line(told: Explanation) -> str:
    """Whom to ask."""
    if told.contact:
        return f"To do so, write to {told.contact}. A person will answer."
    return "To do so, reply to the message that this came with. A person will answer."


def _used(told: ReportedRow, documents: CandidateDocuments, *, is_open: bool) -> tuple[str, ...]:
    """The documents by name; by kind while names are covered, since a file may be called by its writer's name."""
    if not documents.documents:
        cited = (quote.document for one in told.criteria.values() for f in one.findings for quote in f.quotes)
        return tuple(dict.fromkeys(map(one_line, cited)))
    if is_open:
        return tuple(one_line(document.name) for document in documents.documents)
    roles = Counter[str](document.role for document in documents.documents)
    kinds = (("resume", "your resume"), ("cover", "your cover letter"))
    takehome = roles["takehome"]
    named = [words for role, words in kinds if roles[role]]
    return (*named, *([f"your take-home, {count(takehome, 'file')}"] if takehome else []))


def _reader(shown: Shown) -> str:
    judge = str(shown.run.options.get("judge", "evidence"))
    if judge == "evidence":
        return (
            "A small program that was trained for this reads the documents and looks for facts that the role asks "
            "for. No language model took part."
        )
    return (
        f"The language model {judge.partition(':')[2] or judge} reads the documents and looks for facts that the role "
        "asks for. A sentence counts only if the words it rests on stand in your documents."
    )


def _quotes(quotes: tuple[ReportedQuote, ...]) -> tuple[tuple[str, str], ...]:
    distinct = dict.fromkeys((printable(quote.quote).strip(), _where(quote)) for quote in quotes)
    return tuple(distinct)[:QUOTES_EACH]


def _where(quote: ReportedQuote) -> str:
    return one_line(", ".join(part for part in (quote.document, quote.place) if part))


def _quoted(quotes: tuple[tuple[str, str], ...]) -> list[str]:
    return [f"  You wrote: “{' '.join(text.split())}” ({where})" for text, where in quotes]
