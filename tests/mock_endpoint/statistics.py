"""What the mock endpoint saw, kept as hashes and counts, never as bodies."""

import hashlib
import json
import resource
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pipeline.models.base import FrozenModel

Json = Mapping[str, object]


def body_digest(body: Json) -> str:
    """Hex sha256 of a request body as canonical JSON, so that a line of a batch and a call can be compared."""
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    # A lone surrogate is lawful in JSON and has no UTF-8.
    return hashlib.sha256(canonical.encode(errors="surrogatepass")).hexdigest()


class Statistics(FrozenModel):
    """Counts since the endpoint was started or last reset."""

    calls: int
    """Chat calls that arrived, lines of batches not among them."""
    bodies: int
    """Distinct request bodies among them and the lines of batches."""
    answered: int
    """Distinct bodies that got at least one usable answer: sent in full, by call or as a line of a batch."""
    doubled: int
    """Distinct bodies that got more than one."""
    unusable: int
    """Replies with status 200 that no client can use as they are: off-schema, cut off, empty, refused, ..."""
    undelivered: int
    """Answers whose client had gone before they were sent."""
    at_once: int
    """Most calls under way at one time."""
    call_seconds: float
    """Sum over all ended calls of the time from arrival to last byte; divided by `seconds`, the mean under way."""
    connections: int
    bytes_in: int
    bytes_out: int
    statuses: dict[int, int]
    """Chat replies by status; resets and hangs have none."""
    faults: dict[str, int]
    """Calls and lines by the fault that befell them; those of the real limits count as `rate_limit`."""
    batches: dict[str, int]
    """Ended batches by their last status."""
    batch_lines: int
    """Lines that were worked on."""
    files: int
    """Files that are stored now."""
    seconds: float
    """From the arrival of the first chat call to the last byte of the last answer."""
    cpu_seconds: float
    """Of the server's process since its start or the last reset."""
    waited_seconds: float
    """For how long that process was ready to run while others had the processors; likewise since then."""
    peak_megabytes: float
    """Of the server's process, resident, since its start."""


def waited_for_processor() -> float:
    """Seconds that this process's living threads were ready to run and did not; 0 where Linux does not tell.

    A measurement on a busy machine is one of the machine; this tells how busy it was.
    """
    waited = 0.0
    for path in Path("/proc/self/task").glob("*/schedstat"):
        try:
            waited += int(path.read_text().split()[1]) / 1e9
        except OSError:
            continue  # The thread has just ended.
    return waited


class Attempt(NamedTuple):
    """One arrival of a body."""

    digest: str
    number: int
    """From 1."""


class Recorder:
    """Counts; a body costs about 200 bytes."""

    def __init__(self) -> None:
        self.under_way = 0
        self.reset()

    def reset(self) -> None:
        """Forget everything but the calls that are under way."""
        self._attempts: dict[bytes, int] = {}
        self._answers: dict[bytes, int] = {}
        self.statuses: Counter[int] = Counter()
        self.faults: Counter[str] = Counter()
        self.batches: Counter[str] = Counter()
        self.calls = self.unusable = self.undelivered = self.connections = 0
        self.bytes_in = self.bytes_out = self.batch_lines = 0
        self.at_once = self.under_way
        self._first: float | None = None
        self._last = self._call_seconds = 0.0
        self._cpu_before, self._waited_before = time.process_time(), waited_for_processor()

    def arrived(self, body: Json) -> Attempt:
        """Note a body and say how often it came."""
        digest = body_digest(body)
        key = bytes.fromhex(digest)
        number = self._attempts.get(key, 0) + 1
        self._attempts[key] = number
        return Attempt(digest, number)

    def answered(self, digest: str) -> None:
        """Note a usable answer."""
        key = bytes.fromhex(digest)
        self._answers[key] = self._answers.get(key, 0) + 1

    def begin(self) -> float:
        """Note that a call has arrived in full.

        Returns:
            What `end` wants back.
        """
        self.calls += 1
        self.under_way += 1
        self.at_once = max(self.at_once, self.under_way)
        now = time.monotonic()
        if self._first is None:
            self._first = now
        return now

    def end(self, began: float) -> None:
        """Note that a call is over, whatever came of it."""
        self.under_way -= 1
        self._last = time.monotonic()
        self._call_seconds += self._last - began

    def answers(self) -> dict[str, int]:
        """How often each body got a usable answer, by hex digest."""
        return {key.hex(): count for key, count in self._answers.items()}

    def statistics(self, *, files: int) -> Statistics:
        """Everything at this moment."""
        return Statistics(
            calls=self.calls,
            bodies=len(self._attempts),
            answered=len(self._answers),
            doubled=sum(count > 1 for count in self._answers.values()),
            unusable=self.unusable,
            undelivered=self.undelivered,
            at_once=self.at_once,
            call_seconds=self._call_seconds,
            connections=self.connections,
            bytes_in=self.bytes_in,
            bytes_out=self.bytes_out,
            statuses=dict(self.statuses),
            faults=dict(self.faults),
            batches=dict(self.batches),
            batch_lines=self.batch_lines,
            files=files,
            seconds=max(0.0, self._last - self._first) if self._first is not None else 0.0,
            cpu_seconds=time.process_time() - self._cpu_before,
            waited_seconds=waited_for_processor() - self._waited_before,
            peak_megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        )
