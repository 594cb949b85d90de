"""Readings of a sentence for matching: look-alike letters, spaced-out letters and digits for letters undone."""

import base64
import binascii
import codecs
import re
import unicodedata

# Cyrillic and Greek letters that look like a Latin one; used inside words that also hold Latin letters.
_LOOK_ALIKES = str.maketrans(
    "\u0430\u0432\u0435\u0456\u0458\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0455\u0501\u051b\u051d"
    "\u0410\u0412\u0415\u0406\u0408\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0405"
    "\u03b1\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u0391\u0392\u0395\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a7",
    "abeijkmhopctyxsdqwABEIJKMHOPCTYXSaeikvoptuxABEHIKMNOPTX",
)
_LEET = str.maketrans("013457@$", "oieastas")
_WORD = re.compile(r"\S+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\U000e0000-\U000e007f]")
_SPACED = re.compile(r"(?<![\w])(?:\w[ .\-_*]{1,2}){4,}\w(?![\w])")
_SPACED_WORDS = re.compile(r"(?<![\w])(?:\w[ .\-_*]){2,}\w(?![\w])")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{20,}={0,2}(?![A-Za-z0-9+/=])")
_SMALL_WORDS = re.compile(
    r"\b(?:the|and|of|to|a|in|for|with|on|is|was|we|i|by|at|from|der|die|und|de|la|et|el|le|in)\b", re.IGNORECASE
)
_FEWEST_WORDS_OF_A_CIPHER = 4
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|[_]+")


def readings(sentence: str) -> tuple[str, ...]:
    """The sentence as it stands, and the other ways to read it when it seems to hide something."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", sentence))
    if not plain.isascii():
        latin = sum("LATIN" in unicodedata.name(c, "") for c in plain if c.isalpha())
        # In a Latin sentence a word of nothing but look-alikes is one too; a Russian sentence keeps its letters.
        mostly = latin * 2 > sum(c.isalpha() for c in plain)
        plain = plain.translate(_LOOK_ALIKES) if mostly else _WORD.sub(_latin, plain)
    found = [plain]
    if _SPACED.search(plain):
        # Two spaces or more part the words of a text whose letters are parted by one.
        found.append(_SPACED_WORDS.sub(lambda match: re.sub(r"[ .\-_*]", "", match[0]), plain))
        found.append(_SPACED.sub(lambda match: re.sub(r"[ .\-_*]", "", match[0]), plain))
    if any(character in plain for character in "013457@$"):
        leet = _WORD.sub(_unleet, plain)
        if leet != plain:
            found.append(leet)
    if "_" in plain:
        found.append(_CAMEL.sub(" ", plain))
    found += _deciphered(plain)
    return tuple(dict.fromkeys(re.sub(r"\s+", " ", text) for text in found))


def _deciphered(text: str) -> list[str]:
    """What stands in Base64, and, of a text without any small word of a language, its reverse and its ROT13."""
    found = [decoded for match in _BASE64.finditer(text) if (decoded := _from_base64(match[0]))]
    if len(text.split()) >= _FEWEST_WORDS_OF_A_CIPHER and text.isascii() and not _SMALL_WORDS.search(text):
        found += [text[::-1], codecs.decode(text, "rot13")]
    return found


def _from_base64(token: str) -> str | None:
    """The words in a token, or None for a hash, a key or a picture."""
    try:
        text = base64.b64decode(token + "=" * (-len(token) % 4), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return text if text.isprintable() and " " in text else None


def _latin(match: re.Match[str]) -> str:
    word = match[0]
    if not any("LATIN" in unicodedata.name(c, "") for c in word if c.isalpha()):
        return word
    return word.translate(_LOOK_ALIKES)


def _unleet(match: re.Match[str]) -> str:
    word = match[0]
    letters = sum(character.isalpha() for character in word)
    digits = sum(character in "013457@$" for character in word)
    return word.translate(_LEET) if letters >= 2 and 1 <= digits <= letters else word
