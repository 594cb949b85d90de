"""Another name wherever the candidate's stands: headers, addresses, file names, comments, code."""

import re
from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import NamedTuple

from pipeline.fairness.swaps import Edit, Subject, Twin, edited
from pipeline.models.documents import Block, RedactedBlock
from pipeline.redaction.contacts import EMAIL
from pipeline.redaction.identity import name_parts
from pipeline.redaction.words import (
    COMBINING,
    fold,
    is_ordinary,
    is_technology,
    job_words,
    labelled,
    places,
)

_LETTER = r"[^\W\d_]"
# Not over a line break: the address under a header begins with the forename again.
_JOINT = r"(?:,?[ \t\u00a0]{1,3}|[.\-_‐‑][ \t]?)"
_SHORTEST_INSIDE = 4
"""Letters of a name that is looked for inside another word."""


class FullName(NamedTuple):
    """A forename and a family name."""

    given: str
    family: str

    def __str__(self) -> str:
        """As it stands in a header."""
        return f"{self.given} {self.family}"


class NameSwap:
    """Exchanges one candidate's names.

    Every word of a name stands for the forename or the family name. A word that is nothing but a name goes wherever it
    stands; one that is also a word of the language goes beside another part of the name, or where redaction took it for
    one: "will" in the middle of a sentence is no name, and exchanging it would change what was said.
    """

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        particles = labelled("name_words", "particles")
        names = _names_of(subject)
        self._family: dict[str, bool] = {}
        for name in names:
            real = [part for part in name if len(part) > 1 and part not in particles]
            for place, part in enumerate(real):
                self._family.setdefault(part, place == len(real) - 1 and len(real) > 1)
        self._names = [tuple(part for part in name if part in self._family) for name in names]
        self._strong = frozenset(part for part in self._family if _is_only_a_name(part))
        self._run = _run_pattern(self._family, particles)
        self._initials = {name[0][0] + name[-1][0] for name in self._names if len(name) > 1}

    @property
    def is_known(self) -> bool:
        """Whether there is a name to exchange."""
        return bool(self._family)

    def twin(self, new: FullName) -> Twin:
        """The subject under another name."""
        return self.renamed(edited(self._subject, self.edits(new)), new)

    def renamed(self, twin: Twin, new: FullName) -> Twin:
        """A twin with the name exchanged also where it stands outside of documents."""
        if not self.is_known:
            return twin
        name = str(new) if twin.name else twin.name
        email = self._in_address(twin.email, new) if twin.email else twin.email
        candidate = self._in_address(twin.candidate, new)
        places = (name != twin.name) + (email != twin.email) + (candidate != twin.candidate)
        return twin._replace(name=name, email=email, candidate=candidate, places=twin.places + places)

    def edits(self, new: FullName) -> Iterator[Edit]:
        """All edits, the surest first."""
        if not self.is_known:
            return
        for number, (document, redacted) in enumerate(
            zip(self._subject.documents, self._subject.redacted, strict=True)
        ):
            for place, (block, marked) in enumerate(zip(document.blocks, redacted.blocks, strict=True)):
                for start, end, text in self._in_block(block, marked, new):
                    yield Edit(number, place, start, end, text)

    def _in_block(self, block: Block, marked: RedactedBlock, new: FullName) -> Iterator[tuple[int, int, str]]:
        spans = [(s.visible_start, s.visible_end) for s in marked.spans if s.mark == "NAME"]
        code = block.kind == "code"
        yield from self._runs(block.text, spans, new, plain=code)
        yield from self._joined(block.text, new)
        reached = [match.span() for match in EMAIL.finditer(block.text)]
        reached += [(s.visible_start, s.visible_end) for s in marked.spans if s.mark == "CONTACT"]
        for start, end in reached:
            yield from ((start + s, start + e, text) for s, e, text in self._inside(block.text[start:end], new))
        yield from self._camel(block.text, new)
        yield from self._initials_in(block.text, spans, new)

    def _runs(
        self, text: str, spans: Sequence[tuple[int, int]], new: FullName, *, plain: bool
    ) -> Iterator[tuple[int, int, str]]:
        """Whole names and their parts, as words."""
        if self._run is None:
            return
        folded, back = _folded(text)
        for match in self._run.finditer(folded):
            found = [(m.start(), m.end(), m[0]) for m in re.finditer(rf"(?:{_LETTER}|['’])+", match[0])]
            real = [part for _, _, part in found if part in self._family]
            start, end = back[match.start()], back[match.end()]
            marked = any(start < e and s < end for s, e in spans)
            sure = any(part in self._strong for part in real) or len(set(real)) > 1 or marked
            # An ordinary word in small letters is that word, however sure the rest is.
            if real and sure and (real[0] in self._strong or not text[start].islower() or len(real) > 1):
                yield start, end, self._renamed(text[start:end], match[0], real, new, plain=plain)

    def _renamed(self, text: str, folded: str, real: Sequence[str], new: FullName, *, plain: bool) -> str:
        if len(set(real)) == 1:
            return _like(text, new.family if self._family[real[0]] else new.given, plain=plain)
        joint = re.search(_JOINT, folded)
        between = joint[0] if joint else " "
        # "Okafor, Chinyere": turned round, as in a list.
        first, second = (new.family, new.given) if self._family[real[0]] and "," in between else new
        return _like(text, f"{first}{between}{second}", plain=plain or between not in (" ", ", "))

    def _joined(self, text: str, new: FullName) -> Iterator[tuple[int, int, str]]:
        """Names in one word, as user names have them: both parts, or an initial and a part."""
        for old, fresh in self._joined_words(new).items():
            for match in re.finditer(rf"(?<!{_LETTER}){re.escape(old)}(?!{_LETTER})", fold(text)):
                yield *match.span(), _like(text[match.start() : match.end()], fresh, plain=True)

    def _joined_words(self, new: FullName) -> dict[str, str]:
        given, family = _plain_letters(new.given), _plain_letters(new.family)
        words: dict[str, str] = {}
        for name in self._names:
            for first, second in permutations(dict.fromkeys(name), 2):
                a, b = (family if self._family[first] else given), (family if self._family[second] else given)
                words |= {first + second: a + b, first[0] + second: a[0] + b, first + second[0]: a + b[0]}
        return {old: fresh for old, fresh in words.items() if len(old) > _SHORTEST_INSIDE and not is_ordinary(old)}

    def _inside(self, text: str, new: FullName) -> Iterator[tuple[int, int, str]]:
        """Parts of the name within an address, joined to whatever else."""
        folded = fold(text)
        for part in sorted(self._family, key=lambda part: (-len(part), part)):
            if len(part) < _SHORTEST_INSIDE - 1:
                continue
            for match in re.finditer(re.escape(part), folded):
                fresh = new.family if self._family[part] else new.given
                yield *match.span(), _like(text[match.start() : match.end()], fresh, plain=True)

    def _camel(self, text: str, new: FullName) -> Iterator[tuple[int, int, str]]:
        """Names in the middle of identifiers, such as `RuizCache`."""
        for part in self._strong:
            if len(part) >= _SHORTEST_INSIDE and part.isascii() and part.isalpha():
                word = part.capitalize()
                for match in re.finditer(rf"(?<![A-Za-z]){word}(?=[A-Z])|(?<=[a-z]){word}(?![a-z])", text):
                    yield *match.span(), _plain_letters(new.family if self._family[part] else new.given).capitalize()

    def _initials_in(
        self, text: str, spans: Sequence[tuple[int, int]], new: FullName
    ) -> Iterator[tuple[int, int, str]]:
        fresh = _plain_letters(new.given)[0] + _plain_letters(new.family)[0]
        for start, end in spans:
            letters = re.sub(r"[^a-z]", "", fold(text[start:end]))
            if letters in self._initials:
                yield start, end, _lettered(text[start:end], fresh.upper() if text[start].isupper() else fresh)

    def _in_address(self, text: str, new: FullName) -> str:
        """The name exchanged in an address or in the name of a folder."""
        spans: list[tuple[int, int, str]] = []
        for start, end, fresh in self._inside(text, new):
            if not any(start < e and s < end for s, e, _ in spans):
                spans.append((start, end, fresh))
        for start, end, fresh in sorted(spans, reverse=True):
            text = text[:start] + fresh + text[end:]
        return text


def _names_of(subject: Subject) -> list[tuple[str, ...]]:
    """The names that are known, else what stands at the top of the resume and looks like one."""
    names = [name_parts(subject.name)] if subject.name else []
    names += list(subject.identity.names)
    if not names and (guessed := _top_line(subject)):
        names.append(guessed)
    return list(dict.fromkeys(name for name in names if name))


def _top_line(subject: Subject) -> tuple[str, ...] | None:
    """The first line of the resume if it is two to four words that are no words of the language.

    Asked only where redaction knows no name at all: then it may have overlooked one.
    """
    resume = next((d for d in subject.documents if d.role == "resume" and d.blocks), None)
    if resume is None:
        return None
    words = resume.blocks[0].text.split("\n")[0].split()
    parts = name_parts(" ".join(words))
    shaped = 2 <= len(words) <= 4 and all(word[0].isupper() and word.replace("-", "").isalpha() for word in words)
    return parts if shaped and parts and all(map(_is_only_a_name, parts)) else None


def _is_only_a_name(part: str) -> bool:
    bare = part.replace("'", "").replace("’", "")
    plain = is_ordinary(bare) or is_technology(part) or part in job_words() or part in places()
    also_a_word = part in labelled("name_words", "words") or part in labelled("name_words", "titles")
    return len(bare) > 2 and not plain and not also_a_word


def _run_pattern(parts: dict[str, bool], particles: frozenset[str]) -> re.Pattern[str] | None:
    if not parts:
        return None
    one = "|".join(re.escape(part) for part in sorted(parts, key=lambda part: (-len(part), part)))
    beside = "|".join(re.escape(word) for word in sorted(particles, key=lambda word: (-len(word), word)))
    initial = rf"[{re.escape(''.join(sorted({part[0] for part in parts})))}]\."
    more = rf"(?:{_JOINT}(?:(?:{beside}){_JOINT})*(?:{initial}{_JOINT}?)*(?:{one})(?!{_LETTER}))*"
    # Initials before and behind go with the name: another one has others.
    return re.compile(rf"(?<!{_LETTER})(?:{initial}\s?)*(?:{one})(?!{_LETTER}){more}(?:\s{initial})?")


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """Folded text without combining characters, and where each of its characters stands."""
    kept = [index for index, character in enumerate(text) if not COMBINING.match(character)]
    return fold("".join(text[index] for index in kept)), [*kept, len(text)]


def _lettered(old: str, letters: str) -> str:
    """The old text with its letters exchanged in order; dots and blanks stay."""
    fresh = iter(letters)
    return "".join(next(fresh, "") if character.isalpha() else character for character in old)


def _like(old: str, new: str, *, plain: bool) -> str:
    """The new words in the case of the old ones; in code and addresses in the letters of a plain keyboard."""
    letters = [character for character in old if character.isalpha()]
    fresh = _plain_letters(new, keep_case=True) if plain else new
    if len(letters) > 1 and all(character.isupper() for character in letters):
        return fresh.upper()
    if all(character.islower() for character in letters):
        return fresh.lower()
    return fresh


def _plain_letters(text: str, *, keep_case: bool = False) -> str:
    folded = fold(text)
    if not keep_case:
        return folded
    return "".join(f.upper() if t.isupper() else f for t, f in zip(text, folded, strict=True))
