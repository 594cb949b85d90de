"""The cheapest client there is, to tell what a loss is the endpoint's: sockets, fixed bytes, nothing is parsed."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit


class BareRun(NamedTuple):
    """What a bare client reached."""

    answered: int
    seconds: float


async def ask_bare(base_url: str, bodies: Sequence[bytes], *, in_flight: int) -> BareRun:
    """Post every body once over so many connections that are kept open."""
    split = urlsplit(base_url)
    host, port = str(split.hostname), int(split.port or 80)
    head = f"POST {split.path}/chat/completions HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n"
    source = iter(bodies)
    started = time.perf_counter()
    counts = await asyncio.gather(*(_work(source, head.encode(), host, port) for _ in range(in_flight)))
    return BareRun(sum(counts), time.perf_counter() - started)


async def _work(source: Iterator[bytes], head: bytes, host: str, port: int) -> int:
    reader, writer = await asyncio.open_connection(host, port, limit=2**20)
    answered = 0
    try:
        for body in source:
            writer.write(head + b"content-length: %d\r\n\r\n" % len(body) + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = answer.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
            answered += answer.startswith(b"HTTP/1.1 200")
    finally:
        writer.close()
    return answered
