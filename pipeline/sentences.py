"""Where sentences begin and end."""

import re

_STOP = r"[.!?\u2026]{1,6}[\"')\]\u201d\u2019]{0,4}"
# Bounded throughout: a hostile run of a million stops must not be scanned from each of them.
_END = re.compile(rf"(?:{_STOP}(?=\s{{1,4}}[\"'(\[\u201c\u2018]?[^\W_a-z])|{_STOP}[ \t]{{0,4}}(?=\n)|\n)\s*")
"""The end of a sentence: a stop before something that is not a small letter, or a line break."""

_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Za-z]|e\.g|i\.e|etc|vs|approx|ca|cf|no|nos|mr|mrs|ms|dr|prof|st|inc|ltd|co|corp|dept|fig|jan|feb|mar"
    r"|apr|jun|jul|aug|sep|sept|oct|nov|dec|b\.v|s\.a|b\.sc|m\.sc|b\.s|ph\.d)\.$",
    re.IGNORECASE,
)
_LOOK_BACK = 12


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Half-open offsets of the sentences of a text, in order, without the white space between them."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        stop = match.start() + len(match.group().rstrip())
        if "\n" not in match.group() and _ABBREVIATION.search(text[max(start, stop - _LOOK_BACK) : stop]):
            continue
        if text[start:stop].strip():
            spans.append((start, stop))
        start = match.end()
    if text[start:].strip():
        spans.append((start, len(text.rstrip())))
    return [(low + len(text[low:high]) - len(text[low:high].lstrip()), high) for low, high in spans]
