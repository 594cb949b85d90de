"""Schools: by their kind, and beside a degree or a field of study wherever a line tells of one."""

import re
from collections.abc import Iterator

from pipeline.redaction import lines as ln
from pipeline.redaction.cues import CAPITAL as _CAPITAL
from pipeline.redaction.cues import JOINER as _JOINER
from pipeline.redaction.lines import Line, Piece
from pipeline.redaction.words import MARK, fold, is_ordinary, is_technology, labelled, tokens_of
from pipeline.sentences import sentence_spans

_SCHOOL = re.compile(
    rf"(?:(?:{_CAPITAL})[ \t]+(?:{_JOINER}[ \t]+)?){{0,5}}"
    r"(?:[\w-]*-)?(?P<key>Universit[\wäáàéë]*|Universi[dt]a[dt]\w*|Uniwersytet\w*|Univerzit\w+|Üniversitesi|Yliopisto|Egyetem|[\w]*[Cc]ollege|Institute?|Institut\w+|Instituto|Istituto"
    r"|Polytechni\w+|Politechnika|Polit[eé]cnic[ao]|Hochschule|Fachhochschule|Högskola|Hogeschool|École|Ecole|Escuela|Escola|Academy|Akademi[ae]|Bootcamp|Gymnasium|Lyc[ée]e"
    r"|(?:High|Business|Law|Medical|Grammar|Graduate|Engineering|Primary|Secondary)[ ]School|School(?=[ ]of\b))(?:-[\w-]+)*"
    rf"(?:[ \t]+(?:of|für|de|del|da|do|di|des|du|d['’]|dos|at|in)[ \t]+(?:the[ \t]+|la[ \t]+|los[ \t]+|las[ \t]+)?{_CAPITAL}(?:[ \t]+(?:and|&|y|e|et|de|und)[ \t]+{_CAPITAL}|[ \t]+{_CAPITAL}){{0,4}}"
    rf"|[ \t]+{_CAPITAL}(?:[ \t]+(?:(?:of|de|del|da|do|di|du|dos)[ \t]+)?{_CAPITAL}){{0,4}})?"
    rf"(?:,[ \t]+(?P<campus>{_CAPITAL}))?"
)
_SMALL_SCHOOL = re.compile(
    rf"\b(?:technical|vocational|grammar|secondary|primary|high|evening|night|trade)[ ](?:school|college|academy)[ \t]+(?:(?:in|of|at)[ \t]+)?{_CAPITAL}(?:[ \t]+{_CAPITAL}){{0,2}}"
)
_SHORT = frozenset(("BE", "BA", "BS", "MA", "ME", "MS"))
"""Degrees that are plain words in small letters."""
_NO_DEGREE = frozenset(("first", "class", "major", "minor", "grade", "exchange", "be", "ma", "ms"))
_DOUBTFUL = _NO_DEGREE | frozenset(
    (
        "ba",
        "associate",
        "candidate",
        "kandidat",
        "thesis",
        "semester",
        "master",
        "doctor",
        "certificate",
        "dissertation",
    )
)
# Else a comma before two capitals is a town's before its state.
_STATE_LIKE = re.compile(rf",(?= (?:{'|'.join(sorted(_SHORT))})\b)")
_KINDS = ("niv", "olle", "nstit", "olyte", "olite", "chule", "cole", "chool", "cadem", "ootcamp", "gskola", "gyetem")
_LONGEST = 110
"""Letters of a sentence that tells of a degree and a year and of nothing else."""


def schools_of(line: Line) -> Iterator[tuple[int, int]]:
    """Offsets in a line of the schools that it names."""
    if line.region == "school":
        yield from _education_line(line)
        return
    found = []
    if any(kind in line.text for kind in _KINDS):
        found = [*_school_spans(line.text, line_is_education=False)]
        if not found and ln.has_year(line.text):
            found = [match.span() for match in _SMALL_SCHOOL.finditer(line.text)]
        yield from found
    if not found:
        yield from _beside_degree(line)


def _beside_degree(line: Line) -> Iterator[tuple[int, int]]:
    """What stands beside a degree or a field of study and a year, whatever the section."""
    if not ln.has_year(line.text):
        return
    for start, end in sentence_spans(line.text):
        sentence = line.text[start:end]
        if end - start > _LONGEST or not ln.has_year(sentence) or ln.date_range(sentence):
            continue
        for low, high in _parts(sentence):
            pieces = list(ln.pieces_of(_STATE_LIKE.sub("|", sentence[low:high])))
            studied = [piece for piece in pieces if _is_subject(piece.text)]
            others = [piece for piece in pieces if piece not in studied and _may_be_school(piece)]
            if studied and others and len(pieces) <= 4:
                yield start + low + others[0].start, start + low + others[0].start + len(others[0].text)


def _parts(sentence: str) -> Iterator[tuple[int, int]]:
    at = 0
    for semicolon in (*re.finditer(";", sentence), None):
        stop = semicolon.start() if semicolon else len(sentence)
        yield at, stop
        at = stop + 1


def _is_subject(text: str) -> bool:
    """Whether a piece is a degree, or words of study of which no plain sentence is made."""
    tokens = [fold(token).strip(".,:'\u2019") for token in re.split(r"[\s/]+", text) if token.strip(".,")]
    if not tokens or len(tokens) > 6:
        return False
    degrees = {degree.strip(".") for degree in labelled("organisations", "degrees")} - _DOUBTFUL
    known = degrees | labelled("organisations", "fields")
    dotted = re.sub(r"[. ]", "", fold(text))
    is_degree = dotted in {degree.replace(".", "") for degree in degrees} or text.strip() in _SHORT
    if is_degree or tokens[0] in degrees:
        return is_degree or all(token in known or is_ordinary(token) for token in tokens)
    return all(token in known for token in tokens) and len(tokens) > 1 and not all(map(is_technology, tokens))


def _may_be_school(piece: Piece) -> bool:
    text = piece.text
    plain = all(is_ordinary(token) for token in tokens_of(text))
    return not (
        plain
        or len(text) < 3
        or not ln.is_proper(text)
        or MARK.search(text)
        or ln.is_study(text)
        or ln.is_only_technology(text)
        or ln.is_place(text)
        or ln.is_title(text)
        or ln.is_generic(text)
    )


def _school_spans(text: str, *, line_is_education: bool) -> Iterator[tuple[int, int]]:
    for match in _SCHOOL.finditer(text):
        start, end = match.span()
        key = match.start("key")
        # Words before the key that are a degree, a field or a technology do not belong to the name.
        before = [(m.start(), m.end(), m[0]) for m in re.finditer(r"\S+", text[start:key])]
        degrees = labelled("organisations", "degrees")
        cut = start
        for _s, e, token in before:
            bare = fold(token).strip(".,:")
            if bare in degrees or bare + "." in degrees or token.endswith((",", ":")) or fold(token) in degrees:
                cut = start + e
        start = cut + (len(text[cut:key]) - len(text[cut:key].lstrip()))
        if match["campus"] is not None and (
            not line_is_education
            or not match["campus"][0].isupper()
            or is_ordinary(match["campus"])
            or is_technology(match["campus"])
        ):
            end = match.start("campus") - 1
            end = len(text[:end].rstrip(" ,"))
        tokens = text[start:end].split()
        if (len(tokens) < 2 and "-" not in text[start:end]) or MARK.search(text[start:end]):
            continue
        if any(is_technology(token) for token in tokens[:1]) and not line_is_education:
            continue
        if is_technology(tokens[0]) and len(tokens) < 3:
            continue
        yield start, len(text[:end].rstrip(" ,.;:")) if not text[:end].endswith("A.C.") else end


def _education_line(line: Line) -> Iterator[tuple[int, int]]:
    """Schools of a line under "Education": by their kind, else what is neither degree, field, place nor date."""
    text = line.text
    if text.isupper() and len(text.title()) == len(text):
        text = text.title()
    found = [*_school_spans(text, line_is_education=True)] or [match.span() for match in _SMALL_SCHOOL.finditer(text)]
    yield from found
    if found or "[SCHOOL]" in line.text or (not ln.has_year(line.text) and not _has_degree(line.text)):
        return
    for start, end in sentence_spans(line.text[line.label :]):
        start, end = start + line.label, end + line.label
        sentence = line.text[start:end]
        if not ln.has_year(sentence) and not _has_degree(sentence):
            continue
        for piece in ln.pieces_of(line.text[:end], start):
            if _may_be_school(piece) and not any(is_technology(token) for token in tokens_of(piece.text)):
                yield piece.start, piece.start + len(piece.text)
                return


def _has_degree(text: str) -> bool:
    degrees = labelled("organisations", "degrees") - _NO_DEGREE
    return any(fold(token) in degrees or fold(token).strip(".") in degrees for token in tokens_of(text))
