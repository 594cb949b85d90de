"""Stemmed BM25 with statistics from a shipped background, so that no candidate moves another's evidence."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pipeline.errors import ConfigurationError
from pipeline.models.base import FrozenModel

BACKGROUND_PATH = Path(__file__).with_name("background.json")

_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LONGEST_WORD = 40
_MOST_STEMS = 100_000
_STOP_WORDS = frozenset(
    """
    a an and are as at be been but by for from had has have i in is it its my not of on or our s t that the their they
    this to was we were which with you your
    """.split()  # noqa: SIM905 - a list literal would take forty lines
)


class Background(FrozenModel):
    """How often stems occur in passages in general."""

    passages: int
    average_length: float
    """Stems per passage."""
    document_frequency: Mapping[str, int]
    """Passages that hold a stem; a stem that is missing counts as being in one."""

    def weight(self, stem: str) -> float:
        """Inverse document frequency, above zero: log(1 + (N - n + 0.5) / (n + 0.5))."""
        count = self.document_frequency.get(stem, 1)
        return math.log(1 + (self.passages - count + 0.5) / (count + 0.5))


def load_background(path: Path = BACKGROUND_PATH) -> Background:
    """Read the shipped background.

    Raises:
        ConfigurationError: The file is missing or broken.
    """
    try:
        return Background.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"The background {str(path)!r} cannot be read: {error}. Install the package again, or make the file "
            "with `python -m evaluators.build_background` in the repository."
        ) from error


def measure_background(texts: Iterable[str]) -> Background:
    """Count stems over passages; stems of a single passage are left out, as `weight` takes them for granted."""
    stems = Stems()
    counts: Counter[str] = Counter()
    lengths: list[int] = []
    for text in texts:
        words = stems.of(text)
        lengths.append(len(words))
        counts.update(set(words))
    return Background(
        passages=len(lengths),
        average_length=round(sum(lengths) / max(len(lengths), 1), 2),
        document_frequency={stem: count for stem, count in sorted(counts.items()) if count > 1},
    )


class Stems:
    """English stems of words; remembers what it has stemmed, which is where the time goes."""

    def __init__(self) -> None:
        import snowballstemmer

        self._stem = snowballstemmer.stemmer("english").stemWord
        self._known: dict[str, str] = {}

    def of(self, text: str) -> list[str]:
        """Stems of a text in order, without stop words; identifiers are split at capitals and underscores."""
        stems: list[str] = []
        for token in _TOKEN.findall(text):
            for word in _CAMEL.split(token) if not token.islower() else (token,):
                lower = word.casefold()
                if lower not in _STOP_WORDS:
                    stems.append(self._stemmed(lower[:_LONGEST_WORD]))
        return stems

    def matching(self, text: str, wanted: Sequence[str]) -> tuple[str, ...]:
        """The words of a text, as they stand there, whose stems are wanted; each once, in order."""
        found = dict.fromkeys(word for word in _TOKEN.findall(text) if not set(self.of(word)).isdisjoint(wanted))
        return tuple(found)

    def _stemmed(self, word: str) -> str:
        stem = self._known.get(word)
        if stem is None:
            stem = str(self._stem(word))
            if len(self._known) < _MOST_STEMS:
                self._known[word] = stem
        return stem


def bm25(
    query: Sequence[str], passages: Sequence[Sequence[str]], *, background: Background, k1: float = 1.2, b: float = 0.5
) -> list[float]:
    """Okapi BM25 of each passage's stems for the query's stems.

    Args:
        query: Stems; one that stands there twice counts once.
        passages: Stems of each passage.
        background: Weights and the length that counts as usual.
        k1: How soon further occurrences stop counting.
        b: How much long passages are held back; below the usual 0.75, since length here is substance.
    """
    weights = {stem: background.weight(stem) for stem in sorted(set(query))}
    scores: list[float] = []
    for stems in passages:
        counts = Counter(stem for stem in stems if stem in weights)
        norm = k1 * (1 - b + b * len(stems) / background.average_length)
        scores.append(math.fsum(weights[stem] * count * (k1 + 1) / (count + norm) for stem, count in counts.items()))
    return scores
