"""Other pronouns, schools, dates and clubs, where a candidate's own documents name them."""

import re
from collections.abc import Iterator, Sequence

from pipeline.fairness.swaps import Edit, Subject, Twin, with_blocks
from pipeline.models.documents import Block, Mark
from pipeline.redaction.lines import RANGE, Line, lines_of
from pipeline.redaction.words import fold, is_ordinary, labelled

_PRONOUN = re.compile(r"\b(she|he|him|hers|her|his|himself|herself)\b(?!-)", re.IGNORECASE)
_CHOICE = re.compile(r"\b(?:she|he|they)\s?/\s?(?:her|him|them)(?:\s?/\s?(?:hers|his|theirs))?\b", re.IGNORECASE)
_OBJECT_BEFORE = re.compile(
    r"(?:[.,;:!?)]|$|\s+(?:to|for|and|with|on|in|at|as|by|from|because|when|who|that|was|is)\b)"
)
_NOUNS = {
    "woman": "man", "women": "men", "mother": "father", "mum": "dad", "mom": "dad", "wife": "husband",
    "girlfriend": "boyfriend", "chairwoman": "chairman", "spokeswoman": "spokesman", "saleswoman": "salesman",
    "businesswoman": "businessman", "maternity": "paternity", "sorority": "fraternity", "ms": "mr", "mrs": "mr",
    "miss": "mr",
}  # fmt: skip
_NOUN_OF_MAN = {man: woman for woman, man in reversed(_NOUNS.items())}

_CAPITAL = r"[^\W\d_a-z][\w'’&.\-]*"
_JOINER = r"(?:of|the|de|del|da|do|di|du|des|la|for|in|and|&|und|für|y|e|et)"
_PROPER = rf"{_CAPITAL}(?:[ \t]+(?:{_JOINER}[ \t]+){{0,2}}{_CAPITAL}){{0,6}}"
_SCHOOL = re.compile(
    rf"\b(?:{_PROPER}[ \t]+)?(?:University|College|Polytechnic|Universit[äéaà]\w*|Universidade?|Üniversitesi"
    r"|Uniwersytet|Hochschule|Bootcamp|Institute of Technology)"
    rf"(?:[ \t]+(?:of|in|de|do|da)[ \t]+{_PROPER}|[ \t]+{_CAPITAL})?"
)
_CLUB_WORD = (
    r"(?:Society|Club|Association|Union|Network|League|Guild|Fraternity|Sorority|Choir|Orchestra|Chapter|Church|Parish"
    r"|Mosque|Temple|Synagogue|Alliance|Collective|Meetup|Scouts|Caucus|Council)"
)
_CLUB = re.compile(rf"\b(?:{_PROPER}[ \t]+)?{_CLUB_WORD}\b(?:[ \t]+(?:of|for|in)[ \t]+{_PROPER})?")
_MEMBER = re.compile(
    r"\b(?:[Mm]ember(?:ship)?|[Pp]resident|[Cc]hair(?:man|woman|person)?|[Tt]reasurer|[Ss]ecretary|[Vv]olunteer\w*"
    r"|[Cc]aptain|[Cc]o-?founder|[Oo]rgani[sz]er|[Mm]entor|[Cc]oach)[ \t]+(?:of|at|for|with|in)[ \t]+(?:the[ \t]+)?"
    rf"(?P<club>{_PROPER})"
)
_YEAR = re.compile(r"(?<![\d.,])(?:19[5-9]\d|20[0-4]\d)(?!\d|[,.]\d)")
_YEAR_CUE = re.compile(
    r"(?:\b(?:in|since|from|until|till|by|during|early|late|mid|to|and|class of|summer|autumn|winter|spring"
    r"|jan\w*|feb\w*|mar\w*|apr\w*|may|june?|july?|aug\w*|sep\w*|oct\w*|nov\w*|dec\w*)\.?\s+|[(–—\-/]\s?)$",
    re.IGNORECASE,
)


def spans_of(subject: Subject, mark: Mark) -> Iterator[Edit]:
    """What redaction marked so in any document, as edits to nothing."""
    for number, redacted in enumerate(subject.redacted):
        for place, block in enumerate(redacted.blocks):
            for span in block.spans:
                if span.mark == mark:
                    yield Edit(number, place, span.visible_start, span.visible_end, "")


def pronoun_edits(subject: Subject, words: Sequence[str]) -> Iterator[Edit]:
    """The third person of resume and cover in another gender.

    A take-home speaks of users and services, so there only what redaction marked is exchanged.
    """
    female = words[0] == "she"
    own = {number for number, _ in subject.own()}
    for number, document in enumerate(subject.documents):
        marked = {s[:4] for s in spans_of(subject, "PRONOUN") if s.document == number}
        for place, block in enumerate(document.blocks):
            if block.kind == "code":
                continue
            found = [*_CHOICE.finditer(block.text), *_PRONOUN.finditer(block.text)]
            for match in found:
                at = (number, place, *match.span())
                shouted = match[0].isupper() and not block.text.isupper()
                if (number in own and not shouted) or at in marked:
                    yield Edit(*at, _other_pronoun(match, block.text, words))
            for _, own_place, start, end in marked:
                if own_place == place and (noun := _other_noun(block.text[start:end], female=female)):
                    yield Edit(number, place, start, end, noun)


def _other_pronoun(match: re.Match[str], text: str, words: Sequence[str]) -> str:
    she, her, her_own, hers, herself = words
    old = match[0].casefold()
    if "/" in old:
        return _cased(match[0], f"{she}/{her}")
    alone = _OBJECT_BEFORE.match(text, match.end()) is not None
    new = {
        "he": she, "she": she, "him": her, "hers": hers, "himself": herself, "herself": herself,
        "his": hers if alone else her_own, "her": her if alone else her_own,
    }[old]  # fmt: skip
    return _cased(match[0], new)


def _other_noun(old: str, *, female: bool) -> str | None:
    table = _NOUN_OF_MAN if female else _NOUNS
    dot = "." if old.endswith(".") else ""
    new = table.get(fold(old).rstrip("."))
    return None if new is None else _cased(old.rstrip("."), new) + dot


def school_edits(subject: Subject, name: str) -> Iterator[Edit]:
    """Another school wherever one is named: what redaction marked, its mentions, and what reads like one."""
    marked = list(spans_of(subject, "SCHOOL"))
    for edit in marked:
        yield edit._replace(text=name)
    known = {subject.documents[e.document].blocks[e.block].text[e.start : e.end] for e in marked}
    for number, document in enumerate(subject.documents):
        for place, block in enumerate(document.blocks):
            for school in sorted(known, key=lambda text: (-len(text), text)):
                # A short one may be a word: "ITU" is looked for, "Lund" in the middle of another word is not.
                for match in re.finditer(rf"(?<!\w){re.escape(school)}(?!\w)", block.text):
                    yield Edit(number, place, *match.span(), name)
            if document.role in ("resume", "cover"):
                for match in _SCHOOL.finditer(block.text):
                    if " " in match[0]:
                        yield Edit(number, place, match.start(), _end(match), name)


def graduation_edits(subject: Subject, years: int) -> Iterator[Edit]:
    """The years beside schools and degrees moved; everything else stays."""
    return _years_in(subject, years, education_only=True)


def date_edits(subject: Subject, years: int) -> Iterator[Edit]:
    """All years of resume and cover moved by the same number, as of somebody older or younger with the same career."""
    return _years_in(subject, years, education_only=False)


def _years_in(subject: Subject, years: int, *, education_only: bool) -> Iterator[Edit]:
    schools = {(edit.document, edit.block) for edit in spans_of(subject, "SCHOOL")}
    for number, document in subject.own():
        for line in lines_of(document.blocks):
            beside = line.region == "school" or ((number, line.block) in schools and _is_short(line.text))
            if not (beside or _names_degree(line) or not education_only):
                continue
            dated = [match.span() for match in RANGE.finditer(line.text)]
            header = education_only or beside or _is_short(line.text)
            for match in _YEAR.finditer(line.text):
                in_range = any(start <= match.start() < end for start, end in dated)
                if in_range or header or _YEAR_CUE.search(line.text[: match.start()]):
                    start = line.start + match.start()
                    yield Edit(number, line.block, start, start + 4, str(int(match[0]) + years))


def _is_short(text: str) -> bool:
    """A header and no sentence."""
    return len(text.split()) <= 14 and not text.rstrip().endswith((".", ";"))


def _names_degree(line: Line) -> bool:
    """A dated line with a degree in it, whatever the heading above says."""
    degrees = labelled("organisations", "degrees")
    words = {fold(word).strip(".,;:()") for word in line.text.split()}
    told = {word for word in words & degrees if len(word) > 2 and not is_ordinary(word)}
    return bool(told) and _is_short(line.text)


def club_edits(subject: Subject, name: str) -> Iterator[Edit]:
    """Another club, association or congregation wherever one is named in resume or cover."""
    for number, document in subject.own():
        for line in lines_of(document.blocks):
            # One word alone is more likely a team at work: "a member of Ingestion".
            found = [(m.start("club"), _end(m)) for m in _MEMBER.finditer(line.text) if " " in m["club"]]
            if line.region not in ("work", "school"):
                # Under "Experience" a Network is equipment, a Union an employer and a Chapter part of a book.
                found += [(match.start(), _end(match)) for match in _CLUB.finditer(line.text) if " " in match[0]]
            for start, end in found:
                yield Edit(number, line.block, line.start + start, line.start + end, name)


def _end(match: re.Match[str]) -> int:
    """Where a name ends: the dot behind it ends the sentence."""
    return match.start() + len(match[0].rstrip(" .,'’-&"))


def with_club_added(subject: Subject, name: str) -> Twin:
    """One line more at the end of the resume: a membership."""
    return _with_block(subject, Block(kind="bullet", text=f"Member of the {name} since 2019.", level=1), at=None)


def with_stated_pronouns(subject: Subject, text: str) -> Twin:
    """One line more under the first of the resume: which pronouns somebody uses."""
    return _with_block(subject, Block(kind="paragraph", text=text), at=1)


def _with_block(subject: Subject, block: Block, *, at: int | None) -> Twin:
    documents = list(subject.documents)
    number = next((n for n, d in enumerate(documents) if d.role == "resume" and d.blocks), None)
    if number is None:
        return Twin(subject.documents, subject.name, subject.email, subject.candidate, 0)
    blocks = list(documents[number].blocks)
    blocks.insert(len(blocks) if at is None else at, block)
    documents[number] = with_blocks(documents[number], blocks)
    return Twin(tuple(documents), subject.name, subject.email, subject.candidate, 1)


def _cased(old: str, new: str) -> str:
    if len(old) > 1 and old.isupper():
        return new.upper()
    return new.capitalize() if old[:1].isupper() else new
