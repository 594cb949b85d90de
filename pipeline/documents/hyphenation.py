"""Joins lines of a printed text: tells a hyphen of the line end from one of the word."""

import itertools
import re
from collections.abc import Sequence

_WORD = re.compile(r"[^\W\d_]+")
_COMPOUND = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+")
_BROKEN = re.compile(r"([^\W\d_]+)-$")
_STARTS = re.compile(r"([^\W\d_]+)")
_HYPHENS = ("-", "\u2010", "\u2011")

# Words that are seldom cut but often stand before or after a hyphen.
_FIRST_PARTS_TEXT = """
    after all anti auto back best bi brand break buy by case check class client clock close cloud co code cold
    command cost counter cross custom cut data date day dead deep double down drop dry early easy eight end
    event ever ex extra face fail fall fast fault feature field file first five fixed flat follow four free
    front full go good hand hard head high home hot hour human idle in inter job just key known large last late
    lead least left less letter life line load lock long look low machine make man many mean micro mid million
    mini mobile month moving multi near new next nine no non off old on one open order out over own page pair
    part pay peer per point pool post pre problem pull purpose push quasi quick rate re read ready real record
    remote request right risk roll round row run runner safe scale seed self semi server service set seven shift
    short show side sign single site six small so soft source spot stand start state step still stock stop sub
    super system ten test text third thread three through tie time to token top trade tri turn two type ultra un
    under up upper usage use user value vice view wait walk warm water web week well wide word work world write
    year zero e x y z
"""
_FIRST_PARTS = frozenset(_FIRST_PARTS_TEXT.split())
_SECOND_PARTS_TEXT = """
    a an and aside away aware back based box bound breaking building built by case cases class code column
    compliant connected cost critical cut day days deep defined dependent down driven duty effective effort end
    ended face facing factor fast fee fledged flight following forward free friendly grade grained group hand
    heavy held house in intensive it key kind language latency letter level leveled levelled life like line
    lived load loop made mail maker making market minded mile minute month months of off offs old on one only
    oriented out over owned paced page paid part party person phase play point popular preserving proof ranging
    rate re read ready relevant rich round row run running safe scale scaling second section sensitive separated
    server service shelf shot side sided site size sized source specific stage standing standing start state
    step stop style subject system table take task team tenant term test tested the through tier time times to
    tolerant tree type up ups user value wide week weeks window wing wise word work world write written year
    years zero
"""
_SECOND_PARTS = frozenset(_SECOND_PARTS_TEXT.split())


class Hyphens:
    """Decides from the words of one document."""

    def __init__(self, *, lines_text: Sequence[str]) -> None:
        inner = [_without_edges(line) for line in lines_text]
        self._words = {word.lower() for line in inner for word in _WORD.findall(line)}
        self._compounds = {word.lower() for line in inner for word in _COMPOUND.findall(line)}
        self._cuts_words = any(self._is_surely_cut(before, after) for before, after in itertools.pairwise(lines_text))

    def join(self, text: str, line: str) -> str:
        """Return a text with its next line, which the page's width has broken off."""
        if text.endswith("\u00ad"):
            return text[:-1] + line
        if not text.endswith(_HYPHENS) or text.endswith((" -", "--")) or len(text) < 2:
            return f"{text} {line}"
        if text[-2].isspace():
            return f"{text} {line}"
        text = text[:-1] + "-"
        broken, starts = _BROKEN.search(text), _STARTS.match(line)
        if broken is None or starts is None or not line[0].islower():
            # "SOC-" and "2", "e-" and "Mail": the hyphen is the author's.
            return text + line
        return text + line if self._keeps(broken.group(1), starts.group(1)) else text[:-1] + line

    def _keeps(self, first: str, second: str) -> bool:
        first, second = first.lower(), second.lower()
        if first + second in self._words:
            return False
        if f"{first}-{second}" in self._compounds:
            return True
        if not self._cuts_words:
            return True
        known_first = first in _FIRST_PARTS or (first in self._words and len(first) > 2)
        known_second = second in _SECOND_PARTS or second in _FIRST_PARTS or (second in self._words and len(second) > 3)
        return known_first and known_second

    def _is_surely_cut(self, before: str, after: str) -> bool:
        broken, starts = _BROKEN.search(before), _STARTS.match(after)
        if broken is None or starts is None or not after[:1].islower():
            return False
        first, second = broken.group(1).lower(), starts.group(1).lower()
        if first + second in self._words:
            return True
        return first not in _FIRST_PARTS and first not in self._words and f"{first}-{second}" not in self._compounds


def _without_edges(line: str) -> str:
    """Return a line without a word that its end may have cut, or its start continued."""
    words = line.split(" ")
    return " ".join(words[1:-1] if words[-1].endswith(_HYPHENS) else words[1:] or words)
