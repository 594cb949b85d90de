"""What a candidate's names look like in a text: patterns made once from an identity."""

import re
from collections.abc import Iterator
from itertools import permutations

from pipeline.redaction.identity import Identity
from pipeline.redaction.words import is_technology, job_words, labelled, places, words

LETTER = r"[^\W\d_]"
_JOINT = r"(?:,?\s{1,4}|[.\-_‐‑]\s?)"
_TOWN_WORDS = frozenset(("berg", "burg", "dorf", "feld", "bach", "wald"))
"""Words that are names of towns and families, and English nowhere."""
_MONTHS = frozenset(
    """
    january february march april may june july august september october november december
    """.split()  # noqa: SIM905 - a list of words reads better so
)
# Two letters in quotes that are a value in many programs, whoever wrote them.
_CODE_WORDS = frozenset(
    """
    id ok no on to us en de fr es it pl tr uk eu up is by db io ms js ts go py rb cs os ip pk fk tx rx eq ne lt gt
    le ge in or as at if do my kb mb gb ns hr px em pt sm md lg xl xs ar aa ae ac am pm ab mm dd yy hh ss mo tu we
    th sa su vs cd ci cn ou dc ad ca
    """.split()  # noqa: SIM905 - a list of words reads better so
)
_STATES = frozenset(
    """
    US UK EU UN AM PM EG IE NV SA BV VS DC PS PC PR PO RC QA UI UX IT AI ML BI BA MA MS BS MD JD LA NY
    """.split()  # noqa: SIM905 - a list of words reads better so
)


def is_strong(part: str) -> bool:
    """Whether a folded part is nothing but a name."""
    bare = part.replace("'", "").replace("’", "")
    if len(bare) < 2 or part in labelled("name_words", "particles") or part in labelled("name_words", "titles"):
        return False
    soft = labelled("name_words", "words")
    return not (is_hard(part) or part in soft or bare in words("ordinary") or part in places() or part in job_words())


def is_hard(part: str) -> bool:
    """Whether a folded part is first of all something else: a technology, a month, a job."""
    return is_technology(part) or part in _MONTHS or part in labelled("titles", "heads")


def is_placed(part: str) -> bool:
    """Whether a weak part is the name of a town or a family and no other word."""
    return len(part) > 3 and (part in places() or part in _TOWN_WORDS) and part not in words("ordinary")


def spelling(part: str) -> str:
    """A pattern for one folded part: apostrophes may be left out, and an ß is a double s in capitals."""
    return "".join("['’]?" if c in "'’" else "ss?" if c == "s" else re.escape(c) for c in one_s(part))


def one_s(part: str) -> str:
    """The part with every double s as one: `fold` makes one of an ß, since offsets must stay the same."""
    return part.replace("ss", "s")


def sequence_pattern(parts: set[str], letters: str) -> re.Pattern[str] | None:
    """Finds runs of parts and initials with a title before and a genitive behind; None without parts."""
    if not parts:
        return None
    spelled = "|".join(spelling(part) for part in sorted(parts, key=lambda p: (-len(p), p)))
    initial = rf"[{re.escape(letters)}](?:\.[{re.escape(letters)}])*\.?(?!{LETTER})"
    titles = "mr|mrs|ms|miss|mx|dr|prof|professor|herr|frau|mme|mlle|sr|sra|srta|engr|shri|smt"
    # Scripts without spaces between words have no edge to hold on to.
    edge, behind = rf"(?<!{LETTER})", rf"(?!{LETTER})"
    if any(re.search("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", part) for part in parts):
        edge = behind = ""
    one = rf"(?:{spelled}){behind}"
    return re.compile(
        rf"{edge}(?P<title>(?:{titles})\.?\s{{1,2}})?(?P<body>(?:(?:{one}|{initial}){_JOINT}?(?:\"[^\"\n]{{2,15}}\"\s)?)*{one}(?:{_JOINT}(?:{one}|{initial}))*)"
        rf"(?:['’](?:s(?!{LETTER}))?(?!{LETTER}))?"
    )


def joined_pattern(identity: Identity) -> re.Pattern[str] | None:
    """Finds names written as one word, as in user names and package names."""
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
    return re.compile(rf"(?<!{LETTER})(?:{spelled})(?!{LETTER})")


def camel_pattern(strong: frozenset[str]) -> re.Pattern[str] | None:
    """Finds names inside names of code such as `BhasinLedger`."""
    spelled = "|".join(re.escape(p.capitalize()) for p in sorted(strong) if len(p) >= 4 and p.isascii() and p.isalpha())
    return re.compile(rf"(?<![A-Za-z])(?:{spelled})(?=[A-Z])|(?<=[a-z])(?:{spelled})(?![a-z])") if spelled else None


def hints_pattern(strong: frozenset[str], identity: Identity) -> re.Pattern[str] | None:
    """Finds what tells that an address leads to the candidate."""
    wanted = {part for part in strong if len(part) >= 4} | set(identity.handles)
    return re.compile("|".join(re.escape(word) for word in sorted(wanted))) if wanted else None


def initials_of(identity: Identity) -> tuple[str, ...]:
    """The candidate's initials, two or more letters in lower case."""
    particles = labelled("name_words", "particles")
    found: set[str] = set()
    for name in identity.names:
        parts = [part for part in name if part not in particles and part[0].isalpha()]
        if len(parts) >= 2:
            found |= {parts[0][0] + parts[-1][0], "".join(part[0] for part in parts)}
            found.add(parts[0][0] + parts[1][0])
    return tuple(sorted(initials for initials in found if initials.isascii()))


def initial_patterns(initials: str, *, code: bool) -> Iterator[tuple[re.Pattern[str], int]]:
    """Patterns that find initials where they sign something, each with the group that holds them."""
    upper = initials.upper()
    either = rf"(?:{upper}|{initials})"
    if upper not in _STATES:
        yield re.compile(r"(?<![\w.])" + r"\.\s?".join(upper) + r"\.?(?![\w.]\w)"), 0
    yield re.compile(rf"\b(?:TODO|FIXME|XXX|HACK|NOTE|BUG|REVIEW)\s*[(\[:@-]\s*({either})(?=[)\]:\s,])"), 1
    # "by my hand" is no signature of somebody whose initials are M. Y.
    signed = upper if initials in _CODE_WORDS else either
    cue = r"(?i:@authors?|\bauthor\s*[:=]|\bby|\bowner\s*[:=]|\bsigned:?)"
    yield re.compile(rf"{cue}\s+({signed})(?=[\s.,;:)]|$)"), 1
    if initials in _CODE_WORDS:
        return
    yield re.compile(rf"(?:--|—|–)\s*({either})\s*(?=$|\n|\*/)"), 1
    yield re.compile(rf"\d{{4}}-\d\d-\d\d[\s,|:(]+({either})(?=[\s,|:)]|$)"), 1
    if code:
        yield re.compile(rf"(?:^|\n)\s*(?://|#|--|\*|/\*)\s*({either})(?=\s*[:\-–])"), 1
        yield re.compile(rf"(?<=[\"'])({either})(?=[\"'])"), 1
        yield re.compile(rf"(?<=\()({upper})(?=\))"), 1
