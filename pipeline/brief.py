"""The take-home's brief and starter files: text that came with the exercise is not the candidate's."""

import re
from collections.abc import Iterable, Sequence

_TOKEN = re.compile(r"\w+|[^\w\s]")
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_SHINGLE = 5
_SHARE = 0.8
_FEWEST_TOKENS_OF_A_LINE = 3


class BriefText:
    """Five-word shingles of brief and starter, to tell what a candidate only carried over."""

    def __init__(self, shingles: frozenset[tuple[str, ...]], lines: frozenset[str]) -> None:
        self._shingles = shingles
        self._lines = lines

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> "BriefText":
        """Read the texts of brief and starter; without any, nothing is ever taken for the brief's."""
        shingles: set[tuple[str, ...]] = set()
        lines: set[str] = set()
        for text in texts:
            for tokens in (_words(text), _tokens(text)):
                for size in range(2, _SHINGLE + 1):
                    shingles.update(_shingles(tokens, size))
            lines.update(_line(line) for line in text.splitlines())
        return cls(frozenset(shingles), frozenset(line for line in lines if line))

    def __bool__(self) -> bool:
        return bool(self._shingles)

    def covers(self, text: str, *, prose: bool = True) -> bool:
        """True if at least 80% of the shingles of a text stand in the brief.

        A text of fewer than five words must stand there as a whole; one of a single word never does.
        """
        tokens = _words(text) if prose else _tokens(text)
        size = min(_SHINGLE, len(tokens))
        if not self._shingles or size < 2:
            return False
        own = _shingles(tokens, size)
        return sum(shingle in self._shingles for shingle in own) >= _SHARE * len(own)

    def has_line(self, line: str) -> bool:
        """True if a line of code, white space aside, stands in the starter."""
        return _line(line) in self._lines

    def is_weighty(self, line: str) -> bool:
        """True if a line of code says enough to be recognised at all; a lone bracket does not."""
        return len(_tokens(line)) >= _FEWEST_TOKENS_OF_A_LINE


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("\u2019", "'"))


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _shingles(tokens: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(tokens[start : start + size]) for start in range(len(tokens) - size + 1)]


def _line(line: str) -> str:
    return "".join(line.split())
