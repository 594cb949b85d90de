"""Employers, schools and places: found in the headers of a resume, then wherever they are mentioned."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from pipeline.models.documents import Mark
from pipeline.redaction import lines as ln
from pipeline.redaction.contacts import EMAIL
from pipeline.redaction.cues import CAPITAL as _CAPITAL
from pipeline.redaction.cues import JOINER as _JOINER
from pipeline.redaction.cues import told_employers
from pipeline.redaction.headers import header_of, is_header_line, name_of
from pipeline.redaction.lines import Line, Piece
from pipeline.redaction.mentions import Mentions, mentions_of
from pipeline.redaction.schools import school_above, schools_of
from pipeline.redaction.spans import Found
from pipeline.redaction.words import (
    MARK,
    fold,
    is_ordinary,
    is_technology,
    job_words,
    places,
    tokens_of,
    words,
)  # fmt: skip

EMPLOYER_RANK = 50
SCHOOL_RANK = 52
PLACE_RANK = 40

_SUFFIXED = re.compile(
    rf"\b(?:{_CAPITAL}[ \t]+(?:{_JOINER}[ \t]+)?){{1,5}}(?:Ltd\.?(?:[ ]Şti\.?)?|Limited|LLC|LLP|Inc\.?|Corp\.?|PLC|Plc|plc|GmbH(?:[ ]&[ ]Co\.?[ ]KG(?:aA)?)?"
    r"|AG(?=[,.;:)]|[ ][^\W\d_A-Z]|$)|KG|OHG|KGaA|mbH|e\.V\.|B\.V\.|N\.V\.|BV|NV|V\.O\.F\.|S\.A\.S?\.?|S\.A\.R\.L\.|SARL|EURL|S\.L\.U?\.?|S\.Coop\.|S\.r\.l\.|SRL|S\.p\.A\.|S\.n\.c\."
    r"|s\.r\.o\.|A\.Ş\.|ApS|A/S|ASA|Oyj?|Kft\.?|Zrt\.?|d\.o\.o\.|[Ss]p\. ?z ?o\. ?o\.|[Ss]p\.[ ][jk]\.|Pty\.? Ltd\.?|Pvt\.? Ltd\.?|OÜ|Ltda\.?)(?![\w])"
)
_BASED = re.compile(
    r"\b(?:[Bb]ased|[Ll]iving|[Ll]ive|[Rr]esid(?:ing|ent)|[Ll]ocated|[Rr]elocat\w+|[Mm]ov(?:ed|ing|e)|[Bb]orn|[Gg]rew up|[Nn]ative|[Cc]itizen|[Nn]ational|[Ff]rom|[Oo]riginally from)"
    rf"\s+(?:in|to|of|from|near)?\s*(?:the\s+)?(?P<place>{_CAPITAL}(?:[ ,]+{_CAPITAL}){{0,4}})"
)
_STATE = re.compile(
    r",?\s(?:A[BKLRZ]|BC|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ABDEINOST]|N[BCDEHJLMSVY]|O[HKNR]|PA|PE|QC|RI|S[CDK]|T[NX]|UT|V[AT]|W[AIVY]|NL|DE|FR|ES|IT|PL|PT|UK|IE|BE|CH|AT|SE|NO|DK|FI|CZ|TR|US|USA|EU|NSW|VIC|QLD)\b"
)
_ADDRESS = re.compile(
    r"(?:address|location|residence|city|adresse|anschrift|wohnort|dirección|domicilio|ubicación|domicile|ville|adres|indirizzo|residenza|città|zamieszkanie"
    r"|miejscowość|woonplaats|ikamet|şehir)\s*:",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_][\w'’.\-]*")


class Organisations(NamedTuple):
    """What the headers of the candidate's own documents gave."""

    headers: dict[tuple[int, int], list[Found]]
    """Spans by (document, block)."""
    mentions: Mentions
    """Finds employers and schools in any document."""
    places: re.Pattern[str] | None
    """Finds the candidate's places in their own documents."""


class _Group(NamedTuple):
    """A dated line of a resume with the lines beside it that belong to the same post."""

    lines: tuple[Line, ...]
    dated: int


def _plain(line: Line) -> str:
    return line.text[line.label :]


def _is_dated(line: Line) -> bool:
    text = line.text
    if ln.date_range(text) is None and not ln.has_year(text):
        return False
    if line.region in ("other", "school") or not is_header_line(line):
        return False
    if line.kind == "bullet":
        return ln.date_range(text) is not None and any(ln.is_title(p.text) for p in ln.pieces_of(text))
    if line.region == "top" and line.number < 2 and (line.number == 0 or EMAIL.search(text)):
        return False
    return ln.date_range(text) is not None or any(ln.is_title(p.text) for p in ln.pieces_of(text))


def _groups(lines: Sequence[Line]) -> Iterator[_Group]:
    for index, line in enumerate(lines):
        if not _is_dated(line):
            continue
        near = [line]
        dated = 0
        for step in (-1, 1):
            at = index + step
            if not 0 <= at < len(lines):
                continue
            other = lines[at]
            if other.kind == "bullet" or other.region in ("other", "school") or ln.section_of(other.text, other.kind):
                continue
            if step == -1 and not is_header_line(other):
                other = name_of(other) or other
            if (
                other.number == 0
                or not is_header_line(other)
                or (_is_dated(other) and step == 1)
                or EMAIL.search(other.text)
            ):
                continue
            if step == 1 and (
                other.kind == "heading" or (other.text.rstrip().endswith(".") and not ln.has_suffix(other.text))
            ):
                continue
            if step == -1:
                near.insert(0, other)
                dated = 1
            else:
                near.append(other)
        yield _Group(tuple(near), dated)


def _employer_score(piece: Piece, line: Line, *, own: bool, titled: bool, step: int) -> int | None:
    text = piece.text
    if MARK.search(text) or not ln.is_proper(text) or ln.is_generic(text) or ln.is_only_technology(text):
        return None
    head, colon, _ = text.partition(":")
    # "Ireland: Stamp 4" is a permit.
    if colon and ln.is_place(head):
        return None
    suffixed = ln.has_suffix(text)
    if (ln.is_title(text) and not ln.has_suffix(text, strong=True)) or ln.section_of(text, "paragraph"):
        return None
    score = 4 * suffixed + 2 * titled + own + 2 * piece.first + (line.kind == "heading")
    score -= 4 * ln.is_place(text)
    tokens = [token for token in tokens_of(text) if fold(token) not in ("of", "the", "and", "&", "for", "de")]
    if all(is_ordinary(token) or is_technology(token) for token in tokens):
        # "Blue Heron Systems" is a name, "Integration" is a department.
        score -= 2 if len(tokens) > 1 else 5
    return score - 2 * (step == 1)


def _tells_no_name(line: Line) -> bool:
    """Whether a line of dates has nothing beside a title, so that the employer stands below."""
    pieces = [piece.text for piece in ln.pieces_of(line.text)]
    return any(map(ln.is_title, pieces)) and all(
        ln.is_title(text) or ln.is_generic(text) or ln.is_place(text) or MARK.fullmatch(text) for text in pieces
    )


def _employer_of(group: _Group) -> tuple[Line, Piece] | None:
    best: tuple[int, Line, Piece] | None = None
    below = _tells_no_name(group.lines[group.dated])
    for number, line in enumerate(group.lines):
        pieces = list(ln.pieces_of(line.text))
        titled = any(ln.is_title(piece.text) for piece in pieces)
        for piece in pieces:
            step = 0 if below else number - group.dated
            score = _employer_score(piece, line, own=number == group.dated, titled=titled, step=step)
            if score is not None and (best is None or score > best[0]):
                best = (score, line, piece)
    # A mark in the place of the first piece is an employer that is already gone.
    if any(line.text.count("[EMPLOYER]") for line in group.lines):
        return None
    return (best[1], best[2]) if best and best[0] >= 1 else None


def _place_pieces(line: Line, employer: Piece | None) -> Iterator[Piece]:
    """Places of a header line: known ones, and what follows an employer's comma and can be nothing else."""
    for piece in ln.pieces_of(line.text):
        if employer is not None and piece.start == employer.start:
            continue
        if ln.is_place(piece.text):
            yield piece
            continue
        tokens = tokens_of(piece.text)
        unknown = (
            employer is not None
            and piece.start > employer.start
            and not piece.first
            and len(tokens) <= 2
            and ln.is_proper(piece.text)
            and not MARK.search(piece.text)
            and not ln.is_generic(piece.text)
            and not ln.is_title(piece.text)
            and not any(is_technology(t) or is_ordinary(t) for t in tokens)
            and len(piece.text) > 3
        )
        if unknown:
            yield piece


def known_places(text: str, *, sure: bool) -> Iterator[tuple[int, int]]:
    """Places of the gazetteer in a text, the longest first; `sure` takes also those that are words or names."""
    tokens = [(m.start(), m.end(), m[0]) for m in _WORD.finditer(text)]
    index = 0
    known, ambiguous = places(), words("ambiguous_places")
    while index < len(tokens):
        start = tokens[index][0]
        if not tokens[index][2][0].isupper():
            index += 1
            continue
        for size in (4, 3, 2, 1):
            if index + size > len(tokens):
                continue
            end = tokens[index + size - 1][1]
            phrase = fold(text[start:end]).rstrip(".")
            if phrase in known and "\n" not in phrase and (sure or phrase not in ambiguous):
                trimmed = end - (text[start:end].endswith(".") and fold(text[start:end]) not in known)
                state = _STATE.match(text, trimmed)
                yield start, state.end() if state else trimmed
                index += size
                break
        else:
            index += 1


def discover(documents: Sequence[tuple[int, Sequence[Line]]]) -> Organisations:
    """Read the headers of the candidate's own documents.

    Args:
        documents: Number and lines of each resume and cover.
    """
    headers: dict[tuple[int, int], list[Found]] = {}
    names: dict[str, Mark] = {}
    found_places: set[str] = set()

    def note(number: int, line: Line, start: int, end: int, mark: Mark, rank: int) -> None:
        headers.setdefault((number, line.block), []).append(Found(line.start + start, line.start + end, mark, rank))
        text = line.text[start:end]
        if mark == "PLACE":
            found_places.add(text)
        else:
            names.setdefault(text, mark)

    for number, lines in documents:
        for group in _groups([header_of(line) for line in lines]):
            chosen = _employer_of(group)
            if chosen is not None:
                line, piece = chosen
                note(number, line, piece.start, piece.start + len(piece.text), "EMPLOYER", EMPLOYER_RANK)
            for line in group.lines:
                employer = chosen[1] if chosen is not None and chosen[0] is line else None
                for piece in _place_pieces(line, employer):
                    note(number, line, piece.start, piece.start + len(piece.text), "PLACE", PLACE_RANK)
                for start, end in known_places(line.text, sure=False):
                    note(number, line, start, end, "PLACE", PLACE_RANK)
        for line, below in pairwise(lines):
            if (alone := school_above(line, below)) is not None:
                note(number, line, *alone, "SCHOOL", SCHOOL_RANK)
        for line in lines:
            for start, end in schools_of(line):
                note(number, line, start, end, "SCHOOL", SCHOOL_RANK)
            if line.region == "school":
                for start, end in known_places(line.text, sure=False):
                    note(number, line, start, end, "PLACE", PLACE_RANK)
            if line.region == "top" and line.number < 8 and (line.kind != "bullet"):
                for start, end in _top_places(line):
                    note(number, line, start, end, "PLACE", PLACE_RANK)
            for match in _BASED.finditer(line.text):
                for start, end in known_places(match["place"], sure=True):
                    if start == 0 or not is_technology(match["place"]):
                        base = match.start("place")
                        note(number, line, base + start, base + end, "PLACE", PLACE_RANK)
            for match in _SUFFIXED.finditer(line.text):
                start = match.start()
                tokens = match[0].split()
                while len(tokens) > 2 and (
                    fold(tokens[0]) in job_words()
                    or (fold(tokens[0]) in words("ordinary") and len(fold(tokens[0])) < 5)
                ):
                    start += len(tokens[0]) + 1
                    tokens = tokens[1:]
                if not is_technology(" ".join(tokens)):
                    note(number, line, start, match.end(), "EMPLOYER", EMPLOYER_RANK)
            for start, end in told_employers(line.text):
                note(number, line, start, end, "EMPLOYER", EMPLOYER_RANK)
    texts = [line.text for _, lines in documents for line in lines]
    return Organisations(headers, mentions_of(names, texts), _place_mentions(found_places))


def _top_places(line: Line) -> Iterator[tuple[int, int]]:
    """Places among contact details: the gazetteer, and a piece of the form "Town, ST"."""
    text = line.text
    if len(text) > 220 or (text.rstrip().endswith(".") and len(text) > 90):
        return
    separated = bool(ln.STRONG.search(text) or EMAIL.search(text) or _ADDRESS.match(text)) or len(tokens_of(text)) <= 6
    yield from known_places(text, sure=separated and line.number > 0)
    if separated and line.number > 0:
        for match in re.finditer(
            rf"(?:^|(?<=[|·•/]\s)|(?<=[–—-]\s)){_CAPITAL}(?: {_CAPITAL})?(?=,? [A-Z]{{2}}\b)", text
        ):
            if not any(is_technology(t) or fold(t) in job_words() for t in match[0].split()):
                state = _STATE.match(text, match.end())
                if state is not None:
                    yield match.start(), state.end()


def _place_mentions(found: set[str]) -> re.Pattern[str] | None:
    ambiguous = words("ambiguous_places")
    wanted: set[str] = set()
    for text in found:
        for part in re.split(r",\s*", _STATE.sub("", text)):
            tokens = part.split()
            plain = len(tokens) == 1 and (is_ordinary(part) or is_technology(part) or fold(part) in job_words())
            if len(part) > 3 and not plain and fold(part) not in ambiguous:
                wanted.add(part)
    if not wanted:
        return None
    spelled = "|".join(re.escape(part) for part in sorted(wanted, key=lambda p: (-len(p), p)))
    return re.compile(rf"(?<![\w@.])(?:{spelled})(?![\w@])")


def mentioned(text: str, found: Organisations, *, own: bool) -> Iterator[Found]:
    """Employers and schools in any text, and the candidate's places in their own documents."""
    yield from found.mentions.find(text)
    if own and found.places is not None:
        for match in found.places.finditer(text):
            yield Found(*match.span(), "PLACE", PLACE_RANK - 5)
