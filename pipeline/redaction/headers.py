"""Headers of posts in lines that go on as sentences: the employer and the dates, the rest blanked out in place."""

import re

from pipeline.redaction import lines as ln
from pipeline.redaction.lines import Line
from pipeline.redaction.words import fold, is_ordinary, is_technology, job_words, labelled, tokens_of

_LONGEST_LINE = 190
_FARTHEST = 100
"""Letters before the dates of a header that goes on as a sentence."""
_FARTHEST_TITLED = 180
"""The same if a job title follows the name."""
_LONGEST_NAME = 60
_CUT = re.compile(r",\s|;\s|:\s|\s\(|\s[\u2013\u2014-]\s|\s\||\.(?=\s+[^\W\d_a-z]|\s*$)|$")
_LABEL = re.compile(r"(?:[A-Z]\w{1,12}[.:]\s*)?$")
_SENTENCE = re.compile(r"\.\s+[^\W\d_a-z]")
_BETWEEN = re.compile(r"[\s:.,\u2013\u2014|\u00b7-]*(?:\b(?:at|with|for)\s+)?")


def is_header_line(line: Line) -> bool:
    """Short and mostly capitals: a header, not a sentence."""
    outside = re.sub(r"\([^)]*\)", " ", ln.RANGE.sub(" ", line.text))
    tokens = tokens_of(outside)
    if not 0 <= len(tokens) <= 18 or len(line.text) > _LONGEST_LINE:
        return False
    if line.kind == "bullet" and len(tokens) > 12:
        return False
    known = job_words() | labelled("organisations", "generic")
    low = [t for t in tokens if t[:1].islower() and fold(t) not in known]
    return len(low) <= 3 + (len(tokens) > 8)


def header_of(line: Line) -> Line:
    """The line with what is no header blanked out, so that offsets stay; the line itself when it has none."""
    dates = ln.date_range(line.text)
    if line.kind == "bullet" or dates is None or dates.start() > _FARTHEST_TITLED:
        return line
    if is_header_line(line) and not _SENTENCE.search(line.text, dates.end()):
        return line
    if _LABEL.match(line.text[: dates.start()].lstrip(" *_(")):
        return _behind_dates(line, dates) or line
    return _before_dates(line, dates) or line


def name_of(line: Line) -> Line | None:
    """A short line of a name and a trade, such as "Rowerowo, public bikes in nine cities", with the trade blanked out."""
    if line.kind == "bullet" or len(line.text) > _FARTHEST or line.text.rstrip().endswith((".", ":", "?")):
        return None
    end = _end_of_name(line.text, 0)
    return _kept(line, (0, end)) if end < len(line.text) and _is_name(line.text[:end]) else None


def _behind_dates(line: Line, dates: re.Match[str]) -> Line | None:
    """Dates first: "2021-now: Kolo Metrics, product analytics" or "Since 2015 at Murtal Works (barriers)"."""
    between = _BETWEEN.match(line.text, dates.end())
    start = between.end() if between else dates.end()
    end = _end_of_name(line.text, start)
    if _is_name(line.text[start:end]):
        return _kept(line, dates.span(), (start, end))
    # "Sept 2023 to now. We are four" stands below the name.
    return _kept(line, dates.span()) if line.text[dates.end() : dates.end() + 1] in ".:;" else None


def _before_dates(line: Line, dates: re.Match[str]) -> Line | None:
    """Name first: "Selwyn Web, 2012-2016, sites for vets" or "Rowerowo, public bikes in nine cities (2019 to now)"."""
    end = _end_of_name(line.text, 0)
    is_titled = ln.is_title(line.text[end : _end_of_name(line.text, end + 1)].strip(" ,;:.("))
    if dates.start() > (_FARTHEST_TITLED if is_titled else _FARTHEST) or not _is_name(line.text[:end]):
        return None
    head = line._replace(text=line.text[: dates.end()])
    if is_header_line(head):
        return _kept(line, (0, dates.end()))
    return _kept(line, (0, end), dates.span())


def _end_of_name(text: str, start: int) -> int:
    cut = _CUT.search(text, start)
    return cut.start() if cut else len(text)


def _is_name(text: str) -> bool:
    """Whether a piece can be nothing but the name of somebody's employer."""
    bare = text.strip(" *_\"'")
    tokens = [fold(token) for token in tokens_of(bare)]
    plain = all(is_ordinary(token) or is_technology(token) or token in job_words() for token in tokens)
    is_other = plain or ln.is_title(bare) or ln.is_place(bare)
    return len(bare) <= _LONGEST_NAME and ln.is_proper(bare) and not is_other


def _kept(line: Line, *spans: tuple[int, int]) -> Line:
    text = line.text
    letters = [" "] * len(text)
    for start, end in spans:
        letters[start:end] = text[start:end]
    return line._replace(text="".join(letters).rstrip())
