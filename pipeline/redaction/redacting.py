"""From documents to redacted documents: all finders on every block of one candidate."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.models.documents import Block, Document, RedactedBlock, RedactedDocument
from pipeline.redaction import contacts
from pipeline.redaction.identity import identify
from pipeline.redaction.lines import Line, lines_of
from pipeline.redaction.names import NameFinder
from pipeline.redaction.organisations import Organisations, discover, mentioned
from pipeline.redaction.pronouns import pronouns
from pipeline.redaction.spans import Found, replace, resolve

_OWN = ("resume", "cover")
_TOP_LINES = 8


@dataclass(frozen=True)
class _Candidate:
    """What is known of one candidate when their blocks are read."""

    names: NameFinder
    organisations: Organisations


def redact(
    documents: Sequence[Document], *, name: str | None, email: str | None, candidate: str
) -> tuple[RedactedDocument, ...]:
    """Replace identity by marks in all documents of one candidate.

    The name is learned from `candidates.csv`, from the first lines of resume and cover, and from the e-mail address;
    employers, schools and places from the headers of resume and cover; all of them then go wherever they stand. Pronouns
    of the third person go in resume and cover whoever they mean, since a swap of gender must leave the same text; in a
    take-home they speak of users, services and callers and go only in a block that names the candidate. Years stay:
    they say how long ago and how long, which is evidence, and weigh nothing in a score.

    Args:
        documents: All documents of the candidate; brief and starter pass through the same finders.
        name: From `candidates.csv`.
        email: From `candidates.csv`.
        candidate: Folder name or file stem; a hint at the name.

    Returns:
        One redacted document for each document, in the same order.
    """
    identity = identify(documents, name=name, email=email, candidate=candidate)
    lines = {n: lines_of(document.blocks) for n, document in enumerate(documents) if document.role in _OWN}
    known = _Candidate(NameFinder(identity), discover(list(lines.items())))
    return tuple(_redact_document(document, n, known, lines.get(n, [])) for n, document in enumerate(documents))


def _redact_document(document: Document, number: int, known: _Candidate, lines: Sequence[Line]) -> RedactedDocument:
    top = {line.block for line in lines if line.number < _TOP_LINES and line.region == "top"}
    own = document.role in _OWN
    blocks = []
    for index, block in enumerate(document.blocks):
        found = list(_find(block, known, own=own, near_top=index in top))
        found += known.organisations.headers.get((number, index), [])
        text, spans = replace(resolve(found, block.text), block.text)
        blocks.append(
            RedactedBlock(
                kind=block.kind, text=text, visible=block.text, spans=spans, place=block.place, level=block.level
            )
        )
    return RedactedDocument(
        name=document.name,
        role=document.role,
        sha256=document.sha256,
        media=document.media,
        language=document.language,
        blocks=tuple(blocks),
        hidden=document.hidden,
    )


def _find(block: Block, known: _Candidate, *, own: bool, near_top: bool) -> Iterator[Found]:
    text = block.text
    code = block.kind == "code"
    reached = [*contacts.emails(text), *contacts.urls(text, own=own, near_top=near_top, hints=known.names.hints)]
    yield from reached
    names = list(known.names.find(_masked(text, reached), kind=block.kind, own=own))
    yield from names
    yield from mentioned(text, known.organisations, own=own)
    if not code:
        yield from contacts.handles(text, near_top=near_top)
        in_line = near_top or ("@" in text and len(text) < 200)
        yield from contacts.phones(text, in_line=in_line)
        yield from contacts.streets(text, in_line=in_line)
        if own:
            yield from contacts.particulars(text, near_top=near_top)
        if own or names:
            yield from pronouns(text)


def _masked(text: str, spans: Sequence[Found]) -> str:
    """The text with some spans blanked out, so that a name's run does not reach into an address behind it."""
    for span in spans:
        text = text[: span.start] + "\0" * (span.end - span.start) + text[span.end :]
    return text
