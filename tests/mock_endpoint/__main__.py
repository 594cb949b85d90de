"""Run the mock endpoint by hand: `python -m tests.mock_endpoint --latency 0.5 --fault status_503:0.05`."""

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

from tests.mock_endpoint.behaviour import Behaviour, Fault, When
from tests.mock_endpoint.routes import Routes
from tests.mock_endpoint.wire import Connection

HOST = "127.0.0.1"


async def serve(behaviour: Behaviour, *, port: int, folder: Path, with_parent: bool) -> None:
    """Serve until a signal comes, or until the parent is gone."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    if with_parent:
        # The parent holds the other end; the kernel closes it however the parent dies.
        loop.add_reader(sys.stdin.fileno(), _end_at_eof, ended)
    routes = Routes(behaviour, folder=folder)
    server = await loop.create_server(lambda: Connection(routes), HOST, port, backlog=1024)
    print(f"http://{HOST}:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await ended.wait()
    server.close()


def _end_at_eof(ended: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 1024):
        ended.set()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one; the URL is printed")
    parser.add_argument("--latency", type=float, help="seconds")
    parser.add_argument("--jitter", type=float, help="up to so many seconds more")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--fault", action="append", default=[], metavar="KIND[:SHARE]", help="may be repeated")
    parser.add_argument(
        "--behaviour", default="{}", metavar="JSON", help="anything that tests.mock_endpoint.behaviour knows"
    )
    parser.add_argument("--with-parent", action="store_true", help="end when standard input is closed")
    chosen = parser.parse_args()
    given = {name: getattr(chosen, name) for name in ("latency", "jitter", "seed")}
    settings = json.loads(chosen.behaviour) | {name: value for name, value in given.items() if value is not None}
    behaviour = Behaviour.model_validate_json(json.dumps(settings))
    faults = tuple(_fault(text) for text in chosen.fault)
    behaviour = behaviour.model_copy(update={"faults": behaviour.faults + faults})
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(serve(behaviour, port=chosen.port, folder=Path(folder), with_parent=chosen.with_parent))


def _fault(text: str) -> Fault:
    kind, _, share = text.partition(":")
    return Fault.model_validate({"kind": kind, "when": When(share=float(share or 1))})


if __name__ == "__main__":
    main()
