"""Twins with a sentence that speaks to the screener or to a model, each held against its clean twin.

Sentences of `addressed.jsonl` stand where a reader sees them too: the product has to withhold them. The payloads of
`payloads.yaml`, which are worded to pass for something else, stand where a reader of the file sees nothing, and must
not be read at all.
"""

import ctypes
import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from evaluators.benchmarking.relations.bases import Base, Files, Twins, is_takehome
from evaluators.benchmarking.relations.formats import (
    docx_package,
    hidden_markup,
    html_page,
    json_resume,
    own_pdf,
    sent_as,
)

_COMMENTS = {
    ".py": "# ", ".rb": "# ", ".sh": "# ", ".yaml": "# ", ".yml": "# ", ".sql": "-- ", ".ts": "// ", ".tsx": "// ",
    ".js": "// ", ".java": "// ", ".kt": "// ", ".go": "// ", ".rs": "// ", ".cs": "// ", ".c": "// ", ".php": "// ",
}  # fmt: skip


class Payloads(NamedTuple):
    """Sentences by where they may stand."""

    shown: tuple[tuple[str, str], ...]
    """Id and text of those that a product has to recognise."""
    hidden: tuple[tuple[str, str], ...]
    """Of all."""


class _Pair(NamedTuple):
    before: Files
    after: Files


@cache
def load_payloads(folder: Path) -> Payloads | None:
    """The sentences of `datasets/hostile`, or None when they are not there."""
    addressed, payloads = folder / "addressed.jsonl", folder / "payloads.yaml"
    if not addressed.is_file() or not payloads.is_file():
        return None
    rows = [json.loads(line) for line in addressed.read_text(encoding="utf-8").splitlines() if line.strip()]
    shown = tuple((row["id"], " ".join(row["text"].split())) for row in rows)
    listed = yaml.safe_load(payloads.read_text(encoding="utf-8"))
    own = tuple((row["id"], " ".join(row["text"].split())) for row in listed if "text" in row)
    return Payloads(shown, shown + own)


def injection(base: Base, payloads: Payloads, *, channel: str, lenders: Sequence[Base] = ()) -> Iterator[Twins]:
    """One payload, by chance, in one place.

    Args:
        base: What the payload is put into.
        payloads: Sentences to choose from.
        channel: One of `CHANNELS`.
        lenders: Whose code a base without any borrows, before the change and after it; it then counts as assembled.
    """
    is_shown, put = _CHANNELS[channel]
    dice = base.dice(f"injection/{channel}")
    name, text = dice.choice(payloads.shown if is_shown else payloads.hidden)
    if channel == "pdf_white":
        # Written by a font of the reader's, which has these letters alone.
        name, text = dice.choice([one for one in payloads.hidden if one[1].isascii()])
    if channel == "code_comment":
        base = _with_code(base, lenders)
    pair = put(base, text)
    if pair is not None:
        note = f"{name} as {channel}"
        yield Twins("injection", f"injection-{channel}", base, pair.before, pair.after, note, channel=channel)


def _with_code(base: Base, lenders: Sequence[Base]) -> Base:
    """The base, with one file of somebody else's code if it has none."""
    if code_files(base) or not lenders:
        return base
    dice = base.dice("lender")
    lender = dice.choice(lenders)
    name = dice.choice(code_files(lender))
    return base._replace(origin="assembled", files={**base.files, name: lender.files[name]})


def code_files(base: Base) -> list[str]:
    """Files of the take-home that can hold a comment."""
    return [name for name in base.files if is_takehome(name) and Path(name).suffix in _COMMENTS]


def _paragraph(base: Base, text: str) -> _Pair | None:
    blocks = base.resume.rstrip("\n").split("\n\n")
    at = base.dice("place").randrange(1, len(blocks) + 1)
    return _Pair(base.files, base.with_resume("\n\n".join([*blocks[:at], text, *blocks[at:]]) + "\n"))


def _comment(base: Base, text: str) -> _Pair | None:
    return _Pair(base.files, base.with_resume(f"{base.resume.rstrip()}\n\n<!-- {text.replace('--', '')} -->\n"))


def _code_comment(base: Base, text: str) -> _Pair | None:
    files = code_files(base)
    if not files:
        return None
    dice = base.dice("place")
    name = dice.choice(files)
    lines = base.files[name].decode("utf-8", errors="surrogateescape").split("\n")
    at = dice.choice([n for n in range(len(lines)) if _is_between_statements(lines, n)] or [0])
    indent = re.match(r"[ \t]*", lines[at])
    added = [*lines[:at], (indent[0] if indent else "") + _COMMENTS[Path(name).suffix] + text, *lines[at:]]
    return _Pair(base.files, {**base.files, name: "\n".join(added).encode("utf-8", errors="surrogateescape")})


def _is_between_statements(lines: Sequence[str], number: int) -> bool:
    """Whether a comment above a line would be one: no string and no comment of several lines is open there."""
    before = "\n".join(lines[:number])
    is_open = any(before.count(quotes) % 2 for quotes in ('"""', "'''", "`")) or before.count("/*") > before.count("*/")
    return bool(lines[number].strip()) and not is_open


def _docx_white(base: Base, text: str) -> _Pair | None:
    clean, marked = docx_package(base.resume), docx_package(base.resume, white=text)
    return _Pair(sent_as(base.files, "resume.docx", clean), sent_as(base.files, "resume.docx", marked))


def _html_hidden(base: Base, text: str) -> _Pair | None:
    clean, marked = html_page(base.resume), html_page(base.resume, behind=hidden_markup(text))
    return _Pair(sent_as(base.files, "resume.html", clean), sent_as(base.files, "resume.html", marked))


def _pdf_white(base: Base, text: str) -> _Pair | None:
    path = base.rendered / "resume.reportlab.pdf" if base.rendered else None
    if path is not None and path.is_file():
        clean = path.read_bytes()
    elif (own := own_pdf(base.resume)) is not None:
        clean = own.content
    else:
        return None
    return _Pair(
        sent_as(base.files, "resume.pdf", clean), sent_as(base.files, "resume.pdf", with_white_text(clean, text))
    )


def with_white_text(pdf: bytes, text: str) -> bytes:
    """The PDF with small white lines at the foot of its first page."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    from evaluators.benchmarking.relations.own_pdf import saved

    document = pypdfium2.PdfDocument(pdf)
    page = document[0]
    for number, line in enumerate(re.findall(r".{1,110}(?:\s|$)", text)):
        written = pdfium.FPDFPageObj_NewTextObj(document.raw, b"Helvetica", 7)
        letters = (line.strip() + "\0").encode("utf-16-le")
        pdfium.FPDFText_SetText(written, ctypes.cast(ctypes.c_char_p(letters), pdfium.FPDF_WIDESTRING))
        pdfium.FPDFPageObj_SetFillColor(written, 255, 255, 255, 255)
        pdfium.FPDFPageObj_Transform(written, 1, 0, 0, 1, 50, 40 - 8 * number)
        pdfium.FPDFPage_InsertObject(page.raw, written)
    pdfium.FPDFPage_GenerateContent(page.raw)
    content = saved(document)
    document.close()
    return content


def _json_summary(base: Base, text: str) -> _Pair | None:
    return _as_json(base, summary=text, note=None)


def _json_meta(base: Base, text: str) -> _Pair | None:
    return _as_json(base, summary="", note=text)


def _as_json(base: Base, *, summary: str, note: str | None) -> _Pair | None:
    name = base.known.name if base.known else "Robin Averill"
    clean = json_resume(base.resume, name=name)
    marked = json_resume(base.resume, name=name, summary=summary, note=note)
    if clean is None or marked is None:
        return None
    return _Pair(sent_as(base.files, "resume.json", clean), sent_as(base.files, "resume.json", marked))


_CHANNELS: dict[str, tuple[bool, Callable[[Base, str], _Pair | None]]] = {
    "paragraph": (True, _paragraph),
    "comment": (False, _comment),
    "code_comment": (True, _code_comment),
    "docx_white": (False, _docx_white),
    "html_hidden": (False, _html_hidden),
    "pdf_white": (False, _pdf_white),
    "json_summary": (True, _json_summary),
    "json_meta": (False, _json_meta),
}
"""Whether somebody who opens the file sees it, and how it gets there."""

CHANNELS = tuple(_CHANNELS)
"""Where a payload can stand."""
