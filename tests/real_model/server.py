"""A real llama.cpp server with a real, very small model, on loopback.

    python -m tests.real_model.server                  # serves until Ctrl-C and says where
    python -m tests.real_model.server COMMAND ...      # runs a command with REAL_MODEL_URL set, then ends

SmolLM2-135M-Instruct is far too small to judge anybody. It answers over the same wire, under the same grammar and with
the same kind of log-probabilities as a model that can.
"""

import os
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tests.real_model.model_file import CACHE, HERE, model_file

MODEL = "smollm2-135m-instruct-q4_1"
CONTEXT_TOKENS = 8_192
"""As many as the model was trained with; a request with its worked examples takes about 6,000."""
URL_VARIABLE = "REAL_MODEL_URL"
START_SECONDS = 120.0
_SERVE = "--serve"


class ModelServer:
    """The server in a process of its own; use it as a context manager."""

    def __init__(self) -> None:
        self.base_url = ""

    def __enter__(self) -> Self:
        model = model_file()
        self._log = (CACHE / "server.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", __spec__.name if __spec__ else "tests.real_model.server", _SERVE, str(model)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=HERE.parents[1],
        )
        address = _first_line(self._process)
        if not address:
            self.__exit__(None, None, None)
            raise RuntimeError(f"The model server did not start; see {self._log.name}.")
        self.base_url = f"{address}/v1"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()  # It holds nothing that could be lost.
        self._process.communicate()
        self._log.close()


def _first_line(process: "subprocess.Popen[bytes]") -> str:
    timer = threading.Timer(START_SECONDS, process.kill)
    timer.start()
    try:
        pipe: IO[bytes] | None = process.stdout
        for line in pipe or ():
            if line.startswith(b"http://"):
                return line.decode().strip()
        return ""
    finally:
        timer.cancel()


def serve(model: Path) -> None:
    """Serve in this process until standard input ends, which it does when the parent is gone."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    params.model_alias = {MODEL}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.ui = False
    # One slot: the order of the requests decides all that is computed.
    params.n_parallel = 1
    # Several threads wait for each other without rest, which on a busy machine takes ten times as long.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.n_ctx = CONTEXT_TOKENS
    params.chat_template = (HERE / "chat_template.jinja").read_text(encoding="utf-8")
    # Without it a model of this size repeats one quote until it is cut off.
    params.sampling.penalty_present = 0.5
    params.sampling.penalty_last_n = 200
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.buffer.read()
    os._exit(0)  # Its threads would finish what nobody waits for.


def main(arguments: list[str]) -> int:
    """Serve, or run a command against the server."""
    if arguments[:1] == [_SERVE]:
        serve(Path(arguments[1]))
    with ModelServer() as server:
        print(f"--judge openai:{MODEL} --base-url {server.base_url}", flush=True)
        try:
            if arguments:
                return subprocess.run(arguments, env={**os.environ, URL_VARIABLE: server.base_url}).returncode
            threading.Event().wait()
        except KeyboardInterrupt:
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
