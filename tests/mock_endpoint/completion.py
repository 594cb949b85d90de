"""Chat completions as OpenAI writes them, as text: with log-probabilities they are too long to be built as objects."""

import json
import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from tests.mock_endpoint.instance import Chance, Piece, joined

SYSTEM_FINGERPRINT = "fp_mock"
# Whole words with the space before them, short runs of signs: what tokenizers make of JSON, roughly.
_TOKEN = re.compile(r" ?[A-Za-z]{1,8}| ?\d{1,3}|[^A-Za-z\d ]{1,3}| ")
_OTHERS = (
    " the",
    "\n",
    " a",
    '"',
    " in",
    "{",
    " is",
    ",",
    " of",
    "[",
    " and",
    ".",
    " to",
    "}",
    " it",
    ":",
    "0",
    "-",
    "x",
    "?",
)
_MASS = 0.998
"""What yes and no have together; the rest is spread over other spellings."""


class Usage(NamedTuple):
    """Tokens of a call."""

    prompt: int
    cached: int
    completion: int


class Content(NamedTuple):
    """What the message says."""

    pieces: Sequence[Piece]
    finish_reason: str = "stop"
    refusal: str | None = None
    null: bool = False
    """No content at all rather than an empty one."""


def tokens_of(characters: int) -> int:
    """Tokens as everything here counts them: four characters each."""
    return math.ceil(characters / 4)


def completion(
    content: Content, *, id: str, created: int, model: str, usage: Usage | None, top_logprobs: int | None
) -> bytes:
    """The body of a reply.

    Args:
        content: What is said.
        id: Of the completion.
        created: Unix time.
        model: The snapshot's name.
        usage: Tokens; None leaves them out.
        top_logprobs: How many alternatives a token has; None leaves log-probabilities out.
    """
    text = joined(content.pieces)
    said = "null" if content.null or content.refusal is not None else json.dumps(text, ensure_ascii=False)
    logprobs = "null"
    if top_logprobs is not None and said != "null":
        logprobs = '{"content":[' + ",".join(_logprobs(content.pieces, top_logprobs)) + '],"refusal":null}'
    tail = "" if usage is None else f',"usage":{_usage(usage)}'
    return (
        f'{{"id":"{id}","object":"chat.completion","created":{created},"model":{json.dumps(model)},'
        f'"choices":[{{"index":0,"message":{{"role":"assistant","content":{said},'
        f'"refusal":{json.dumps(content.refusal)},"annotations":[]}},'
        f'"logprobs":{logprobs},"finish_reason":"{content.finish_reason}"}}]{tail},'
        f'"service_tier":"default","system_fingerprint":"{SYSTEM_FINGERPRINT}"}}'
    ).encode(errors="surrogatepass")


def cut(pieces: Sequence[Piece], length: int) -> list[Piece]:
    """The pieces up to so many characters; a yes or no that would be split is left out."""
    kept: list[Piece] = []
    for piece in pieces:
        size = len(piece) if isinstance(piece, str) else len(piece.text)
        if size > length:
            return kept if isinstance(piece, Chance) else [*kept, piece[:length]]
        kept.append(piece)
        length -= size
    return kept


def _usage(usage: Usage) -> str:
    return json.dumps(
        {
            "prompt_tokens": usage.prompt,
            "completion_tokens": usage.completion,
            "total_tokens": usage.prompt + usage.completion,
            "prompt_tokens_details": {"cached_tokens": usage.cached, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": 0,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }
    )


def _logprobs(pieces: Sequence[Piece], top: int) -> list[str]:
    entries: list[str] = []
    for piece in pieces:
        if isinstance(piece, Chance):
            entries.append(_decided(piece, top))
        else:
            entries += [_certain(token, top) for token in _TOKEN.findall(piece)]
    return entries


@lru_cache(maxsize=8192)
def _certain(token: str, top: int) -> str:
    """A token that the model had no doubt about; they repeat from answer to answer."""
    others = [other for other in _OTHERS if other != token]
    chances = [(token, -0.0004), *((other, -8.5 - number) for number, other in enumerate(others))]
    return _entry(token, -0.0004, chances[:top])


def _decided(chance: Chance, top: int) -> str:
    space = " " if chance.text.startswith(" ") else ""
    yes, no = chance.p * _MASS, (1 - chance.p) * _MASS
    probable = [("true", yes), ("false", no)] if chance.p >= 0.5 else [("false", no), ("true", yes)]
    rest = [("True", 0.0008), ("False", 0.0006), ("tr", 0.0003), ("null", 0.0002)]
    ranked = sorted([*probable, *rest], key=lambda one: -one[1])
    chances = [(space + word, math.log(max(p, 1e-9))) for word, p in ranked]
    chances += [(other, -12.0 - number) for number, other in enumerate(_OTHERS)]
    return _entry(chances[0][0], chances[0][1], chances[:top])


def _entry(token: str, logprob: float, chances: Sequence[tuple[str, float]]) -> str:
    tops = ",".join(f"{{{_token(other, value)}}}" for other, value in chances)
    return f'{{{_token(token, logprob)},"top_logprobs":[{tops}]}}'


def _token(token: str, logprob: float) -> str:
    numbers = ",".join(map(str, token.encode(errors="surrogatepass")))
    return f'"token":{json.dumps(token, ensure_ascii=False)},"logprob":{logprob:.6g},"bytes":[{numbers}]'
