"""Which words of a passage to quote."""

import re
from collections.abc import Iterable, Sequence

from evaluators.evidence_judge.features import Reading
from evaluators.evidence_judge.passage_scoring import Matrix
from pipeline.models.dossier import EvidencePassage
from pipeline.models.verdicts import Quote

MIN_WORDS = 4
MIN_CODE_CHARACTERS = 12
WHOLE_UP_TO = 160
"""Passages up to this many characters are quoted whole."""

TELLING_WORDS = 7
"""Shorter sentences are quoted only where a passage has no other."""

_BOILERPLATE = re.compile(
    r"(?:from\s+\S+\s+import\b|import\b|using\b|package\b|namespace\b|#include\b|use\s+[\w:\\{]|require\b"
    r"|(?:const|let|var)\b.*\brequire\(|export\s+\*|return\s+\w*;?$|create\s+table\b[^(]*\($|@[\w.]+(?:\(\s*\))?$|end$"
    r"|(?:with\s+)?(?:self\.)?assert\w*\(\w+\):?$"
    r"|(?:(?:public|private|protected|internal|static|final|async|override|abstract|export|default|pub)\s+)*"
    r"(?:def|func|fn|fun|function|class|interface|struct|enum|impl|module|record)\b.*[:{]?$"
    r"|(?:(?:public|private|protected|internal|static|final|async|override)\s+)+[\w<>\[\], ?]+\([^)]*\)"
    r"\s*(?:throws \w+\s*)?\{?$"
    r"|(?:(?:public|private|protected|internal|static|final|readonly|abstract)\s+)+"
    r"(?:\w+[?!]?\s*:\s*[\w<>\[\]|., ?]+|[\w<>\[\], ?.]+\s+\w+)\s*;$)",
    re.IGNORECASE,
)
"""Lines that say nothing of how something works."""

_CODE = frozenset(("code", "comment"))


def long_enough(text: str, *, code: bool) -> bool:
    """Tell whether a quote is long enough to be found again with certainty."""
    return len("".join(text.split())) >= MIN_CODE_CHARACTERS if code else len(text.split()) >= MIN_WORDS


def quotable(passage: EvidencePassage) -> bool:
    """Tell whether anything in a passage can be quoted."""
    return long_enough(passage.text, code=passage.kind in _CODE)


def quotes_from(passages: Sequence[tuple[EvidencePassage, Reading, Matrix]], *, wanted: int) -> tuple[Quote, ...]:
    """Pick separate quotes: one from each passage, then further sentences of the first ones.

    Args:
        passages: Best first, each with how much every sentence of it speaks for the check.
        wanted: How many quotes.
    """
    found: list[Quote] = []
    seen: set[tuple[str, str]] = set()
    ranked = [list(_parts(*passage)) for passage in passages]
    for turn in range(max(map(len, ranked), default=0)):
        for (passage, _, _), parts in zip(passages, ranked, strict=True):
            if len(found) == wanted:
                return tuple(found)
            if turn < len(parts) and (passage.id, parts[turn]) not in seen:
                seen.add((passage.id, parts[turn]))
                found.append(Quote(passage=passage.id, text=parts[turn]))
    return tuple(found)


def _parts(passage: EvidencePassage, reading: Reading, weight: Matrix) -> Iterable[str]:
    """Sentences of a passage worth quoting, best first; the whole passage when it is short or has none."""
    code = passage.kind in _CODE
    whole = passage.text.strip()
    sentences = [(s.text, float(w)) for s, w in zip(reading.sentences, weight, strict=True)]
    long = [pair for pair in sentences if long_enough(pair[0], code=code)]
    if len(whole) <= WHOLE_UP_TO or not long:
        return [whole] if long_enough(whole, code=code) else []
    telling = [pair for pair in long if _tells(pair[0], code=code)] or long
    # Code is quoted by the line: comments and the starter's lines were taken out between its lines, so that two of them
    # need not stand together in the file.
    return dict.fromkeys(text for text, _ in sorted(telling, key=lambda pair: -pair[1]))


def _tells(text: str, *, code: bool) -> bool:
    """False for what any file holds, such as imports and lone signatures, and for the shortest of sentences."""
    return _BOILERPLATE.match(text.strip()) is None if code else len(text.split()) >= TELLING_WORDS
