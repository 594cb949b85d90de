"""The mock endpoint in a process of its own, so that it does not share the interpreter lock of what is measured."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.mock_endpoint.behaviour import Behaviour
from tests.mock_endpoint.statistics import Statistics

_ROOT = Path(__file__).parents[2]
_PATIENCE = 60.0


class MockEndpoint:
    """Starts the process on entry, ends it on exit.

        with MockEndpoint(latency=0.5, faults=[Fault(kind="status_503", when=When(share=0.05))]) as endpoint:
            judge = ChatJudge("mock", base_url=endpoint.base_url)

    Args:
        behaviour: Fields of `Behaviour`.
    """

    base_url: str
    """Ends with /v1."""

    def __init__(self, **behaviour: Any) -> None:
        self._behaviour = Behaviour.model_validate(behaviour)
        self._process: subprocess.Popen[str] | None = None
        self.base_url = ""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.mock_endpoint", "--with-parent"]
        self._process = subprocess.Popen(
            [*command, "--behaviour", self._behaviour.model_dump_json()],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.base_url = self._process.stdout.readline().strip()
        if not self.base_url:
            self.close()
            raise RuntimeError("the mock endpoint did not start; its error stands above")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Of the server's process."""
        assert self._process is not None
        return self._process.pid

    def configure(self, **changes: Any) -> None:
        """Change fields of the behaviour; the others stay. Fault counts and the rate limit begin anew."""
        merged = {name: getattr(self._behaviour, name) for name in Behaviour.model_fields} | changes
        self._behaviour = Behaviour.model_validate(merged)
        self._control("PUT", "behaviour", self._behaviour.model_dump_json().encode())

    def reset(self) -> None:
        """Forget what was counted, and begin the fault counts anew. Files, batches and the prefix cache stay."""
        self._control("POST", "reset", b"")

    def stats(self) -> Statistics:
        """What was counted so far."""
        return Statistics.model_validate_json(self._control("GET", "statistics"))

    def answers(self) -> dict[str, int]:
        """How often each body got a usable answer, by `body_digest`."""
        counts: dict[str, int] = json.loads(self._control("GET", "answers"))
        return counts

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()

    def _control(self, method: str, what: str, body: bytes | None = None) -> bytes:
        url = f"{self.base_url.removesuffix('/v1')}/_mock/{what}"
        # No proxy of the environment reaches this machine's loopback.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(url, data=body, method=method), timeout=_PATIENCE) as response:
            content: bytes = response.read()
        return content
