"""Finding the candidate's names in any text."""

import re
from collections.abc import Iterator
from itertools import permutations

from pipeline.models.documents import BlockKind
from pipeline.redaction.identity import Identity
from pipeline.redaction.spans import Found
from pipeline.redaction.words import COMBINING, fold, is_technology, job_words, labelled, places, words

NAME_RANK = 60
ALONE_RANK = 30

_LETTER = r"[^\W\d_]"
_JOINT = r"(?:,?\s{1,4}|[.\-_‐‑]\s?)"
_TOWN_WORDS = frozenset(("berg", "burg", "dorf", "feld", "bach", "wald"))
"""Words that are names of towns and families, and English nowhere."""
_MONTHS = frozenset(
    [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ]
)
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
# Two letters in quotes that are a value in many programs, whoever wrote them.
_CODE_WORDS = frozenset(
    [
        "id",
        "ok",
        "no",
        "on",
        "to",
        "us",
        "en",
        "de",
        "fr",
        "es",
        "it",
        "pl",
        "tr",
        "uk",
        "eu",
        "up",
        "is",
        "by",
        "db",
        "io",
        "ms",
        "js",
        "ts",
        "go",
        "py",
        "rb",
        "cs",
        "os",
        "ip",
        "pk",
        "fk",
        "tx",
        "rx",
        "eq",
        "ne",
        "lt",
        "gt",
        "le",
        "ge",
        "in",
        "or",
        "as",
        "at",
        "if",
        "do",
        "my",
        "kb",
        "mb",
        "gb",
        "ns",
        "us",
        "hr",
        "px",
        "em",
        "pt",
        "sm",
        "md",
        "lg",
        "xl",
        "xs",
        "ar",
        "aa",
        "ae",
        "ac",
        "am",
        "pm",
        "ab",
        "mm",
        "dd",
        "yy",
        "hh",
        "ss",
        "mo",
        "tu",
        "we",
        "th",
        "sa",
        "su",
        "vs",
        "cd",
        "ci",
        "cn",
        "ou",
        "dc",
        "ad",
        "ca",
    ]
)
_STATES = frozenset(
    [
        "US",
        "UK",
        "EU",
        "UN",
        "AM",
        "PM",
        "EG",
        "IE",
        "NV",
        "SA",
        "BV",
        "VS",
        "DC",
        "PS",
        "PC",
        "PR",
        "PO",
        "RC",
        "QA",
        "UI",
        "UX",
        "IT",
        "AI",
        "ML",
        "BI",
        "BA",
        "MA",
        "MS",
        "BS",
        "MD",
        "JD",
        "LA",
        "NY",
    ]
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
        self._strong = frozenset(part for part in parts if _is_strong(part))
        self._hard = frozenset(part for part in parts - self._strong if _is_hard(part))
        self._placed = frozenset(part for part in parts - self._strong - self._hard if _is_placed(part))
        self._strong_spellings = frozenset(_one_s(part.replace("'", "").replace("’", "")) for part in self._strong)
        initials = _initials(identity)
        self._initials = {
            code: [p for i in initials for p in _initial_patterns(i, code=code)] for code in (False, True)
        }
        letters = "".join(sorted({part[0] for part in identity.parts if part[0].isalpha()}))
        self._sequence = _sequence_pattern(parts, letters)
        self._joined = _joined_pattern(identity)
        self._camel = _camel_pattern(self._strong)
        self._part = (
            re.compile("|".join(_spelling(part) for part in sorted(parts, key=lambda p: (-len(p), p))))
            if parts
            else None
        )
        self.hints = _hints(self._strong, identity)

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
        strong = [t for _, _, t in real if _one_s(t.replace("'", "").replace("’", "")) in self._strong_spellings]
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


def _is_strong(part: str) -> bool:
    bare = part.replace("'", "").replace("’", "")
    if len(bare) < 2 or part in labelled("name_words", "particles") or part in labelled("name_words", "titles"):
        return False
    soft = labelled("name_words", "words")
    return not (_is_hard(part) or part in soft or bare in words("ordinary") or part in places() or part in job_words())


def _is_hard(part: str) -> bool:
    return is_technology(part) or part in _MONTHS or part in labelled("titles", "heads")


def _is_placed(part: str) -> bool:
    """Whether a weak part is the name of a town or a family and no other word."""
    return len(part) > 3 and (part in places() or part in _TOWN_WORDS) and part not in words("ordinary")


def _spelling(part: str) -> str:
    """A pattern for one folded part: apostrophes may be left out, and an ß is a double s in capitals."""
    return "".join("['’]?" if c in "'’" else "ss?" if c == "s" else re.escape(c) for c in _one_s(part))


def _one_s(part: str) -> str:
    """The part with every double s as one: `fold` makes one of an ß, since offsets must stay the same."""
    return part.replace("ss", "s")


def _sequence_pattern(parts: set[str], letters: str) -> re.Pattern[str] | None:
    if not parts:
        return None
    spelled = "|".join(_spelling(part) for part in sorted(parts, key=lambda p: (-len(p), p)))
    initial = rf"[{re.escape(letters)}](?:\.[{re.escape(letters)}])*\.?(?!{_LETTER})"
    titles = "mr|mrs|ms|miss|mx|dr|prof|professor|herr|frau|mme|mlle|sr|sra|srta|engr|shri|smt"
    # Scripts without spaces between words have no edge to hold on to.
    edge, behind = rf"(?<!{_LETTER})", rf"(?!{_LETTER})"
    if any(re.search("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", part) for part in parts):
        edge = behind = ""
    one = rf"(?:{spelled}){behind}"
    return re.compile(
        rf"{edge}(?P<title>(?:{titles})\.?\s{{1,2}})?(?P<body>(?:(?:{one}|{initial}){_JOINT}?(?:\"[^\"\n]{{2,15}}\"\s)?)*{one}(?:{_JOINT}(?:{one}|{initial}))*)"
        rf"(?:['’](?:s(?!{_LETTER}))?(?!{_LETTER}))?"
    )


def _joined_pattern(identity: Identity) -> re.Pattern[str] | None:
    joined: set[str] = set(identity.handles)
    for name in identity.names:
        parts = [re.sub(r"[^\w]", "", part) for part in name if len(part) > 1][:5]
        for first, second in permutations(parts, 2):
            joined |= {first + second, first[0] + second, first + second[0]}
        joined.add("".join(parts))
        if len(parts) > 2:
            joined.add(parts[0][0] + "".join(parts[1:]))
    strong = {
        word
        for word in joined
        if len(word) >= 5 and word not in words("ordinary") and not is_technology(word) and word.isascii()
    } | {handle for handle in identity.handles if len(handle) >= 4}
    if not strong:
        return None
    spelled = "|".join(re.escape(word) for word in sorted(strong, key=lambda w: (-len(w), w)))
    return re.compile(rf"(?<!{_LETTER})(?:{spelled})(?!{_LETTER})")


def _camel_pattern(strong: frozenset[str]) -> re.Pattern[str] | None:
    spelled = "|".join(re.escape(p.capitalize()) for p in sorted(strong) if len(p) >= 4 and p.isascii() and p.isalpha())
    return re.compile(rf"(?<![A-Za-z])(?:{spelled})(?=[A-Z])|(?<=[a-z])(?:{spelled})(?![a-z])") if spelled else None


def _hints(strong: frozenset[str], identity: Identity) -> re.Pattern[str] | None:
    wanted = {part for part in strong if len(part) >= 4} | set(identity.handles)
    return re.compile("|".join(re.escape(word) for word in sorted(wanted))) if wanted else None


def _initials(identity: Identity) -> tuple[str, ...]:
    particles = labelled("name_words", "particles")
    found: set[str] = set()
    for name in identity.names:
        parts = [part for part in name if part not in particles and part[0].isalpha()]
        if len(parts) >= 2:
            found |= {parts[0][0] + parts[-1][0], "".join(part[0] for part in parts)}
            found.add(parts[0][0] + parts[1][0])
    return tuple(sorted(initials for initials in found if initials.isascii()))


def _initial_patterns(initials: str, *, code: bool) -> Iterator[tuple[re.Pattern[str], int]]:
    upper = initials.upper()
    either = rf"(?:{upper}|{initials})"
    if upper not in _STATES:
        yield re.compile(r"(?<![\w.])" + r"\.\s?".join(upper) + r"\.?(?![\w.]\w)"), 0
    yield re.compile(rf"\b(?:TODO|FIXME|XXX|HACK|NOTE|BUG|REVIEW)\s*[(\[:@-]\s*({either})(?=[)\]:\s,])"), 1
    yield (
        re.compile(
            rf"(?:@authors?|\bauthor\s*[:=]|\bby|\bowner\s*[:=]|\bsigned:?)\s+({either})(?=[\s.,;:)]|$)", re.IGNORECASE
        ),
        1,
    )
    if initials in _CODE_WORDS:
        return
    yield re.compile(rf"(?:--|—|–)\s*({either})\s*(?=$|\n|\*/)"), 1
    yield re.compile(rf"\d{{4}}-\d\d-\d\d[\s,|:(]+({either})(?=[\s,|:)]|$)"), 1
    if code:
        yield re.compile(rf"(?:^|\n)\s*(?://|#|--|\*|/\*)\s*({either})(?=\s*[:\-–])"), 1
        yield re.compile(rf"(?<=[\"'])({either})(?=[\"'])"), 1
        yield re.compile(rf"(?<=\()({upper})(?=\))"), 1


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
