"""The words that hyphenation is judged by, and the command that collects them.

`python -m pipeline.documents.word_list datasets/calibration/*.jsonl` writes `words.txt` beside this module:
every lower-case word and compound of the invented passages there. Names and rare words do no harm; what is
not in the list is judged by the document's own words.
"""

import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path

import snowballstemmer

_WORD = re.compile(r"(?<![\w-])[a-z]{2,}(?:-[a-z]+)*(?![\w-])")


@cache
def known_words() -> frozenset[str]:
    """Return words and hyphenated compounds in lower case."""
    text = resources.files("pipeline.documents").joinpath("words.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


@cache
def _stems() -> frozenset[str]:
    stemmer = snowballstemmer.stemmer("english")
    return frozenset(stemmer.stemWords([word for word in known_words() if "-" not in word]))


def is_known(word: str) -> bool:
    """True if the word, or another form of it, is in the list."""
    known = known_words()
    return word in known or ("-" not in word and snowballstemmer.stemmer("english").stemWord(word) in _stems())


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def main(files: list[str]) -> None:
    """Write the word list from the texts of JSON-lines files."""
    words = {
        word
        for file in files
        for line in Path(file).read_text(encoding="utf-8").splitlines()
        for text in _texts(json.loads(line))
        for word in _WORD.findall(text)
    }
    Path(__file__).with_name("words.txt").write_text("\n".join(sorted(words)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
