"""Employers that a sentence tells of: "worked at Rosedale", "a company called Wipp"."""

import re
from collections.abc import Iterator

from pipeline.redaction import lines as ln
from pipeline.redaction.words import fold, is_ordinary, is_technology, job_words, labelled

CAPITAL = r"[^\W\d_a-z][\w'’&.\-]*"
JOINER = r"(?:of|the|de|del|da|do|di|du|des|la|le|van|der|für|und|and|&|y|e|et|for|in|ve)"
_NAME = rf"(?P<name>{CAPITAL}(?:[ \t]+(?:{JOINER}[ \t]+)?{CAPITAL}){{0,4}})"
_CUES = (
    re.compile(
        r"\b(?:[Ww]ork(?:ed|ing)?|[Ee]mployed|[Jj]oined|[Jj]oining|[Ll]eft|[Ii]ntern(?:ed|ship)?|[Cc]urrently|[Jj]ob|[Rr]ole|[Pp]osition|[Tt]ime|[Yy]ears"
        rf"|[Ee]ngineer|[Dd]eveloper|[Cc]areer|[Ee]mployer,?)\s+(?:at|for|with)\s+{_NAME}"
    ),
    # "Analyst programmer at Adria Works", "have been at Liftwell ever since", "while at Tranter's"
    re.compile(rf"\b(?P<title>[^\W\d_]+)\s+at\s+{_NAME}"),
    re.compile(
        rf"\b(?:have|has|had|'ve) been (?:\w+ )?(?:at|with)\s+{_NAME}|\b[Ww]hile (?:\w+ )?at\s+(?P<second>{CAPITAL})"
    ),
    re.compile(rf"\bat\s+{_NAME}(?=[.,]?\s+(?:ever\s+)?[Ss]ince\b)"),
    re.compile(
        rf"\b(?:company|firm|business|start-?up|shop|agency|studio|charity|employer|client|cooperative)\s+(?:called|named)\s+{_NAME}"
    ),
)
_LONG_WORK = re.compile(
    rf"\bworked (?:on|at|for|with|in)\s+(?P<name>{CAPITAL}(?:[ \t]+{CAPITAL}){{0,3}})\s+(?:for|since)\s+(?:\w+ years?|(?:19|20)\d\d)\b"
)


def told_employers(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of the names in a line."""
    for cue in _CUES:
        for match in cue.finditer(text):
            fields = match.groupdict()
            if fields.get("title") and fold(fields["title"]) not in labelled("titles", "heads"):
                continue
            start = match.start("name" if fields["name"] else "second")
            name = re.sub(
                r"['\u2019]s$", "", text[start : match.end("name" if fields["name"] else "second")].rstrip(".,")
            )
            # "Harbour. A team" goes on with a sentence; "St. Mary" does not.
            name = re.split(r"(?<=\w{4})\.\s", name)[0]
            if not _is_said_plainly(name):
                yield start, start + len(name)
    for match in _LONG_WORK.finditer(text):
        tokens = match["name"].split()
        is_plain = len(tokens) == 1 and is_ordinary(tokens[0])
        if not is_plain and not any(is_technology(t) or fold(t) in job_words() for t in [match["name"], *tokens]):
            yield match.span("name")


def _is_said_plainly(name: str) -> bool:
    first = name.split()[0]
    return (
        is_technology(name)
        or is_technology(first)
        or is_ordinary(first)
        or ln.is_place(name)
        or fold(first) in job_words()
    )
