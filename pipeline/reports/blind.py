"""A shortlist without identity: what `--blind` shows.

The values are replaced before any report is made, so that no report can show by mistake what it was
never given.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from pipeline.models.assessment import Assessment, Flag, FlagId
from pipeline.models.settlement import PairOutcome, Settlement
from pipeline.models.shortlist import FollowUp, Row, Shortlist
from pipeline.models.submissions import Batch, Duplicate, QuarantinedFile, UnusedFile
from pipeline.models.verdicts import Citation, GroundedFinding
from pipeline.reports.endings import ending

MASK = "[…]"
"""In a question that a model wrote, for a word that the candidate's redacted text does not hold."""

_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
"""What a reason repeats of what somebody wrote, names of files above all, stands in quotes."""
_OWN_WORDS = frozenset(("'basics'", "'work'"))
"""Quoted by reasons themselves."""
_TELLS_NOTHING = frozenset(("resume", "cv"))
_TABLE_LINE = re.compile(r"candidates\.csv(?:, line \d+)?", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")
_SOURCE_LABELS = {"resume": "resume", "takehome": "take-home"}
_WITHHELD: Mapping[FlagId, tuple[str, str]] = {
    # These flags carry the candidate's own words or file names, which no redaction has seen.
    "hidden_text": (
        "Text that a reader does not see; it is not shown in the blind view.",
        "How did this text get into the document, and what is it for? It was not judged.",
    ),
    "addressed_text": (
        "A sentence that speaks to the screener, withheld from the judge; it is not shown in the blind view.",
        "Who is this sentence meant for? It was not judged.",
    ),
    "readme_code_disagree": (
        "The text speaks of something that is not among the files that were read.",
        "Where is what this passage describes?",
    ),
}


def blind_shortlist(shortlist: Shortlist) -> Shortlist:
    """The same rows under their labels, with redacted quotes and numbered documents."""
    documents = {row.candidate: _document_labels(row, shortlist.settlement) for row in shortlist.rows}
    rows = tuple(_blind_row(row, documents[row.candidate]) for row in shortlist.rows)
    settlement = None
    if shortlist.settlement is not None:
        labels = {row.candidate: row.label for row in shortlist.rows}
        settlement = _blind_settlement(shortlist.settlement, labels, documents)
    return shortlist.model_copy(update={"rows": rows, "settlement": settlement})


def blind_batch(batch: Batch, shortlist: Shortlist) -> Batch:
    """What was set aside, without names of people and files.

    Args:
        batch: As it came out of the walk.
        shortlist: The one with candidates' names, from which the labels are taken.
    """
    labels = {row.candidate: row.label for row in shortlist.rows}
    aside = [*(file.candidate for file in batch.quarantined), *(file.candidate for file in batch.unused)]
    unlisted = _numbered([*aside, *(duplicate.candidate for duplicate in batch.duplicates)], known=labels)
    names = labels | unlisted
    return batch.model_copy(
        update={
            "submissions": (),
            "brief_files": (),
            "quarantined": tuple(_blind_quarantine(file, names) for file in batch.quarantined),
            "unused": tuple(_blind_unused(file, names) for file in batch.unused),
            "duplicates": tuple(
                Duplicate(
                    candidate=names[duplicate.candidate],
                    same_as=names.get(duplicate.same_as, "another submission"),
                    reason="Another submission of the same person is ranked instead.",
                )
                for duplicate in batch.duplicates
            ),
        }
    )


def _numbered(candidates: Iterable[str], *, known: Mapping[str, str]) -> dict[str, str]:
    unknown = sorted(set(candidates) - set(known) - {""})
    # What belongs to the whole batch is nobody's.
    return {"": ""} | {candidate: f"Unlisted {n:02d}" for n, candidate in enumerate(unknown, start=1)}


def _blind_unused(file: UnusedFile, names: Mapping[str, str]) -> UnusedFile:
    if not file.candidate and _TABLE_LINE.fullmatch(file.file):
        # Results of before `without_names` was kept say no more than this.
        reason = file.without_names or "A line of candidates.csv that was not used, or not as a whole."
        return UnusedFile(candidate="", file=file.file.lower(), reason=reason)
    reason = file.without_names or _reason(file.reason, file.file)
    return UnusedFile(candidate=names[file.candidate], file=_kind_of(file.file), reason=reason)


def _blind_quarantine(file: QuarantinedFile, names: Mapping[str, str]) -> QuarantinedFile:
    return file.model_copy(
        update={
            "candidate": names[file.candidate],
            "file": _kind_of(file.file),
            "reason": _reason(file.reason, file.file),
        }
    )


def _kind_of(file: str) -> str:
    """`a .pdf file`: the ending is all that is kept of a name."""
    known = ending(file)
    return f"a .{known} file" if known else "a file"


def _reason(reason: str, file: str) -> str:
    """A reason in which no name of a file is repeated: none in quotes, and the file's own not even without."""
    for name in sorted({file, file.rpartition("/")[2]}, key=len, reverse=True):
        if ending(name) and name.rpartition(".")[0].casefold() not in _TELLS_NOTHING:
            reason = re.sub(rf"(?<!\w)(?<!['\"]){re.escape(name)}(?!\w)", "the file", reason)
    own = {repr(file), repr(file.rpartition("/")[2])}

    def told(quoted: re.Match[str]) -> str:
        if quoted[0] in _OWN_WORDS:
            return quoted[0]
        return "the file" if quoted[0] in own else "another file"

    return re.sub(r"\b([Tt]he file) the file\b", r"\1", _QUOTED.sub(told, reason))


def _blind_settlement(
    settlement: Settlement, labels: Mapping[str, str], documents: Mapping[str, Mapping[str, str]]
) -> Settlement:
    def label(candidate: str) -> str:
        return labels.get(candidate, "another candidate")

    def blind_pair(pair: PairOutcome) -> PairOutcome:
        return pair.model_copy(
            update={
                "first": label(pair.first),
                "second": label(pair.second),
                "preferred": label(pair.preferred) if pair.preferred is not None else None,
                "citations": _blind_citations(
                    pair.citations, documents.get(pair.preferred, {}) if pair.preferred is not None else {}
                ),
            }
        )

    return settlement.model_copy(
        update={
            "pairs": tuple(map(blind_pair, settlement.pairs)),
            "rows": tuple(row.model_copy(update={"candidate": label(row.candidate)}) for row in settlement.rows),
            "left_out": tuple(map(label, settlement.left_out)),
        }
    )


def _blind_row(row: Row, documents: Mapping[str, str]) -> Row:
    assessment = row.assessment
    blinded = assessment.model_copy(
        update={
            "candidate": row.label,
            "criteria": tuple(
                criterion.model_copy(
                    update={
                        "findings": tuple(_blind_finding(finding, documents) for finding in criterion.findings),
                    }
                )
                for criterion in assessment.criteria
            ),
            "gates": tuple(
                gate.model_copy(
                    update={
                        "supporting": _blind_citations(gate.supporting, documents),
                        "opposing": _blind_citations(gate.opposing, documents),
                    }
                )
                for gate in assessment.gates
            ),
            "flags": tuple(_blind_flag(flag, documents) for flag in assessment.flags),
        }
    )
    follow_ups = tuple(_blind_follow_up(one, row, documents) for one in row.follow_ups)
    return row.model_copy(update={"candidate": row.label, "assessment": blinded, "follow_ups": follow_ups})


def _blind_follow_up(follow_up: FollowUp, row: Row, documents: Mapping[str, str]) -> FollowUp:
    """The question without any word that only the open text or the folder's name holds.

    A model writes it from redacted text and so knows no name; this holds even if it does.
    """
    citations = [*_citations(row.assessment), *(one.citation for one in row.follow_ups)]
    shown = {word for citation in citations for word in _words(citation.quote_redacted)}
    known = {word for citation in citations for word in _words(citation.quote)} | _words(row.candidate)
    secret = known - shown
    question = _WORD.sub(lambda word: MASK if word[0].casefold() in secret else word[0], follow_up.question)
    (citation,) = _blind_citations((follow_up.citation,), documents)
    return follow_up.model_copy(update={"question": question, "citation": citation})


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}


def _document_labels(row: Row, settlement: Settlement | None) -> dict[str, str]:
    """`resume.pdf` and `take-home file 2.java` for every document that is cited or flagged; numbered by name."""
    pairs = settlement.pairs if settlement is not None else ()
    sources: dict[str, str] = {}
    for citation in (
        *_citations(row.assessment),
        *(follow_up.citation for follow_up in row.follow_ups),
        *(citation for pair in pairs if pair.preferred == row.candidate for citation in pair.citations),
    ):
        sources.setdefault(citation.document, _SOURCE_LABELS[citation.source])
    for flag in row.assessment.flags:
        if flag.document:
            sources.setdefault(flag.document, "document")
    labels: dict[str, str] = {}
    for label in sorted(set(sources.values())):
        names = sorted(name for name, source in sources.items() if source == label)
        for n, name in enumerate(names, start=1):
            numbered = label if len(names) == 1 else f"{label} file {n}"
            labels[name] = f"{numbered}.{ending(name)}".rstrip(".")
    return labels


def _citations(assessment: Assessment) -> Iterable[Citation]:
    for criterion in assessment.criteria:
        for finding in criterion.findings:
            yield from finding.citations
    for gate in assessment.gates:
        yield from gate.supporting
        yield from gate.opposing


def _blind_finding(finding: GroundedFinding, documents: Mapping[str, str]) -> GroundedFinding:
    return finding.model_copy(update={"citations": _blind_citations(finding.citations, documents)})


def _blind_citations(citations: Sequence[Citation], documents: Mapping[str, str]) -> tuple[Citation, ...]:
    return tuple(
        citation.model_copy(
            update={
                "quote": citation.quote_redacted,
                "document": documents.get(citation.document, _SOURCE_LABELS[citation.source]),
            }
        )
        for citation in citations
    )


def _blind_flag(flag: Flag, documents: Mapping[str, str]) -> Flag:
    detail, question = _WITHHELD.get(flag.id, (flag.detail, flag.question))
    for name in sorted(documents, key=len, reverse=True):
        detail, question = detail.replace(name, documents[name]), question.replace(name, documents[name])
    document = documents.get(flag.document, "")
    return flag.model_copy(update={"detail": detail, "question": question, "document": document})
