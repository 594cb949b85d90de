"""Whether an endpoint read all of a request, told from the tokens that it counted.

Some servers cut what does not fit their context and answer all the same (Ollama beyond `num_ctx`); a judgement of
half the evidence looks like any other.
"""

from evaluators.chat.client import Call, Reply
from evaluators.money.prices import Usage

CHARACTERS_PER_TOKEN = (3.6, 6.0)
"""At least; and at most, beyond which an endpoint has left some of the text out: English with JSON has 3.6 to 4.6."""
SHORT = 2_000
"""Characters below which no context is too small, and a count says little."""
CAPPED_REQUESTS = 3
"""So many requests of different lengths with one and the same highest count are no accident."""
DIFFERENT = 0.05
"""Requests are of different lengths when the longest has this share more characters than the shortest."""


def characters_of(call: Call) -> int:
    """Characters of all messages; a schema may or may not be among the tokens."""
    return sum(len(text) for _, text in call.messages)


def read_in_part(call: Call, reply: Reply) -> bool:
    """Whether an endpoint counted far fewer tokens than were sent."""
    tokens = _tokens(reply)
    return bool(tokens) and characters_of(call) >= SHORT and characters_of(call) / tokens > CHARACTERS_PER_TOKEN[1]


class Caps:
    """Notices an endpoint that reads up to so many tokens of any request and no more."""

    def __init__(self) -> None:
        self._most = 0
        self._lengths: set[int] = set()

    def reached(self, characters: int, reply: Reply) -> bool:
        """Note a reply; whether its request is one of several that were cut at one length."""
        tokens = _tokens(reply)
        if not tokens or tokens < self._most:
            return False
        if tokens > self._most:
            self._most, self._lengths = tokens, set()
        self._lengths.add(characters)
        enough = len(self._lengths) >= CAPPED_REQUESTS
        return enough and max(self._lengths) > min(self._lengths) * (1 + DIFFERENT)


def _tokens(reply: Reply) -> int:
    usage = Usage.of(reply.facts)
    return 0 if usage is None else usage.input_tokens
