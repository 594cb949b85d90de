"""What an employer or a school is called once its name is known: in full, and by its telling words alone."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from pipeline.models.documents import Mark
from pipeline.redaction import lines as ln
from pipeline.redaction.spans import Found
from pipeline.redaction.words import fold, is_ordinary, is_technology, job_words, labelled, places, tokens_of

MENTION_RANK = 45

_LINKS = frozenset(
    [
        "of",
        "and",
        "&",
        "de",
        "the",
        "la",
        "le",
        "les",
        "el",
        "los",
        "die",
        "der",
        "das",
        "het",
        "und",
        "et",
        "y",
        "e",
        "i",
        "en",
        "ve",
    ]
)
_SHORTEST = 4
_SHORTEST_CAPITALS = 3
_EDGES = ".,;:()\"'"
# What may stand before an employer that is called by a plain word: "at Summit", "bei Merkur".
_AT = r"(?:\b(?:at|joined|left|bei|chez|bij|presso)\s+)$"
_AT_OR_FOR = r"(?:\b(?:at|for|by|with|from|joined|left|bei|beim|für|chez|pour|bij|voor|presso|per|en|para|w|dla)\s+)$"
_BEFORE_PLAIN = re.compile(_AT_OR_FOR, re.IGNORECASE)
# "A client for Kafka" means the technology, whoever was called "Kafka Consulting".
_BEFORE_TECHNOLOGY = re.compile(_AT, re.IGNORECASE)
_LOOKED_BACK = 12
# No parts of addresses and of identifiers.
_SMALL = re.compile(r"(?<![\w@./'’-])[^\W\d_A-Z][^\W\d_]+(?![\w@/'’-]|\.\w)")
_NOUN = re.compile(r"\b(?:[Dd](?:er|ie|as|en|em|es)|[Ee]ine?[nmrs]?|[Ii]m|[Zz]u[rm]|[Vv]om)\s+([^\W\d_]+)")


class Form(NamedTuple):
    """One way of naming an employer or a school."""

    mark: Mark
    capital: bool = False
    """Whether every word must have its capital."""
    before: re.Pattern[str] | None = None
    """What must stand before it, where its words alone could mean anything."""


class Mentions(NamedTuple):
    """Finds known employers and schools in any text."""

    pattern: re.Pattern[str] | None
    """On folded text."""
    forms: Mapping[str, Form]
    """By the folded form."""

    def find(self, text: str) -> Iterator[Found]:
        """Spans of the names in a text."""
        if self.pattern is None:
            return
        for match in self.pattern.finditer(fold(text)):
            form = self.forms.get(" ".join(match["form"].split()))
            if form is not None and _is_meant(text, match.span(), form):
                yield Found(*match.span(), form.mark, MENTION_RANK)


class _Common(NamedTuple):
    """Words of the candidate that are no names."""

    small: frozenset[str]
    """Written in small letters somewhere."""
    nouns: frozenset[str]
    """Written behind a German article, in small letters here."""


def _common(texts: Iterable[str]) -> _Common:
    small: set[str] = set()
    nouns: set[str] = set()
    for text in texts:
        small.update(_SMALL.findall(text))
        nouns.update(word.lower() for word in _NOUN.findall(text))
    return _Common(frozenset(small), frozenset(nouns))


def mentions_of(names: Mapping[str, Mark], texts: Iterable[str]) -> Mentions:
    """Every form of the names that were found.

    Args:
        names: Names with the mark of each.
        texts: The candidate's own lines: a word that they also write in small letters is no name by itself.
    """
    common = _common(texts)
    forms: dict[str, Form] = {}
    for name, mark in names.items():
        tokens = tokens_of(name)
        if is_technology(name) or not tokens or len(name) < 3:
            continue
        if len(tokens) > 1 or not (is_ordinary(tokens[0]) or (len(name) < 4 and not name.isupper())):
            forms.setdefault(fold(name), Form(mark))
    for name, mark in names.items():
        if mark == "EMPLOYER":
            for short, form in _short_forms(name, common):
                forms.setdefault(fold(short), form)
    if not forms:
        return Mentions(None, forms)
    spelled = "|".join(
        r"\s+".join(re.escape(t) for t in form.split()) for form in sorted(forms, key=lambda f: (-len(f), f))
    )
    # A genitive of German or Dutch needs no apostrophe.
    return Mentions(re.compile(rf"(?<![^\W\d_])(?P<form>{spelled})s?(?![^\W\d_])"), forms)


def _is_meant(text: str, span: tuple[int, int], form: Form) -> bool:
    start, end = span
    tokens = text[start:end].split()
    if form.capital and not all(token[0].isupper() or fold(token) in _LINKS for token in tokens):
        return False
    if form.before is not None and not form.before.search(text[max(0, start - _LOOKED_BACK) : start]):
        return False
    # A word that could be plain must have its capital.
    return text[start].isupper() or not any(is_ordinary(token) for token in tokens)


def _short_forms(name: str, common: _Common) -> Iterator[tuple[str, Form]]:
    """The telling words of a company's name: "Ambrelle" of "Ambrelle Digital", "Estrelle" of "Groupe Estrelle"."""
    given = name.split()
    if len(given) > 2 and ln.has_suffix(name):
        yield " ".join(given[:-1]).strip(_EDGES), Form("EMPLOYER", capital=True)
    tokens = list(given)
    while tokens and _is_kind(tokens[-1]):
        tokens.pop()
    while tokens and _is_kind(tokens[0]):
        tokens.pop(0)
    if not tokens:
        return
    telling = tokens[: next((n for n, t in enumerate(tokens) if n and (_is_kind(t) or _is_plain(t))), len(tokens))]
    for words in (tokens, telling):
        if 1 < len(words) < len(given) and not all(map(_is_plain, words)):
            yield " ".join(words).strip(_EDGES), Form("EMPLOYER", capital=True)
    word = telling[0].strip(_EDGES)
    form = _single(word, common.small)
    # A plain word is an employer's only where the name says that it is one.
    if form is not None and (form.before is None or len(tokens) < len(given)):
        yield word, form
    # "Ferme Montclair" is called by its second word. A German noun behind an article says what it is, not which.
    last = telling[-1].strip(_EDGES)
    if len(telling) == 2 and (form := _single(last, common.small | common.nouns)) is not None:
        yield last, form._replace(before=form.before or (_BEFORE_PLAIN if len(last) <= _SHORTEST else None))


def _single(word: str, small: frozenset[str]) -> Form | None:
    """How one word alone names an employer; None if it never does."""
    long_enough = len(word) >= _SHORTEST or (word.isupper() and len(word) >= _SHORTEST_CAPITALS)
    if not long_enough or not word[0].isupper() or fold(word) in places() or ln.school_word(word):
        return None
    if is_technology(word):
        return Form("EMPLOYER", capital=True, before=_BEFORE_TECHNOLOGY)
    is_common = _is_plain(word) or fold(word) in labelled("name_words", "words") or word.lower() in small
    return Form("EMPLOYER", capital=True, before=_BEFORE_PLAIN if is_common else None)


def _is_plain(token: str) -> bool:
    bare = token.strip(_EDGES)
    return is_ordinary(bare) or is_technology(bare) or fold(bare) in job_words()


def _is_kind(token: str) -> bool:
    """Whether a word says what a company is or does, not which one it is: a legal form, "Groupe", "Logistik"."""
    folded = fold(token).strip(",;:()")
    bare = folded.strip(".")
    known = labelled("organisations", "suffixes") | labelled("organisations", "kinds")
    return folded in known or bare in known or bare in _LINKS or bare == ""
