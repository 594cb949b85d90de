"""The language of prose, by character statistics."""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# Languages that resumes are written in; fewer candidates make short texts safer.
_LANGUAGES_TEXT = """
    ar bg bs ca cs da de el en es et fa fi fr he hi hr hu id is it ja ko lt lv mk ms nb nl no pl pt ro ru sk sl
    sq sr sv sw th tl tr uk ur vi zh
"""
_LANGUAGES = tuple(_LANGUAGES_TEXT.split())

_FEWEST_WORDS = 20
_FEWEST_CHARACTERS_WITHOUT_SPACES = 40
_SURE_ENOUGH = 0.5
_MOST_CHARACTERS = 20_000
"""Enough to be sure; the rest of a long text would only cost time."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_NOT_PROSE = re.compile(r"\S*(?:[@/\\_]|://)\S*|\b\w*\d\w*\b|\b\w+(?:\.\w+)+\b")


@cache
def load_identifier() -> "LanguageIdentifier":
    """Return the language model; takes about a second the first time."""
    from py3langid import langid

    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in _LANGUAGES if code in set(identifier.labels)])
    return identifier


def language_of(text: str) -> str | None:
    """Return the ISO 639-1 code of the text's language, or None when there are too few words to tell."""
    prose = _NOT_PROSE.sub(" ", text[:_MOST_CHARACTERS])
    # Names of tools and employers are English whatever the language around them.
    words = [word for word in _WORD.findall(prose) if word[1:].islower()]
    if len(words) < _FEWEST_WORDS and len(_UNSPACED.findall(prose)) < _FEWEST_CHARACTERS_WITHOUT_SPACES:
        return None
    code, probability = load_identifier().classify(prose)
    if probability < _SURE_ENOUGH:
        return None
    return "no" if code == "nb" else str(code)
