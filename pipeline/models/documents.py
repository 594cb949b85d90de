"""Documents: the text of one file as a reader sees it, before and after redaction."""

from typing import Literal

from pipeline.models.base import FrozenModel
from pipeline.models.submissions import FileRole

BlockKind = Literal["heading", "paragraph", "bullet", "row", "code", "comment"]
Media = Literal["pdf", "docx", "html", "markdown", "text", "json_resume", "code"]

HiddenReason = Literal[
    "white",
    "tiny",
    "off_page",
    "covered",
    "invisible",
    "hidden_run",
    "zero_width",
    "tag_characters",
    "html_comment",
    "display_none",
]


class Place(FrozenModel):
    """Where a text stands in its file; at most one of the two is given."""

    page: int | None = None
    """From 1."""
    line: int | None = None
    """From 1."""

    def __str__(self) -> str:
        """`page 2`, `line 14`, or an empty string when the format knows neither."""
        if self.page is not None:
            return f"page {self.page}"
        return f"line {self.line}" if self.line is not None else ""


class Block(FrozenModel):
    """One heading, paragraph, bullet, table row, or piece of code.

    Prose has single spaces; a newline is a soft line break that the author set inside the block.
    Code and comments keep their lines. List markers and inline markup are gone, so that the same
    text gives the same blocks whatever the format.
    """

    kind: BlockKind
    text: str
    place: Place = Place()
    level: int = 0
    """Heading level from 1, bullet depth from 1; 0 for everything else."""


class HiddenText(FrozenModel):
    """Text that a person looking at the rendered file would not see."""

    reason: HiddenReason
    text: str
    place: Place = Place()


class Document(FrozenModel):
    """The visible text of one file with places; hidden text set aside."""

    name: str
    role: FileRole
    sha256: str
    media: Media
    language: str | None
    """ISO 639-1 code of the prose, or None when there is too little of it to tell."""
    blocks: tuple[Block, ...]
    hidden: tuple[HiddenText, ...] = ()
    notes: tuple[str, ...] = ()
    """What a person should know about the reading, such as pages without text; whole sentences."""


Mark = Literal["NAME", "EMPLOYER", "SCHOOL", "PLACE", "CONTACT", "PRONOUN"]


class RedactedSpan(FrozenModel):
    """A mark in redacted text and the visible characters it stands for (half-open offsets)."""

    start: int
    end: int
    visible_start: int
    visible_end: int
    mark: Mark


class RedactedBlock(FrozenModel):
    """A block whose identity is replaced by marks, with the way back."""

    kind: BlockKind
    text: str
    """What a judge may read."""
    visible: str
    """What the person wrote; never indexed or judged."""
    spans: tuple[RedactedSpan, ...] = ()
    """In order, not overlapping."""
    place: Place = Place()
    level: int = 0


class RedactedDocument(FrozenModel):
    """A document that may be cut into passages; its own type, so unredacted text cannot be judged."""

    name: str
    role: FileRole
    sha256: str
    media: Media
    language: str | None
    blocks: tuple[RedactedBlock, ...]
    hidden: tuple[HiddenText, ...] = ()
