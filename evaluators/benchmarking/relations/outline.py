"""The sections and jobs of a resume, told from how its author set it.

Written apart from the pipeline's own reading of outlines: twins that were cut by the very rules they test would hide
its mistakes. What cannot be told with some certainty is left out, and the resume serves for fewer relations.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

SectionKind = Literal["summary", "work", "education", "tools", "other"]
Style = Literal["markdown", "underlined", "bold", "italic", "capitals", "plain"]

_HEADING = re.compile(r"(#{1,6})\s+(?=\S)")
_UNDERLINE = re.compile(r"-{3,}|={3,}")
_BOLD = re.compile(r"\*\*([^*]{2,60})\*\*:?")
_ITALIC = re.compile(r"\*([^*]{2,60})\*:?")
_BULLET = re.compile(r"\s*(?:[-*+>•·▪→»–—]|\d{1,2}[.)])\s+\S")
_NO_TITLE = re.compile(r"[\d@|·•/:.;]|--")
_KINDS: tuple[tuple[SectionKind, re.Pattern[str]], ...] = (
    (
        "tools",
        re.compile(r"\b(?:skills?|tools?|toolbox|technolog\w+|stack|competenc\w+|use most days|i use)\b|^with$"),
    ),
    (
        "education",
        re.compile(r"\b(?:educat\w+|stud(?:y|ies)|school\w*|degrees?|formation|formación|learning)\b"),
    ),
    (
        "summary",
        re.compile(
            r"\b(?:summary|profile|about(?: me)?$|in short|objective|short version|who i am|"
            r"how i (?:think|work|decide)|what i bring|value proposition|method)\b"
        ),
    ),
    (
        "work",
        re.compile(
            r"\b(?:experience|employment|work|career|assignments?|engagements?|applied|history|jobs?|before|been doing|"
            r"what i did|have built|position)\b"
        ),
    ),
)
_PLAIN_TITLES = re.compile(
    r"(?:about(?: me)?|availability|awards|certificat\w+|education|employment|in short|interests|languages|learning|"
    r"other|outside|personal|profile|projects|publications|references|school|speaking|studies|technologies|tools|"
    r"toolbox|training|volunteering|work|(?:work |professional |selected )?experience|(?:technical )?skills|"
    r"(?:selected )?talks|(?:executive |professional )?summary|what i (?:know|do)\b.*)",
    re.IGNORECASE,
)
_MOST_TITLE_WORDS = 9
_TELLS = re.compile(r"\b(?:I|we|my|our)\b")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,?\s+"
_YEAR = r"(?:19|20)\d\d"
_NOW = r"(?:present|now|today|date|until now|ongoing|till date|prezent)"
SPAN = re.compile(
    rf"(?:{_MONTH})?(?:\d{{1,2}}[/.])?{_YEAR}\s*(?:-|–|—|→|to|until|till)\s*"
    rf"(?:{_NOW}|(?:to\s+)?(?:{_MONTH})?(?:\d{{1,2}}[/.])?{_YEAR}|(?=[\s,)]|$))|(?:^|[,(|·:—-]\s*)(?:since|from)\s+(?:{_MONTH})?{_YEAR}",
    re.IGNORECASE,
)
"""Two dates, or one since when, as a line above a job gives them."""
_LONGEST_HEADER = 220


class Section(NamedTuple):
    """A heading with what stands below it, up to the next one of its level."""

    kind: SectionKind
    title: str
    head: tuple[str, ...]
    """The lines of the heading itself."""
    body: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """All of it."""
        return self.head + self.body


class Outline(NamedTuple):
    """A resume in parts that can change places."""

    style: Style
    top: tuple[str, ...]
    """Name, addresses and whatever stands above the first section."""
    sections: tuple[Section, ...]

    def text(self) -> str:
        """The resume again; where a part had no empty line behind it, it gets one."""
        text = ""
        for part in (self.top, *(section.lines for section in self.sections)):
            if text and not text.endswith("\n\n"):
                text += "\n"
            text += "".join(f"{line}\n" for line in part)
        return text.rstrip("\n") + "\n"


def outline(text: str) -> Outline | None:
    """The sections of a resume, or None when its author set fewer than three apart."""
    lines = text.splitlines()
    for style, starts in _candidates(lines):
        if len(starts) >= 3:
            return _cut(lines, style, starts)
    return None


def is_bullet(line: str) -> bool:
    """True for a line of a list, whatever its mark."""
    return _BULLET.match(line) is not None


def bare(line: str) -> str:
    """A line without the marks of Markdown around it."""
    return _HEADING.sub("", line).strip().strip("*_ ").rstrip(":").strip()


def _candidates(lines: Sequence[str]) -> Iterator[tuple[Style, list[int]]]:
    """Lines that may open sections, by style; the surest style first."""
    headings = [(n, len(m[1])) for n, line in enumerate(lines) if n > 2 and (m := _HEADING.match(line))]
    if headings:
        level = min(level for _, level in headings)
        yield "markdown", [n for n, own in headings if own == level]
    yield (
        "underlined",
        [n for n, line in enumerate(lines[1:]) if n > 1 and _UNDERLINE.fullmatch(line) and lines[n].strip()],
    )
    alone = [n for n, line in enumerate(lines) if n > 1 and line.strip() and not lines[n - 1].strip()]
    # An employer's name stands alone on a line too, with the years below it.
    alone = [n for n in alone if not SPAN.search(_next(lines, n)) or _kind_of(bare(lines[n])) != "other"]
    yield "bold", [n for n in alone if (m := _BOLD.fullmatch(lines[n].strip())) and _is_title(m[1])]
    yield "capitals", [n for n in alone if lines[n].isupper() and _is_title(lines[n])]
    yield "italic", [n for n in alone if (m := _ITALIC.fullmatch(lines[n].strip())) and _is_title(m[1])]
    yield "plain", [n for n in alone if _PLAIN_TITLES.fullmatch(lines[n].strip().rstrip(":"))]


def _next(lines: Sequence[str], number: int) -> str:
    return lines[number + 1] if number + 1 < len(lines) else ""


def _is_title(text: str) -> bool:
    return len(text.split()) <= _MOST_TITLE_WORDS and _NO_TITLE.search(text.rstrip(":")) is None


def _cut(lines: Sequence[str], style: Style, starts: Sequence[int]) -> Outline:
    height = 2 if style == "underlined" else 1
    sections = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        title = bare(lines[start])
        body = tuple(lines[start + height : end])
        sections.append(Section(_kind(title, body), title, tuple(lines[start : start + height]), body))
    return Outline(style, tuple(lines[: starts[0]]), tuple(sections))


def _trimmed(lines: Sequence[str]) -> tuple[str, ...]:
    """Lines without the empty ones and the rules at their end."""
    kept = list(lines)
    while kept and (not kept[-1].strip() or re.fullmatch(r"[-_*]{3,}", kept[-1].strip())):
        kept.pop()
    return tuple(kept)


def _kind(title: str, body: Sequence[str]) -> SectionKind:
    if SPAN.search(title):
        return "work"
    kind = _kind_of(title)
    if kind == "other" and any(True for _ in job_starts(body)):
        return "work"
    return kind


def lists_tools(section: Section) -> bool:
    """True for a section that names tools and in which nobody tells anything."""
    return section.kind == "tools" and _TELLS.search(" ".join(section.body)) is None


def _kind_of(title: str) -> SectionKind:
    folded = title.casefold()
    return next((kind for kind, words in _KINDS if words.search(folded)), "other")


def heading_lines(style: Style, title: str) -> tuple[str, ...]:
    """A heading in the resume's own style."""
    if style == "markdown":
        return (f"## {title}",)
    if style == "underlined":
        return (title, "-" * len(title))
    return {
        "bold": (f"**{title}**", ""),
        "italic": (f"*{title}*", ""),
        "capitals": (title.upper(),),
        "plain": (title,),
    }[style]


def job_starts(lines: Sequence[str]) -> Iterator[int]:
    """Lines that open a job: the first of a block that gives its years in one of its first two lines."""
    for n, line in enumerate(lines):
        before = lines[n - 1] if n else ""
        under_heading = _HEADING.match(before) is not None and not _HEADING.match(line)
        if not line.strip() or is_bullet(line) or under_heading or (before.strip() and not _HEADING.match(line)):
            continue
        second = _next(lines, n)
        if _is_dated(line) or (_is_dated(second) and not is_bullet(second)):
            yield n


def _is_dated(line: str) -> bool:
    return SPAN.search(line[:_LONGEST_HEADER]) is not None


class Job(NamedTuple):
    """One employment as its author set it."""

    header: tuple[str, ...]
    """One or two lines, the years in one of them."""
    body: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """All of it."""
        return self.header + self.body


def jobs(text: str) -> tuple[Job, ...]:
    """The jobs of a resume in the author's order; what stands under no line with years belongs to none."""
    found = outline(text)
    if found is None:
        return tuple(_jobs_of(text.splitlines()[1:]))
    listed = list(_jobs_of(found.top[1:]))
    for section in found.sections:
        if section.kind != "work":
            continue
        if SPAN.search(section.title):
            listed.append(Job((section.head[0],), _trimmed(section.body)))
        elif section.body and _is_dated(section.body[0]) and _kind_of(section.title) != "work":
            listed.append(Job((section.head[0], section.body[0]), _trimmed(section.body[1:])))
        else:
            listed += _jobs_of(section.body)
    return tuple(listed)


def _jobs_of(lines: Sequence[str]) -> Iterator[Job]:
    starts = list(job_starts(lines))
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=False):
        own = _trimmed(lines[start:end])
        height = 1 if _is_dated(own[0]) else 2
        yield Job(own[:height], own[height:])
