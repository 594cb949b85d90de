"""The provider's cache of prompt prefixes, as a bounded set of hashes."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence

FIRST = 1_024
"""Tokens from which a prefix is cached at all."""
STEP = 128
"""Tokens by which cached prefixes grow."""
_CHARACTERS = 4


class PrefixCache:
    """Remembers the prefixes of answered prompts; the least recently used fall out.

    Args:
        size: How many prefixes it holds; a prompt of 6,000 tokens has 39.
    """

    def __init__(self, size: int = 20_000) -> None:
        self._size = size
        self._known: OrderedDict[int, None] = OrderedDict()

    def cached_tokens(self, prefixes: Sequence[int]) -> int:
        """Tokens of the longest known one of a prompt's prefixes."""
        length = 0
        for prefix in prefixes:
            if prefix not in self._known:
                break
            self._known.move_to_end(prefix)
            length += 1
        return FIRST + (length - 1) * STEP if length else 0

    def store(self, prefixes: Sequence[int]) -> None:
        """Note a prompt whose answer was sent."""
        self._known.update(dict.fromkeys(prefixes))
        while len(self._known) > self._size:
            self._known.popitem(last=False)


def prefixes(model: str, prompt: str) -> list[int]:
    """Hashes of a prompt's prefixes, the shortest first."""
    content = prompt.encode("utf-16-le", errors="surrogatepass")
    width = 2 * _CHARACTERS
    state = hashlib.blake2b(model.encode(), digest_size=8)
    found: list[int] = []
    start = 0
    for end in range(FIRST * width, len(content) + 1, STEP * width):
        state.update(content[start:end])
        start = end
        found.append(int.from_bytes(state.digest()))
    return found
