"""A candidate's documents for the interview kit: named, redacted and cut as on the page, without what is not theirs."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from pipeline.brief import BriefText
from pipeline.interview_models import KitBlock, KitFile
from pipeline.models.documents import RedactedDocument
from pipeline.models.report import ReportedRow
from pipeline.reports.text import printable
from pipeline.review.viewed import names_of, texts_of

_MOST_FILES: Final = 300
_MOST_BYTES: Final = 200_000
"""Of one file of the starter; code that people write is shorter."""


def kit_files(
    documents: Sequence[RedactedDocument],
    *,
    told: ReportedRow,
    original: ReportedRow,
    is_open: bool,
    starter: BriefText,
) -> tuple[KitFile, ...]:
    """The documents with no more in them than the candidate's page shows.

    Args:
        documents: Of the candidate.
        told: The row as the visitor may read it.
        original: The row of the run.
        is_open: The name and the original words are shown.
        starter: Lines that came with the exercise; nobody is asked to explain them.
    """
    names = names_of(documents, told=told, original=original, is_open=is_open)
    return tuple(
        KitFile(
            name=name,
            is_takehome=document.role == "takehome",
            blocks=tuple(
                KitBlock(
                    text=printable(text),
                    line=block.place.line or 0,
                    is_code=block.kind == "code",
                    given=tuple(n for n, line in enumerate(block.visible.splitlines()) if starter.has_line(line)),
                )
                for block, text in zip(document.blocks, texts_of(document, is_open=is_open), strict=True)
            ),
        )
        for name, document in zip(names, documents, strict=True)
    )


def starter_of(batch: Path) -> BriefText:
    """The lines of the starter that lies in a batch; none if there is no starter."""
    return BriefText.from_texts(_texts(batch / "starter"))


def _texts(folder: Path) -> Iterator[str]:
    if not folder.is_dir():
        return
    for path in sorted(folder.rglob("*"))[:_MOST_FILES]:
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= _MOST_BYTES:
            yield path.read_text(encoding="utf-8", errors="replace")
