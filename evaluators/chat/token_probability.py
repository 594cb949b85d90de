"""The probability of "met" from the model's own odds between `true` and `false` where it wrote one of them.

P(yes) = p(true) / (p(true) + p(false)) at the first token of the value, over all spellings among the alternatives;
other tokens are left out, since the answer's grammar allows only these two.
"""

import math
import re
from collections.abc import Iterator, Sequence

from evaluators.chat.client import Token
from evaluators.chat.completions import alternatives

LEAST, MOST = 0.001, 0.999
"""A side that is not even among the alternatives has some probability still."""

_LEXEME = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_YES, _NO = b"true", b"false"


def met_probabilities(text: str, tokens: Sequence[Token]) -> dict[str, float]:
    """P(yes) by check id, for the checks whose `met` the tokens cover; empty without log-probabilities.

    Args:
        text: A JSON answer of the form `{"findings": {check: {"met": ..., ...}}}`, as the model wrote it.
        tokens: Its tokens; they may begin before the text and go on after it.
    """
    if not tokens:
        return {}
    written = b"".join(token.text for token in tokens)
    body = text.encode()
    shift = written.find(body)
    if shift < 0:
        return {}  # The tokens are not those of this text: some gateways rewrite one of the two.
    found: dict[str, float] = {}
    ends = list(_running_ends(tokens))
    for check, offset in _met_values(body):
        p = _odds(tokens, ends, shift + offset)
        if p is not None:
            found[check] = p
    return found


def _running_ends(tokens: Sequence[Token]) -> Iterator[int]:
    end = 0
    for token in tokens:
        end += len(token.text)
        yield end


def _met_values(body: bytes) -> Iterator[tuple[str, int]]:
    """Byte offsets of the values of `findings.*.met`, by check."""
    path: list[str] = []
    key, after_colon = "", False
    for lexeme in _LEXEME.finditer(body):
        word = lexeme[0]
        if word in (b"{", b"["):
            path.append(key if after_colon else "")
            after_colon = False
        elif word in (b"}", b"]"):
            del path[-1:]
        elif word == b":":
            after_colon = True
            continue
        elif word == b",":
            pass
        elif after_colon:
            if key == "met" and path[:2] == ["", "findings"] and len(path) == 3:
                yield path[2], lexeme.start()
        else:
            key = word.strip(b'"').decode(errors="replace")
            continue
        after_colon = False


def _odds(tokens: Sequence[Token], ends: Sequence[int], offset: int) -> float | None:
    index = next((n for n, end in enumerate(ends) if end > offset), None)
    if index is None:
        return None
    token = tokens[index]
    before = token.text[: offset - (ends[index] - len(token.text))]
    yes = no = 0.0
    for alternative, logprob in alternatives(token).items():
        value = _value(alternative, before)
        if not value:
            continue
        if _YES.startswith(value) or value.startswith(_YES):
            yes += math.exp(min(logprob, 0.0))
        elif _NO.startswith(value) or value.startswith(_NO):
            no += math.exp(min(logprob, 0.0))
    if yes + no <= 0.0:
        return None
    return round(min(MOST, max(LEAST, yes / (yes + no))), 6)


def _value(alternative: bytes, before: bytes) -> bytes:
    """The part of an alternative that spells the value; a space before it may be one token's or the other's."""
    if alternative.startswith(before):
        return alternative[len(before) :].lstrip()
    return alternative.lstrip() if not before.strip() else b""
