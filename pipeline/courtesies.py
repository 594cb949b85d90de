"""Sentences that are polite and say nothing: nobody who judges reads them.

A letter or a resume with a third more kind words must be worth exactly as much as without. Sentences that are taken out
before passages are cut leave the very passages that the text had without them. `datasets/courtesies` says what was
learned from, `python -m evaluators.training.courtesies` how well it works.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.embeddings import Embedder, load_default_embedder
from pipeline.errors import ConfigurationError
from pipeline.models.base import FrozenModel
from pipeline.sentences import sentence_spans
from pipeline.word_lists import read_words

WEIGHTS = Path(__file__).with_name("words") / "courtesies.json"
VECTOR_SCALE = 3.0
CERTAIN = 0.6
CERTAIN_IN_TAKEHOME = 0.9
"""There a short plain sentence is likely a decision."""
TELLING = 0.3
"""Some word must speak for a courtesy by itself, or be listed as one: rather too few than too many are taken out, since
what is left of a courtesy costs little, and a lost reason costs a level."""

_WORD_COUNT = range(3, 41)
_WORD = re.compile(r"[a-z']+")
# Most evidence is told without "I" and "my" in terse bullets; they must not make a courtesy of what is told with them.
_SMALL = frozenset(
    """
    a an the i me my mine you your yours he she it its we us our they them their this that these those who which what of
    to in on at by for from with about into over as be am is are was were been have has had do does did will would can
    could may might shall should must and or but so if then than there here also too very all any some
    """.split()  # noqa: SIM905 - a list of words reads better so
)
# Whoever counts, names, denies or gives a reason says something, however kindly.
_SAYS_SOMETHING = re.compile(
    r"[\d\[\](){}`\"“”;_/\\<>=#@]|\b(?:not|no|never|none|nothing|neither|nor|without|cannot|because|unless|until|except)\b|n['’]t\b"
    r"|(?<=[\w,] )[A-Z](?!\b)|:\W*$",
)
# "Glad to hear from you" is a form; "glad to manage a team" answers a question that somebody may have asked.
_OFFERS = re.compile(
    r"\b(?:happy|glad|willing|ready|open|able|pleased|prepared|available)\s+to\s+"
    r"(?!(?:help|learn|hear|provide|discuss|introduce|join|meet|share|contribute|answer|talk|speak|grow|be|become|see|feedback|new)\b)"
    r"|\bavailable\b(?!\s+(?:up)?on\s+request)",
    re.IGNORECASE,
)


class CourtesyModel(FrozenModel):
    """A logistic regression over what a sentence's words say, alone and in pairs, and its vector."""

    embedder: str
    words: Mapping[str, float]
    kind_words: float
    """Weight of how many listed words it holds, see `kind_words`."""
    vector: tuple[float, ...]
    bias: float

    def chances(self, sentences: Sequence[str]) -> NDArray[np.float64]:
        """How likely each sentence is a courtesy, 0 to 1, whatever else is asked about."""
        weights = [[self.words.get(term, 0.0) for term in set(telling_terms(text))] for text in sentences]
        told = np.array([sum(each) for each in weights])
        kind = np.array([kind_words(text) for text in sentences])
        silent = (kind == 0) & np.array([max(each, default=0.0) < TELLING for each in weights])
        vectors = _embedder(self.embedder).embed(sentences).astype(np.float64)
        logits = told + kind * self.kind_words + (vectors * self.vector).sum(axis=1) * VECTOR_SCALE + self.bias
        return np.where(silent, 0.0, 0.5 * (1 + np.tanh(logits / 2)))


def courtesy_spans(text: str, *, certain: float = CERTAIN) -> Iterator[tuple[int, int]]:
    """Offsets of whole sentences that could stand in anybody's letter to anybody.

    Args:
        text: A block of prose.
        certain: How likely a sentence must be a courtesy, 0 to 1.
    """
    spans = [(start, end) for start, end in sentence_spans(text) if may_be_courtesy(text[start:end])]
    if spans:
        chances = load_model().chances([text[start:end] for start, end in spans])
        yield from (span for span, chance in zip(spans, chances, strict=True) if chance >= certain)


def may_be_courtesy(sentence: str) -> bool:
    """Whether a sentence is worth a closer look: nothing in it counts, names, denies, offers or gives a reason."""
    return (
        len(sentence.split()) in _WORD_COUNT
        and _SAYS_SOMETHING.search(sentence) is None
        and _OFFERS.search(sentence) is None
    )


def telling_terms(text: str) -> list[str]:
    """The words that carry meaning, and each pair of neighbours of which one does."""
    words = _WORD.findall(text.lower().replace("\u2019", "'"))
    pairs = (f"{one} {two}" for one, two in itertools.pairwise(words) if not {one, two} <= _SMALL)
    return [*(word for word in words if word not in _SMALL), *pairs]


def kind_words(text: str) -> float:
    """How many listed words and phrases of politeness and praise a sentence holds, 0 to 3."""
    return float(min(3, len(_listed().findall(text.lower()))))


@cache
def _listed() -> re.Pattern[str]:
    entries = sorted(read_words("courtesies.txt"), key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(map(re.escape, entries)) + r")\b")


@cache
def load_model() -> CourtesyModel:
    """The model that is shipped."""
    return CourtesyModel.model_validate_json(WEIGHTS.read_bytes())


@cache
def _embedder(name: str) -> Embedder:
    embedder = load_default_embedder()
    if embedder.name != name:
        raise ConfigurationError(
            f"{str(WEIGHTS)!r} was trained with the embedder {name!r}, and {embedder.name!r} is installed. "
            "Install the locked requirements, or run `python -m evaluators.training.courtesies`."
        )
    return embedder
