"""One file's bytes to blocks: tells the type and calls its reader. Runs in the forked child only."""

from pipeline.documents import (
    code_reader,
    docx_reader,
    html_reader,
    json_resume,
    language,
    markdown_reader,
    notebook,
    pdf_reader,
    sniffing,
    text_reader,
)
from pipeline.documents.blocks import BlockBuilder
from pipeline.documents.decoding import decode
from pipeline.documents.wire import Parsed, ReadTask
from pipeline.documents.word_list import is_known
from pipeline.errors import SubmissionError
from pipeline.models.documents import Block, Media

_PROSE = ("heading", "paragraph", "bullet", "row", "comment")


def preload() -> None:
    """Run each parser once, so that whatever it sets up lazily is in memory before the fork."""
    builder = BlockBuilder(most_blocks=100)
    markdown_reader.read_markdown("# A\n\n- b\n\n<style>p {color: red}</style>\n\n<p>c</p>\n", builder)
    pdf_reader.preload()
    is_known("word")


def parse(task: ReadTask, content: bytes) -> Parsed:
    """Return the blocks of a file.

    Raises:
        SubmissionError: The file cannot be read.
    """
    kind = sniffing.file_type(task.name, content, is_takehome=task.role in ("takehome", "starter"))
    builder = BlockBuilder(most_blocks=task.limits.blocks)
    media: Media = "code" if kind == "notebook" else kind
    notes: tuple[str, ...] = ()
    if kind == "pdf":
        notes = pdf_reader.read_pdf(content, builder, limits=task.limits)
    elif kind == "docx":
        docx_reader.read_docx(content, builder, limits=task.limits)
    else:
        _read_text_format(kind, task.name, content, builder)
    if not builder.blocks:
        raise SubmissionError("empty", "The file holds no text that a person could see. Ask for it again.")
    return Parsed(
        media=media,
        language=language.language_of(_prose(builder.blocks)),
        blocks=tuple(builder.blocks),
        hidden=tuple(builder.hidden),
        notes=notes,
    )


def _read_text_format(kind: sniffing.FileType, name: str, content: bytes, builder: BlockBuilder) -> None:
    text = decode(content, declared=kind == "html")
    if kind == "html":
        html_reader.HtmlReader(builder).read(text)
    elif kind == "markdown":
        markdown_reader.read_markdown(text, builder)
    elif kind == "json_resume":
        json_resume.read_json_resume(text, builder)
    elif kind == "notebook":
        notebook.read_notebook(text, builder)
    elif kind == "code":
        code_reader.read_code(text, builder, name=name)
    else:
        text_reader.read_text(text, builder)


def _prose(blocks: list[Block]) -> str:
    return "\n".join(block.text for block in blocks if block.kind in _PROSE)
