"""Twins that are somebody else, or come from better-known places."""

import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from evaluators.benchmarking.relations.bases import Base, Files, Known, Person, Twins, is_takehome, is_text, words

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_FEWEST_LETTERS = 3
"""A shorter part of a name is replaced in the full name only: "Do" and "Ng" are also something else."""
_FEWEST_HANDLE_LETTERS = 5
_MARK = re.compile(r"[\u0300-\u036f]")
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "ð": "d", "þ": "th", "æ": "ae", "ß": "ss", "ı": "i", "đ": "d"})
_NO_NOUN = re.compile(
    r"a|after|again|and|any|as|at|because|before|but|by|first|for|from|he|how|if|in|into|it|of|off|on|or|out|over|she|so|"
    r"that|the|then|they|through|to|today|under|up|was|we|what|when|where|which|while|who|with"
)
"""Words before which "her" is "him" and not "his"."""
_TO_HE = {"she": "he", "hers": "his", "herself": "himself"}
_TO_SHE = {"he": "she", "him": "her", "his": "her", "himself": "herself"}
_WORD = re.compile(r"[A-Za-z]+")


def name_swap(base: Base) -> Iterator[Twins]:
    """Another name, another gender as it falls, another address; not a word else."""
    if base.known is None:
        return
    dice = base.dice("name_swap")
    person = dice.choice(words().people)
    after = as_person(base.files, base.known, person, dice)
    yield Twins("name_swap", "name_swap", base, base.files, after, f"{base.known.name} becomes {person.name}")


def as_person(files: Files, known: Known, person: Person, dice: random.Random) -> Files:
    """The files as another person would have sent them."""
    mail = address(person, dice)
    swapped = dict(files)
    for name, content in files.items():
        if not is_text(name):
            continue
        text = content.decode("utf-8", errors="surrogateescape")
        if not is_takehome(name):
            text = _EMAIL.sub(mail, text)
            text = with_pronouns(text, person.pronoun)
        for pattern, replaced in _names(known.name, person):
            text = pattern.sub(replaced, text)
        swapped[name] = text.encode("utf-8", errors="surrogateescape")
    return swapped


def with_pronouns(text: str, pronoun: str) -> str:
    """The text with its pronouns of the other gender turned; "her" is told from what follows it."""
    table = _TO_HE if pronoun == "he" else _TO_SHE

    def turned(match: re.Match[str]) -> str:
        word = match[0]
        new = table.get(word.lower())
        if new is None and pronoun == "he" and word.lower() == "her":
            following = re.match(r"\s+([a-z]+)", text[match.end() :])
            new = "his" if following and not _NO_NOUN.fullmatch(following[1]) else "him"
        return word if new is None else _as_cased(new, word)

    return _WORD.sub(turned, text)


def _names(name: str, person: Person) -> Iterator[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]]:
    """What of a name is replaced by what: the whole, then its first and last part, then handles made of them."""
    parts = name.split()
    whole = r"\s+".join(re.escape(part) for part in parts)
    yield re.compile(rf"(?<!\w){whole}(?!\w)", re.IGNORECASE), _replaced(person.name)
    for part, new in ((parts[0], person.first), (parts[-1], person.last)):
        if len(part) >= _FEWEST_LETTERS:
            for spelt in dict.fromkeys((part, part.upper())):
                yield re.compile(rf"(?<!\w){re.escape(spelt)}(?!\w)"), _replaced(new)
    for part, new in ((parts[-1], person.last), (parts[0], person.first)):
        handle = _folded(part)
        if len(handle) >= _FEWEST_HANDLE_LETTERS:
            yield re.compile(re.escape(handle)), lambda _, new=new: _folded(new)  # type: ignore[misc]


def _replaced(new: str) -> Callable[[re.Match[str]], str]:
    return lambda match: _as_cased(new, match[0])


def _as_cased(new: str, old: str) -> str:
    if old.isupper() and len(old) > 1:
        return new.upper()
    return new[0].upper() + new[1:] if old[0].isupper() else new


def _folded(name: str) -> str:
    """A name as it stands in addresses: Latin letters without marks."""
    plain = _MARK.sub("", unicodedata.normalize("NFD", name.casefold())).translate(_PLAIN)
    return re.sub(r"[^a-z]", "", plain)


def address(person: Person, dice: random.Random) -> str:
    """An e-mail address that nobody else has: one that is shared would make two people one."""
    return f"{_folded(person.first)}.{_folded(person.last)}@post-{dice.randrange(10**6):06}.example"


def prestige_swap(base: Base) -> Iterator[Twins]:
    """Famous employers and schools in the place of those that the resume names."""
    if base.known is None or not (base.known.employers or base.known.schools):
        return
    dice = base.dice("prestige_swap")
    known = base.known
    table = {
        **_famous(known.employers, dice.sample(words().employers, len(words().employers))),
        **_famous(known.schools, dice.sample(words().schools, len(words().schools))),
    }
    after = with_organisations(base.files, table)
    note = ", ".join(f"{old} becomes {new}" for old, new in table.items())
    if after != base.files:
        yield Twins("prestige_swap", "prestige_swap", base, base.files, after, note)


def with_organisations(files: Files, table: dict[str, str]) -> Files:
    """The files with organisations renamed wherever they stand, the longest name first."""
    if not table:
        return files
    spelt = "|".join(re.escape(old) for old in sorted(table, key=lambda old: (-len(old), old)))
    pattern = re.compile(rf"(?<!\w)(?:{spelt})(?!\w)")
    renamed = dict(files)
    for name, content in files.items():
        if is_text(name):
            text = content.decode("utf-8", errors="surrogateescape")
            text = pattern.sub(lambda match: table[match[0]], text)
            renamed[name] = text.encode("utf-8", errors="surrogateescape")
    return renamed


def _famous(own: Sequence[str], famous: Sequence[str]) -> dict[str, str]:
    """A famous name for each; a short form of a name goes with its long one."""
    table: dict[str, str] = {}
    for name in sorted(own, key=len, reverse=True):
        long = next((known for known in table if known.startswith(name.removesuffix("'s"))), None)
        new = table[long] if long is not None else famous[len(set(table.values())) % len(famous)]
        table[name] = new.split()[0] + ("'s" if name.endswith("'s") else "") if long is not None else new
    return table
