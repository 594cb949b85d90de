"""What a candidate may be told: what was used, what was found, what was not used, and how to ask for a person.

Nothing in it is about anybody else: no rank, no score, no band, no other candidate. The words are the report's own; the
file is made from them by code alone.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from pipeline.models.assessment import GateStatus
from pipeline.models.dossier import UnscoredReason
from pipeline.models.report import ReportedCriterion, ReportedQuote, ReportedRow
from pipeline.reports.text import one_line, printable
from pipeline.review.documents import CandidateDocuments
from pipeline.review.rendering import count, environment
from pipeline.review.shown import Shown, ShownRow
from pipeline.review.viewed import Viewed

QUOTES_EACH: Final = 2
"""Quotes below one sentence."""
QUOTE_CHARS: Final = 320
TITLES: Final[Mapping[str, str]] = {
    "found": "Found in what you sent",
    "partly": "Only hinted at",
    "missing": "Not found in what you sent",
}

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
    "unknown": "Your documents leave this open. Nothing follows from that but a question that a person may ask you.",
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
    "The program looks for facts in documents and says in which order they are worth reading. It rejects nobody: every "
    "decision about an application is made by a person, who gives a reason for it and can set aside what the program "
    "found."
)
NOT_FOUND: Final = "Not found does not mean that you have not done it: only what is written could be found."
RIGHTS: Final = (
    "Ask for a person to read your documents and to decide again.",
    "Ask who decided, and for what reason.",
    "Say what is wrong or missing here, and send what would show it.",
    "Ask which data is kept about you, for how long, and to have it corrected or deleted.",
)


class ExplainedSentence(NamedTuple):
    """A finding in plain words, with the candidate's own words under it."""

    text: str
    quotes: tuple[tuple[str, str], ...]
    """Words and where they stand; those that were quoted before are not repeated."""
    again: bool
    """It rests on words that were quoted before."""


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
    read: str
    """The day on which the documents were read; empty if it is not known."""
    in_short: tuple[str, ...]
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
    # Under the name or the label that the row has, too.
    aside = shown.report if one.is_open else shown.aside()
    gates = {gate.id: " ".join(gate.statement.split()) for gate in shown.scorecard.non_negotiables}
    statements = {criterion.id: " ".join(criterion.statement.split()) for criterion in shown.scorecard.criteria}
    viewed = Viewed(documents.documents, told=told, original=one.row, is_open=one.is_open)
    told_before = _Quoted(viewed)
    used = _used(told, documents, is_open=one.is_open)
    return Explanation(
        role=one_line(shown.scorecard.title),
        read=f"{shown.run.finished:%-d %B %Y}" if shown.run.finished else "",
        in_short=_in_short(told),
        documents=used,
        unread=tuple(
            (one_line(file.file), one_line(file.reason))
            for file in aside.quarantined
            if file.candidate == told.candidate
        ),
        reader=_reader(shown),
        gates=tuple(
            ExplainedGate(gates.get(name, ""), GATE_WORDS[gate.status], told_before.fresh(gate.quotes))
            for name, gate in told.gates.items()
        ),
        criteria=tuple(
            _criterion(reported, statements.get(name, ""), told_before) for name, reported in told.criteria.items()
        ),
        withheld=any(flag.id in ("hidden_text", "addressed_text") for flag in told.flags),
        not_used=NOT_USED,
        who_decides=WHO_DECIDES,
        rights=RIGHTS,
        contact=one_line(contact),
        redacted=not one.is_open,
    )


def _criterion(reported: ReportedCriterion, statement: str, told_before: "_Quoted") -> ExplainedCriterion:
    groups: dict[str, list[ExplainedSentence]] = {}
    for state in TITLES:
        for finding in reported.findings:
            if finding.state == state:
                quotes = told_before.fresh(finding.quotes)
                again = bool(finding.quotes) and not quotes
                groups.setdefault(state, []).append(ExplainedSentence(finding.text, quotes, again))
    return ExplainedCriterion(
        title=reported.title,
        statement=statement,
        groups=tuple((TITLES[state], tuple(sentences)) for state, sentences in groups.items()),
        not_judged="" if reported.unscored is None else NOT_JUDGED[reported.unscored],
    )


def _in_short(told: ReportedRow) -> tuple[str, ...]:
    judged = [criterion for criterion in told.criteria.values() if criterion.level is not None]
    states = Counter[str](finding.state for criterion in judged for finding in criterion.findings)
    lines = []
    if total := sum(states.values()):
        hinted = f", {states['partly']} {'is' if states['partly'] == 1 else 'are'} only hinted at"
        lacking = f", {states['missing']} {'was' if states['missing'] == 1 else 'were'} not found"
        lines.append(
            f"A program looked for {count(total, 'fact')} that the role asks for. {states['found']} of them "
            f"{'stands' if states['found'] == 1 else 'stand'} in what you sent{hinted if states['partly'] else ''}"
            f"{lacking if states['missing'] else ''}."
        )
        if states["missing"] or states["partly"]:
            lines.append(NOT_FOUND)
    if left := len(told.criteria) - len(judged):
        lines.append(f"{count(left, 'topic')} could not be judged. That lowers nothing: a person looks at it.")
    lines.append("A person decides about your application, not the program.")
    return tuple(lines)


def explanation_html(told: Explanation) -> str:
    """A page of its own: no script, no request, to be sent or printed."""
    return environment().get_template("manager/explanation_file.html").render(told=told, words=explanation_words(told))


def explanation_text(told: Explanation) -> str:
    """The same as plain text."""
    lines = [f"About your application: {told.role}", "", INTRODUCTION, "", "IN SHORT"]
    lines += [*(f"- {line}" for line in told.in_short), f"- {again_line(told)}"]
    lines += ["", "WHAT WAS USED"]
    lines += [f"- {name}" for name in told.documents] or ["- No document could be read."]
    lines += [f"- {name} could not be read: {reason}" for name, reason in told.unread]
    lines += ["", f"Read on {told.read}. {told.reader}" if told.read else told.reader]
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
                lines += [f"- {sentence.text}{AGAIN if sentence.again else ''}", *_quoted(sentence.quotes)]
    lines += ["", "WHAT WAS NOT USED", *(f"- {line}" for line in told.not_used)]
    lines += ["", "WHO DECIDES", told.who_decides]
    lines += ["", "YOU CAN", *(f"- {line}" for line in told.rights), contact_line(told), ""]
    return "\n".join(lines)


INTRODUCTION: Final = (
    "This says what a program read in your documents before a person decided, and how to have a person look again. It "
    "says nothing about anybody else."
)
AGAIN: Final = " (from words that are quoted above)"
WITHHELD: Final = (
    "Some text in your documents speaks to whoever screens them, or cannot be seen by a reader. It was not judged; a "
    "person may ask you about it."
)


def explanation_words(told: Explanation) -> Mapping[str, str]:
    """The sentences that the page and the file have in common."""
    return {
        "introduction": INTRODUCTION,
        "withheld": WITHHELD,
        "again": AGAIN,
        "contact": contact_line(told),
        "look_again": again_line(told),
    }


def again_line(told: Explanation) -> str:
    """How to have a person look again."""
    how = f"write to {told.contact}" if told.contact else "reply to the message that this came with"
    return f"You can have a person look at it again: {how}."


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


class _Quoted:
    """Quotes with their places, each given once."""

    def __init__(self, viewed: Viewed) -> None:
        self._viewed = viewed
        self._before: set[tuple[str, str]] = set()

    def fresh(self, quotes: tuple[ReportedQuote, ...]) -> tuple[tuple[str, str], ...]:
        """The quotes that were not given before, and from now on were."""
        distinct = dict.fromkeys(
            (_cut(printable(quote.quote).strip()), self._viewed.link(quote).where) for quote in quotes
        )
        fresh = tuple(quote for quote in distinct if quote not in self._before)[:QUOTES_EACH]
        self._before.update(fresh)
        return fresh


def _cut(text: str) -> str:
    return text if len(text) <= QUOTE_CHARS else f"{text[:QUOTE_CHARS].rsplit(' ', 1)[0]}…"


def _quoted(quotes: tuple[tuple[str, str], ...]) -> list[str]:
    return [f"  You wrote: “{' '.join(text.split())}” ({where})" for text, where in quotes]
