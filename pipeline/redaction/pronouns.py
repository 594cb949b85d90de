"""Pronouns and nouns that tell a person's gender."""

import re
from collections.abc import Iterator

from pipeline.redaction.spans import Found

PRONOUN_RANK = 20

_PRONOUN = re.compile(r"\b(?:s/?he|he|she|him|her|his|hers|himself|herself)\b(?!-)", re.IGNORECASE)
_CHOICE = re.compile(
    r"\b(?:she|he|they)\s?/\s?(?:her|him|them|his|hers|they|he|she)(?:\s?/\s?(?:his|hers|theirs?))?\b", re.IGNORECASE
)
# What a swap of gender in an otherwise equal resume would change, where it can only speak of the candidate.
_NOUN = re.compile(
    r"(?<=\bas a )(?:wo)?man\b|(?<=\bI am a )(?:wo)?man\b|(?<=\bI'm a )(?:wo)?man\b"
    r"|\b(?:mother|father|mum|dad|mom)(?= of (?:a\b|an\b|one|two|three|four|\d))"
    r"|(?<=\bworking )(?:mother|father|mum|dad|mom)\b|(?<=\bsingle )(?:mother|father|mum|dad|mom)\b"
    r"|(?<=\bas a )(?:mother|father|mum|dad|mom)\b|\b(?:wife|husband)\b|\b(?:boy|girl)friend\b"
    r"|\b(?:chair|spokes|sales|business|crafts|fore)(?:wo)?man\b|\b(?:maternity|paternity)(?= leave)"
    r"|\b(?:sorority|fraternity)\b|\bwom[ae]n(?= in (?:tech|engineering|computing|stem|it)\b)"
    r"|(?-i:\b(?:Mr|Mrs|Ms|Miss)\.(?=\s)|\b(?:Mr|Mrs|Ms|Miss)(?=\s[A-Z\[]))",
    re.IGNORECASE,
)


def pronouns(text: str) -> Iterator[Found]:
    """Third-person singular pronouns and a few nouns; singular *they* says nothing and stays."""
    for match in _CHOICE.finditer(text):
        yield Found(*match.span(), "PRONOUN", PRONOUN_RANK + 1)
    for match in _PRONOUN.finditer(text):
        # HE, HIS and HER in capitals inside a sentence are abbreviations (higher education, hospital systems).
        if match[0].isupper() and len(match[0]) > 1 and not text.isupper():
            continue
        yield Found(*match.span(), "PRONOUN", PRONOUN_RANK)
    for match in _NOUN.finditer(text):
        yield Found(*match.span(), "PRONOUN", PRONOUN_RANK)
