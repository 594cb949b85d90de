"""JSON Resume (jsonresume.org) to blocks, in the order a person would write them."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from pipeline.documents.blocks import BlockBuilder
from pipeline.errors import SubmissionError
from pipeline.models.documents import Place

Json: TypeAlias = "Mapping[str, Json] | list[Json] | str | int | float | bool | None"

_SECTIONS = (
    "work", "volunteer", "projects", "education", "awards", "certificates", "publications", "skills", "languages",
    "interests", "references",
)  # fmt: skip
_HEAD_FIELDS = (
    "name", "position", "title", "institution", "organization", "entity", "studyType", "area", "publisher", "awarder",
    "issuer", "level", "fluency", "language", "location",
)  # fmt: skip
_DATE_FIELDS = ("startDate", "endDate", "date", "releaseDate")
_TEXT_FIELDS = ("summary", "description", "reference", "score")
_LIST_FIELDS = ("highlights", "courses")
_INVENTORY_FIELDS = ("keywords", "roles")


class _Lines:
    """Finds the lines of texts, searching forward as they are met."""

    def __init__(self, source: str) -> None:
        self._source = source

    def place(self, text: str) -> Place:
        quoted = json.dumps(text, ensure_ascii=False)[1:-1][:60]
        position = self._source.find(quoted)
        return Place(line=self._source.count("\n", 0, position) + 1 if position >= 0 else None)


class _Writer(NamedTuple):
    builder: BlockBuilder
    lines: _Lines

    def heading(self, text: str, level: int) -> None:
        self.builder.add("heading", text, place=self.lines.place(text), level=level)

    def paragraph(self, text: str, *, found_by: str | None = None) -> None:
        for part in re.split(r"\n\s*\n", text):
            self.builder.add("paragraph", part, place=self.lines.place(found_by or part))

    def bullet(self, text: str) -> None:
        self.builder.add("bullet", text, place=self.lines.place(text), level=1)


def read_json_resume(text: str, builder: BlockBuilder) -> None:
    """Add the blocks of a JSON resume.

    Raises:
        SubmissionError: `invalid_structure`: it is no JSON, or not of this shape.
    """
    try:
        resume: Json = json.loads(text)
    except ValueError as error:
        raise SubmissionError(
            "invalid_structure", f"The file is not valid JSON ({error}). Ask for it again, or for a PDF."
        ) from error
    if not isinstance(resume, dict) or not any(key in resume for key in ("basics", *_SECTIONS)):
        raise SubmissionError(
            "invalid_structure",
            "The JSON file is no resume in the jsonresume.org form (it has no 'basics' or 'work'). Ask for a PDF.",
        )
    writer = _Writer(builder, _Lines(text))
    _write_basics(resume.get("basics"), writer)
    known = {"basics", "meta", "$schema", *_SECTIONS}
    sections = [name for name in _SECTIONS if name in resume]
    for name in [*sections, *(name for name in resume if name not in known)]:
        entries = resume[name]
        if entries:
            builder.add("heading", name.replace("_", " ").capitalize(), place=writer.lines.place(name), level=2)
            for entry in entries if isinstance(entries, list) else [entries]:
                _write_entry(entry, writer)


def _write_basics(basics: Json, writer: _Writer) -> None:
    if not isinstance(basics, dict):
        return
    if name := _text(basics.get("name")):
        writer.heading(name, 1)
    if label := _text(basics.get("label")):
        writer.paragraph(label)
    contact = [
        text
        for field in ("email", "phone", "url", "website", "location", "profiles")
        for text in _scalars(basics.get(field))
    ]
    if contact:
        writer.paragraph(" · ".join(contact), found_by=contact[0])
    if summary := _text(basics.get("summary")):
        writer.paragraph(summary)


def _write_entry(entry: Json, writer: _Writer) -> None:
    if not isinstance(entry, dict):
        if text := _text(entry):
            writer.bullet(text)
        return
    head = [text for field in _HEAD_FIELDS if (text := ", ".join(_scalars(entry.get(field))))]
    dates = " \u2013 ".join(text for field in _DATE_FIELDS if (text := _text(entry.get(field))))
    inventory = [text for field in _INVENTORY_FIELDS for text in _scalars(entry.get(field))]
    texts = [text for field in _TEXT_FIELDS if (text := _text(entry.get(field)))]
    bullets = [text for field in _LIST_FIELDS for text in _scalars(entry.get(field))]
    if not texts and not bullets:
        line = " · ".join([*head, *([dates] if dates else [])])
        together = f"{line}: {', '.join(inventory)}" if inventory else line
        if together:
            writer.builder.add("bullet", together, place=writer.lines.place((head or inventory or [dates])[0]), level=1)
        return
    if head or dates:
        found = writer.lines.place((head or [dates])[0])
        writer.builder.add("heading", " · ".join([*head, *([dates] if dates else [])]), place=found, level=3)
    for text in texts:
        writer.paragraph(text)
    for text in bullets:
        writer.bullet(text)
    if inventory:
        writer.paragraph(", ".join(inventory), found_by=inventory[0])


def _text(value: Json) -> str:
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _scalars(value: Json) -> Iterator[str]:
    """Yield the texts in a value of any shape, in order."""
    if isinstance(value, dict):
        for part in value.values():
            yield from _scalars(part)
    elif isinstance(value, list):
        for part in value:
            yield from _scalars(part)
    elif text := _text(value):
        yield text
