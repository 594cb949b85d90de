"""Lines of a document with the section they stand in, and what a piece of a header line is."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from pipeline.models.documents import Block, BlockKind
from pipeline.redaction.words import fold, is_ordinary, is_technology, job_words, labelled, places, tokens_of, words

Region = Literal["top", "work", "school", "other", "unknown"]

_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august|september"
    r"|october|november|december|januar|februar|märz|mai|juni|juli|oktober|dezember|janvier|février|mars|avril|juin"
    r"|juillet|août|septembre|octobre|novembre|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre"
    r"|octubre|noviembre|diciembre|spring|summer|autumn|fall|winter)"
)
_POINT = rf"(?:(?:{_MONTH}\.?,?\s+)?(?:\d{{1,2}}[./])?(?:19|20)\d\d(?:[./-]\d{{1,2}})?|{_MONTH}\.?)"
_NOW = r"(?:present|now|today|current|currently|ongoing|date|till date|heute|aujourd.hui|actualidad|presente|obecnie|halen)"
RANGE = re.compile(
    rf"(?:since|from|seit|depuis|desde|od)?\s*\b{_POINT}\s*(?:[-–—→]+|to|until|till|bis|à|a|al|do)\s*"
    rf"(?:{_POINT}|'?\d\d\b|{_NOW})(?:\s+\(?to date\)?)?|\b(?:since|seit|depuis|desde)\s+{_POINT}"
    # "2019 ->" and "2020-" go on until now.
    rf"|\b(?:19|20)\d\d\s*(?:[-–—→]+|->)(?=\s*(?:$|[,;.)(])|\s+(?:[A-Z]|\d{{1,3}},\d{{3}}))",
    re.IGNORECASE,
)
YEAR = re.compile(rf"\b(?:{_MONTH}\.?\s+)?(?:\d{{1,2}}[./])?(?:19|20)\d\d\b", re.IGNORECASE)
_LINES_KEPT = 2_048
_LABEL = re.compile(r"([^:.]{1,29})(?::|\.(?=\s))")
STRONG = re.compile(r"\s*[|·•¦‖]\s*|\s+[–—-]+\s+|—|\s*::\s*|\t+|\s{3,}|\s+@\s+|\s+/\s+|\n")
_COMMA = re.compile(r",\s+(?![A-Z]{2}\b(?!\w))|\s*[()\[\]]\s*,?\s*|;\s+|(?:\s+|(?<=\s))at\s+(?=[^\W\d_a-z])")


@lru_cache(_LINES_KEPT)
def date_range(text: str) -> re.Match[str] | None:
    """The first range of dates in a line. Every rule on employers and schools asks for it, so it is kept."""
    return RANGE.search(text)


@lru_cache(_LINES_KEPT)
def has_year(text: str) -> bool:
    """Whether a line names a year."""
    return YEAR.search(text) is not None


# "School" and "Before" are headings alone; "School meals" and "Before launch" are not.
_SCHOOL_ALONE = frozenset(("school", "schools", "schooling"))
_WORK_ALONE = frozenset(("job", "jobs", "now", "today", "before", "earlier", "previously", "then", "since"))
_MOST_CAPTION_WORDS = 5


class Line(NamedTuple):
    """One line of a block with its offset there."""

    block: int
    start: int
    text: str
    kind: BlockKind
    region: Region
    number: int
    """Of the line in its document, from 0, empty ones not counted."""
    label: int = 0
    """Length of a section's name that stands at the beginning of the line, with its colon."""


class Piece(NamedTuple):
    """What stands between two separators of a line."""

    start: int
    """In the line."""
    text: str
    first: bool
    """Whether it opens a strong segment, rather than following a comma in it."""


def section_of(text: str, kind: BlockKind) -> Region | None:
    """The region a line opens, or None when it is not a section's heading."""
    tokens = [fold(token) for token in tokens_of(text)]
    if not tokens or len(tokens) > 6 or (len(tokens) > 3 and kind not in ("heading", "paragraph")):
        return None
    if kind == "bullet" or kind == "row" or any(character.isdigit() for character in text):
        return None
    if text.rstrip().endswith((".", ",", ";")) and kind != "heading":
        return None
    # "Larkfield Technologies" is an employer, not the section "Technologies".
    beside = (
        labelled("sections", "beside")
        | labelled("sections", "work")
        | labelled("sections", "school")
        | labelled("sections", "other")
    )
    if all(token in _SCHOOL_ALONE for token in tokens):
        return "school"
    if all(token in _WORK_ALONE for token in tokens):
        return "work"
    plain = all(token in beside or is_ordinary(token) for token in tokens)
    for region, label in (("school", "school"), ("work", "work"), ("other", "other")):
        known = labelled("sections", label)
        if any(token in known for token in tokens) and (plain or all(token in known for token in tokens)):
            return region  # type: ignore[return-value]  # the literals of the tuple above
    return None


def lines_of(blocks: Sequence[Block]) -> list[Line]:
    """All lines that are not empty, with their region."""
    region: Region = "top"
    found: list[Line] = []
    for index, block in enumerate(blocks):
        position = 0
        for text in block.text.split("\n"):
            if text.strip() and block.kind != "code":
                opened = section_of(text, block.kind)
                label = _school_label(text) if opened is None else 0
                if label:
                    found.append(Line(index, position, text, block.kind, "school", len(found), label))
                    position += len(text) + 1
                    continue
                if opened is not None and (len(found) > 0 or opened != "other"):
                    region = opened
                heads = block.kind == "heading" and opened is None
                if heads and region != "work" and (len(found) > 2 or region != "top"):
                    region = "unknown"
                if region == "school" and opened is None and _is_caption(text):
                    region = "unknown"
                found.append(Line(index, position, text, block.kind, region, len(found)))
            position += len(text) + 1
    return found


def _school_label(text: str) -> int:
    """Length of a label such as "Education:" or "Studies." at the beginning of a line; 0 without one."""
    label = _LABEL.match(text)
    return label.end() if label and section_of(label[1], "paragraph") == "school" else 0


def _is_caption(text: str) -> bool:
    """Whether a line in capitals heads what follows: it ends a section whatever it is called."""
    tokens = tokens_of(text)
    return (
        text.isupper()
        and len(tokens) <= _MOST_CAPTION_WORDS
        and not any(character.isdigit() for character in text)
        and "," not in text
        and any(is_ordinary(token) for token in tokens)
        and not school_word(text.title())
    )


def pieces_of(text: str, start: int = 0) -> Iterator[Piece]:
    """Cut a line at its separators; dates are blanked out first, so that a dash in a range does not cut."""
    blanked = RANGE.sub(lambda match: "\n" + " " * (len(match[0]) - 2) + "\n" if len(match[0]) > 1 else " ", text)
    blanked = YEAR.sub(lambda match: " " * len(match[0]), blanked)
    position = start
    for cut in (*STRONG.finditer(blanked, start), None):
        end = cut.start() if cut else len(blanked)
        first = True
        at = position
        for comma in (*_COMMA.finditer(blanked, position, end), None):
            stop = comma.start() if comma else end
            raw = blanked[at:stop]
            text_piece = raw.strip(" ,;:.*_\"'“”()-–—" if not raw.rstrip().endswith(".") else " ,;:*_\"'“”()-–—")
            if text_piece:
                yield Piece(at + raw.index(text_piece), text_piece, first)
                first = False
            at = comma.end() if comma else end
        position = cut.end() if cut else end


def is_title(text: str) -> bool:
    """Whether a piece reads as a job title."""
    tokens = [fold(token) for token in tokens_of(text.replace("/", " "))]
    if not tokens or len(tokens) > 9:
        return False
    heads = labelled("titles", "heads")
    hits = [token for token in tokens if token in heads or token.rstrip("s") in heads]
    if not hits:
        return False
    strange = [t for t in tokens if t not in job_words() and not is_technology(t) and not t.isdigit()]
    return len(strange) <= max(1, len(tokens) // 3) and tokens[-1] not in labelled("organisations", "strong_suffixes")


def is_capital(token: str) -> bool:
    """Whether a word begins with a capital, or with a letter of a script that has none."""
    letter = next((c for c in token if c.isalpha()), "")
    return bool(letter) and (letter.isupper() or letter.lower() == letter.upper())


_CONNECTORS = frozenset(
    [
        "of",
        "the",
        "de",
        "del",
        "da",
        "do",
        "dos",
        "das",
        "di",
        "du",
        "des",
        "la",
        "le",
        "les",
        "los",
        "y",
        "e",
        "et",
        "und",
        "and",
        "&",
        "+",
        "for",
        "der",
        "die",
        "das",
        "van",
        "von",
        "den",
        "den",
        "het",
        "te",
        "in",
        "op",
        "zur",
        "zum",
        "a",
        "al",
        "og",
        "och",
        "i",
        "w",
        "na",
        "für",
        "pour",
        "el",
        "al",
        "-",
        "ve",
        "degli",
        "della",
    ]
)


def is_proper(text: str) -> bool:
    """Whether a piece reads as a proper name: one to eight words, all but connectors in capitals."""
    raw = text.split()
    if not 1 <= len(raw) <= 8 or not is_capital(raw[0]):
        return False
    forms = labelled("organisations", "suffixes")
    return all(
        is_capital(token)
        or fold(token) in _CONNECTORS
        or token.isdigit()
        # "e.V.", "eG", "mbH"
        or (("." in token or not token.islower()) and fold(token).strip(",") in forms)
        for token in raw
    ) and bool(re.search(r"[^\W\d_]{2}", text))


def is_place(text: str) -> bool:
    """Whether a whole piece is a known place, with or without a state's letters behind it."""
    folded = fold(text).strip(" .")
    if folded in places():
        return True
    head, _, state = text.strip().rpartition(" ")
    return bool(head) and len(state) == 2 and state.isupper() and fold(head).rstrip(",") in places()


def is_generic(text: str) -> bool:
    """Whether a piece says nothing about who: "Remote", "Freelance", "Full-time contract"."""
    tokens = [fold(token) for token in tokens_of(text)]
    generic = labelled("organisations", "generic")
    return all(token in generic or token in job_words() or token.isdigit() for token in tokens)


def is_only_technology(text: str) -> bool:
    """Whether a piece is a technology, or a list of nothing else."""
    if is_technology(text.strip(" .")):
        return True
    beside = ("and", "&", "+", "with", "or")
    tokens = [token for token in tokens_of(text.replace("/", " ")) if not token.isdigit() and token not in beside]
    return bool(tokens) and all(is_technology(token) for token in tokens)


def has_suffix(text: str, *, strong: bool = False) -> bool:
    """Whether the last words of a piece are a company's legal form or the like."""
    tokens = fold(text).replace(",", " ").split()
    known = labelled("organisations", "strong_suffixes" if strong else "suffixes")
    return len(tokens) > 1 and (tokens[-1] in known or tokens[-1].rstrip(".") in known)


def school_word(text: str) -> bool:
    """Whether a piece names a school by its kind."""
    known = labelled("organisations", "schools")
    if any(fold(token) in known for token in re.split(r"[\s\-–/]+", text) if token[:1].isupper()):
        return True
    return any(token in _acronyms() for token in tokens_of(text))


def _acronyms() -> frozenset[str]:
    return frozenset(word.upper() for word in labelled("organisations", "school_acronyms"))


def is_study(text: str) -> bool:
    """Whether a piece is a degree, a field of study or a grade."""
    tokens = [fold(token) for token in re.split(r"[\s/]+", text) if token.strip(".,")]
    known = labelled("organisations", "degrees") | labelled("organisations", "fields") | words("ordinary")
    return all(token in known or token.strip(".,:'’") in known or token[0].isdigit() for token in tokens)
