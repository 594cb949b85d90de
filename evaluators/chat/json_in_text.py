"""Finds JSON in what a model wrote around it."""

import json
import re
from collections.abc import Iterator

_TRIES = 200
"""Brackets of a text at which JSON is looked for; an answer that can be used begins at one of the first."""
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)


def json_parts(text: str) -> Iterator[tuple[object, str]]:
    """JSON values in a text, none inside another, each with how it is written.

    Models that only imitate structured output think aloud before it, wrap it in prose or a fence, and remark on it.
    """
    body = text.strip()
    if not body.startswith("{"):
        body = body.rpartition("</think>")[2]
    try:
        # Nearly every answer is the object alone.
        whole = json.loads(body)
    except (ValueError, RecursionError):
        whole = None
    if isinstance(whole, dict | list):
        yield whole, body
        return
    decoder = json.JSONDecoder()
    # Outside strings only, so that quotes stay as they are.
    plain = _TRAILING_COMMA.sub(lambda found: found[1] or " ", body)
    end = 0
    for opening in list(re.finditer(r"[\[{]", plain))[:_TRIES]:
        if opening.start() < end:
            continue
        try:
            value, end = decoder.raw_decode(plain, opening.start())
        except (ValueError, RecursionError):
            continue
        # A comma became a space, so that places are the same in both.
        yield value, body[opening.start() : end]
