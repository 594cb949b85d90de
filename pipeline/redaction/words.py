"""The shipped word lists, and folding of case and diacritics."""

import re
import unicodedata
from functools import cache
from importlib.resources import files

# Letters that decompose to nothing in Unicode although a keyboard without them writes the plain letter.
_PLAIN = {
    "ß": "s", "æ": "a", "œ": "o", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "þ": "t", "ħ": "h", "ŋ": "n", "ə": "e",
}  # fmt: skip
COMBINING = re.compile("[\u0300-\u036f]")
MARK = re.compile(r"\[(?:NAME|EMPLOYER|SCHOOL|PLACE|CONTACT|PRONOUN)\]")


@cache
def _fold_character(character: str) -> str:
    lower = character.lower()
    if len(lower) > 1:
        lower = lower[0]
    if lower in _PLAIN:
        return _PLAIN[lower]
    base = "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))
    return base if len(base) == 1 else lower


def fold(text: str) -> str:
    """Lower case without diacritics, character by character, so that offsets stay the same."""
    if text.isascii():
        return text.lower()
    return text.translate({ord(c): _fold_character(c) for c in set(text)})


@cache
def _lines(name: str) -> tuple[str, ...]:
    text = files("pipeline.redaction").joinpath("words", f"{name}.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


@cache
def words(name: str) -> frozenset[str]:
    """All entries of a plain list, folded."""
    return frozenset(fold(word.strip()) for line in _lines(name) for word in line.split(",") if word.strip())


@cache
def labelled(name: str, label: str) -> frozenset[str]:
    """The entries of one labelled line of a list, folded."""
    for line in _lines(name):
        head, _, rest = line.partition(":")
        if head == label:
            return frozenset(fold(word.strip()) for word in rest.split(",") if word.strip())
    raise KeyError(f"{name}.txt has no line {label!r}")


@cache
def places() -> frozenset[str]:
    """Cities, countries and regions, folded."""
    return words("cities") | words("countries")


@cache
def job_words() -> frozenset[str]:
    """Heads of job titles and the words beside them, folded."""
    return labelled("titles", "heads") | labelled("titles", "beside")


def is_technology(token: str) -> bool:
    """Whether a word or phrase is in the technology list, in any case."""
    return fold(token) in words("technology")


@cache
def is_ordinary(token: str) -> bool:
    """Whether a word is plain English in some inflection, whatever its case."""
    word = fold(token)
    ordinary = words("ordinary")
    if word in ordinary:
        return True
    stems = (word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ed"), word.removesuffix("ing"))
    return any(stem != word and (stem in ordinary or stem + "e" in ordinary) for stem in stems)


def tokens_of(text: str) -> list[str]:
    """Words of a short phrase, without the punctuation around them."""
    return [token for raw in text.split() if (token := raw.strip(".,;:()[]{}<>\"'“”‘’*|/·•–—"))]
