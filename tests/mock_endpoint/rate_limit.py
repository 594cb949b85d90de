"""A rate limit that is really kept, with OpenAI's headers."""

import math
from collections.abc import Callable
from email.utils import formatdate
from typing import NamedTuple

from tests.mock_endpoint.behaviour import RateLimit, RetryAfter

Headers = dict[str, str]


class Decision(NamedTuple):
    """Whether a call may pass."""

    wait: float
    """Seconds until it would find room; 0: it passes."""
    short_of: str
    """`requests` or `tokens`; empty if it passes."""
    headers: Headers


class RateLimiter:
    """Two token buckets, both full at first.

    Args:
        limit: How much they hold and how fast they fill.
        clock: Seconds on a clock that never goes back.
    """

    def __init__(self, limit: RateLimit, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._requests = _Bucket(limit.requests_per_second, limit.burst_seconds, now=clock())
        self._tokens = _Bucket(limit.tokens_per_minute / 60, limit.burst_seconds, now=clock())

    def admit(self, tokens: int) -> Decision:
        """Take a request and its tokens, or nothing."""
        now = self._clock()
        waits = {"requests": self._requests.wait(1, now), "tokens": self._tokens.wait(tokens, now)}
        short_of = max(waits, key=lambda name: waits[name])
        if waits[short_of] > 0:
            return Decision(waits[short_of], short_of, self._headers())
        self._requests.take(1)
        self._tokens.take(tokens)
        return Decision(0.0, "", self._headers())

    def _headers(self) -> Headers:
        return {
            "x-ratelimit-limit-requests": str(math.floor(self._requests.rate * 60)),
            "x-ratelimit-limit-tokens": str(math.floor(self._tokens.rate * 60)),
            "x-ratelimit-remaining-requests": str(max(0, math.floor(self._requests.level))),
            "x-ratelimit-remaining-tokens": str(max(0, math.floor(self._tokens.level))),
            "x-ratelimit-reset-requests": duration(self._requests.until_full()),
            "x-ratelimit-reset-tokens": duration(self._tokens.until_full()),
        }


class _Bucket:
    def __init__(self, rate: float, burst_seconds: float, *, now: float) -> None:
        self.rate = rate
        # At least one: a bucket that never holds a whole request would never let one pass.
        self._size = max(1.0, rate * burst_seconds)
        self.level = self._size
        self._filled = now

    def wait(self, amount: float, now: float) -> float:
        self.level = min(self._size, self.level + (now - self._filled) * self.rate)
        self._filled = now
        # What is bigger than the bucket passes when it is full, and leaves a debt.
        missing = min(amount, self._size) - self.level
        return missing / self.rate if missing > 1e-9 else 0.0

    def take(self, amount: float) -> None:
        self.level -= amount

    def until_full(self) -> float:
        return (self._size - self.level) / self.rate


def duration(seconds: float) -> str:
    """Seconds as OpenAI writes them: `120ms`, `1s`, `1.5s`, `6m0s`, `1h0m3s`."""
    if seconds < 1:
        return f"{math.ceil(seconds * 1000)}ms"
    whole, minutes = seconds % 60, int(seconds // 60)
    text = f"{whole:.3f}".rstrip("0").rstrip(".") + "s"
    if minutes >= 60:
        return f"{minutes // 60}h{minutes % 60}m{text}"
    return f"{minutes}m{text}" if minutes else text


def retry_after_headers(kind: RetryAfter, seconds: float, *, now: float) -> Headers:
    """The header that tells a client to wait.

    Args:
        kind: Its form.
        seconds: How long.
        now: Unix time.
    """
    match kind:
        case "seconds":
            return {"retry-after": f"{seconds:.3f}".rstrip("0").rstrip(".")}
        case "date":
            return {"retry-after": formatdate(math.ceil(now + seconds), usegmt=True)}
        case "milliseconds":
            return {"retry-after-ms": str(math.ceil(seconds * 1000))}
        case "none":
            return {}
