"""Finding the candidate's names in any text."""

import re
from collections.abc import Iterator

from pipeline.models.documents import BlockKind
from pipeline.redaction.identity import Identity
from pipeline.redaction.name_patterns import (
    camel_pattern,
    hints_pattern,
    initial_patterns,
    initials_of,
    is_hard,
    is_placed,
    is_strong,
    joined_pattern,
    one_s,
    sequence_pattern,
    spelling,
)
from pipeline.redaction.spans import Found
from pipeline.redaction.words import COMBINING, fold, is_technology, labelled, words

NAME_RANK = 60
ALONE_RANK = 30

_AUTHOR = re.compile(
    r"(?:@authors?\b|\bauthors?\b\s*[:=]|\bwritten by\b|\bcreated by\b|\bmaintain(?:er|ed by)\b|\bcopyright\b|\(c\)|©|\bsigned-off-by\b"
    r"|\bco-authored-by\b|\bsubmitted by\b|\bsubmission (?:by|of)\b|\bprepared by\b|\buser\.name\b|\bcommitter\b|\bcandidate\s*[:=]|\bapplicant\s*[:=]"
    r"|\bby\s*[:=]|\bowner\s*[:=]|\bname\s*:|\breviewer\s*[:=])",
    re.IGNORECASE,
)
_AUTHOR_VALUE = re.compile(
    r"(?:@authors?|\bauthors?\s*[:=]|\bwritten by|\bsubmitted by|\bsubmission by|\bprepared by|\bsigned-off-by\s*:|\bco-authored-by\s*:"
    r"|\buser\.name[\s=]+|\bcandidate\s*[:=]|\bapplicant\s*[:=])\s*[\"'“]?"
    r"(?P<value>[^\W\d_a-z][\w'’.-]*(?:[ \t]+(?:(?:van|von|der|den|de|da|la|bin|al|el)[ \t]+)*[^\W\d_a-z][\w'’.-]*){0,4})",
    re.IGNORECASE,
)


class NameFinder:
    """Finds one candidate's names; patterns are compiled once.

    A part is *strong* when it is nothing but a name: it goes wherever it stands. A *weak* part is also a word: it goes
    beside another part, with a title, or in a line that says who wrote. A weak part that is plain English, not a technology
    or month, goes also where a capital in the middle of a sentence makes it a name.
    """

    def __init__(self, identity: Identity) -> None:
        particles = labelled("name_words", "particles")
        self._particles = particles
        parts = {part for part in identity.parts if len(part) > 1}
        self._strong = frozenset(part for part in parts if is_strong(part))
        self._hard = frozenset(part for part in parts - self._strong if is_hard(part))
        self._placed = frozenset(part for part in parts - self._strong - self._hard if is_placed(part))
        self._strong_spellings = frozenset(one_s(part.replace("'", "").replace("’", "")) for part in self._strong)
        initials = initials_of(identity)
        self._initials = {code: [p for i in initials for p in initial_patterns(i, code=code)] for code in (False, True)}
        letters = "".join(sorted({part[0] for part in identity.parts if part[0].isalpha()}))
        self._sequence = sequence_pattern(parts, letters)
        self._joined = joined_pattern(identity)
        self._camel = camel_pattern(self._strong)
        self._part = (
            re.compile("|".join(spelling(part) for part in sorted(parts, key=lambda p: (-len(p), p))))
            if parts
            else None
        )
        self.hints = hints_pattern(self._strong, identity)

    def find(self, text: str, *, kind: BlockKind, own: bool) -> Iterator[Found]:
        """Spans of names in one block.

        Args:
            text: The block.
            kind: Of the block.
            own: The document is about the candidate (resume, cover).
        """
        if self._sequence is None:
            yield from _author_values(text)
            return
        folded, plain, back = _folded(text)
        code = kind in ("code", "comment")
        for match in self._sequence.finditer(folded):
            span = self._judge(match, folded, plain, code=code, own=own)
            if span is not None:
                start, end, rank = span
                yield Found(_to(back, start), _to(back, end), "NAME", rank)
        if self._joined is not None:
            for match in self._joined.finditer(folded):
                yield Found(_to(back, match.start()), _to(back, match.end()), "NAME", NAME_RANK)
        if (code or "`" in text) and self._camel is not None:
            for match in self._camel.finditer(text):
                yield Found(*match.span(), "NAME", NAME_RANK)
        yield from self._find_initials(text, code=code)
        yield from _author_values(text)

    def _judge(
        self, match: re.Match[str], folded: str, text: str, *, code: bool, own: bool
    ) -> tuple[int, int, int] | None:
        """Trim a run of parts and initials to what is a name; None when nothing is."""
        assert self._part is not None
        titled = match["title"] is not None
        start, end = match.start(), match.end()
        body = match.start("body")
        found = [
            (body + m.start(), body + m.end(), m[0])
            for m in re.finditer(r"[^\W\d_](?:[^\W\d_]|['’](?=[^\W\d_]))*", match["body"])
        ]
        while found and (
            found[-1][2] in self._particles or not self._keeps_initial(found[-1], text, folded, last=True)
        ):
            found.pop()
            end = found[-1][1] if found else start
        while len(found) > 1 and not self._keeps_initial(found[0], text, folded, last=False):
            found.pop(0)
            start = found[0][0] if found else start
            titled = False
        real = [(s, e, t) for s, e, t in found if len(t) > 1 and t not in self._particles]
        if not real:
            return None
        short_only = all(len(t) == 2 for _, _, t in real)
        capital = all(
            text[s].isupper() or not text[s].isalpha() or text[s].lower() == text[s].upper() for s, _, _ in real
        )
        strong = [t for _, _, t in real if one_s(t.replace("'", "").replace("’", "")) in self._strong_spellings]
        if strong and (not short_only or capital):
            return start, end, NAME_RANK
        if len(real) > 1 and (capital or code):
            return start, end, NAME_RANK
        if not capital:
            return None
        if any(t in self._placed for _, _, t in real):
            # Whether the person or the town is meant: neither is for the judge.
            return start, end, ALONE_RANK
        initialled = (
            len(found) > len(real) and text[found[0][0]].isupper() and folded[found[0][1] : found[0][1] + 1] == "."
        )
        if titled or initialled or self._author_line(text, start):
            return start, end, NAME_RANK
        if own and not code and len(real) == 1 and real[0][2] not in self._hard and _reads_as_name(text, start, end):
            return start, end, ALONE_RANK
        return None

    def _keeps_initial(self, token: tuple[int, int, str], text: str, folded: str, *, last: bool) -> bool:
        start, end, word = token
        if len(word) > 1:
            return True
        after = folded[end : end + 1]
        if last:
            before = folded[start - 1 : start]
            return (before in "._-" and before != "") or (
                text[start].isupper() and (after == "." or after in ",;)|\n·" or not after)
            )
        return (after in "._-" and after != "" and (text[start].isupper() or after in "._-")) or (
            text[start].isupper() and word not in "ai"
        )

    @staticmethod
    def _author_line(text: str, position: int) -> bool:
        line_start = text.rfind("\n", 0, position) + 1
        return _AUTHOR.search(text[line_start:position]) is not None

    def _find_initials(self, text: str, *, code: bool) -> Iterator[Found]:
        for pattern, group in self._initials[code]:
            for match in pattern.finditer(text):
                yield Found(*match.span(group), "NAME", ALONE_RANK)


def _author_values(text: str) -> Iterator[Found]:
    if "uthor" not in text and " by" not in text and "user.name" not in text and ":" not in text:
        return
    for match in _AUTHOR_VALUE.finditer(text):
        value = match["value"]
        if value[0].islower() or not value[0].isalpha():
            continue
        tokens = [fold(token) for token in value.split()]
        kept = 0
        for token in tokens:
            if (token in words("ordinary") and token not in labelled("name_words", "words")) or is_technology(token):
                break
            kept += 1
        if kept:
            end = re.match(r"\s*".join(re.escape(t) for t in value.split()[:kept]), value)
            if end is not None:
                yield Found(match.start("value"), match.start("value") + end.end(), "NAME", NAME_RANK - 5)


_VERB = re.compile(r"\s+(?:is|was|has|had|led|joined|brings|took|wrote|built|never|always|and I)\b")


def _reads_as_name(text: str, start: int, end: int) -> bool:
    """Whether a weak part with a capital stands where only a name would have one."""
    after = text[end : end + 12]
    if text[end - 2 : end] in ("'s", "’s"):
        return True
    line_start = text.rfind("\n", 0, start) + 1
    before = text[line_start:start]
    if not before.strip(" \"“'*_-•"):
        return _VERB.match(after) is not None or (not text[end:].strip() and len(before) < 3 and "\n" in text[:start])
    if not re.search(r"[^\W\d_][\"“]?,?\s$", before):
        return False
    last = re.search(r"([^\W\d_]+)[\"“,]*\s$", before)
    if last is None or not last[1].islower():
        return False
    following = re.match(r"\s+([^\W\d_]+)", after)
    # "the Long Parliament", "Green Energy": a capital behind it makes it part of another name.
    return following is None or following[1].islower()


def _folded(text: str) -> tuple[str, str, list[int] | None]:
    """Folded text, the text it was folded from, and the way back when combining characters were left out."""
    if text.isascii() or COMBINING.search(text) is None:
        return fold(text), text, None
    kept = [index for index, character in enumerate(text) if not COMBINING.match(character)]
    plain = "".join(text[index] for index in kept)
    return fold(plain), plain, [*kept, len(text)]


def _to(back: list[int] | None, position: int) -> int:
    return position if back is None else back[position]
