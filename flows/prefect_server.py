"""A Prefect server of our own: started, watched, started again when it dies, and ended with us."""

import logging
import os
import socket
import sys
import threading
import time
from pathlib import Path

from flows.leash import Leashed
from pipeline.errors import ConfigurationError

FIRST_WAIT_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 60.0
CLIENT_RETRIES = 3
"""After 2, 4 and 8 seconds: as long as a server that died takes to come back. Prefect's own 5 last a minute, for which
nobody would wait who wants to end everything."""
LIVED_LONG_SECONDS = 120.0
"""A server that lived this long did not die of how it was started."""

_log = logging.getLogger(__name__)


def prefect_environment(home: Path, *, api: str, own: bool) -> dict[str, str]:
    """Variables that Prefect reads when it is imported, in this process and all it starts.

    Args:
        home: SHORTLIST_HOME.
        api: Address of the server's API.
        own: Whether the server is ours; it then keeps its database under `home`.
    """
    variables = {"PREFECT_API_URL": api, "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
    variables["PREFECT_CLIENT_MAX_RETRIES"] = os.environ.get("PREFECT_CLIENT_MAX_RETRIES", str(CLIENT_RETRIES))
    return variables | ({"PREFECT_HOME": str(home / "prefect")} if own else {})


class PrefectServer:
    """The server's process and the thread that watches it.

    Args:
        home: SHORTLIST_HOME.
        port: Where it listens, on 127.0.0.1 alone.
    """

    def __init__(self, home: Path, *, port: int) -> None:
        self._folder = home / "prefect"
        self._port = port
        self._over = threading.Event()
        self._process: Leashed | None = None
        self._began = 0.0
        self._watch = threading.Thread(target=self._keep_up, name="prefect server", daemon=True)

    def start(self) -> None:
        """Start it without waiting: the first start makes a database and may take half a minute.

        Raises:
            ConfigurationError: Its port is taken.
        """
        check_port_is_free("127.0.0.1", self._port, option="--prefect-port")
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._launch()
        self._watch.start()

    def let_go(self) -> None:
        """Begin to end it, without waiting."""
        self._over.set()
        if self._process is not None:
            self._process.let_go()

    def end(self) -> None:
        """End it, and wait until nothing is left of it."""
        self.let_go()
        if self._watch.is_alive():
            self._watch.join()
        if self._process is not None:
            self._process.end()

    def _launch(self) -> None:
        command = [sys.executable, "-P", "-m", "prefect", "server", "start"]
        self._process = Leashed(
            [*command, "--host", "127.0.0.1", "--port", str(self._port)],
            log=self._folder / "server.log",
            environment=dict(os.environ),
        )
        self._began = time.monotonic()

    def _keep_up(self) -> None:
        wait = FIRST_WAIT_SECONDS
        while not self._over.wait(1.0):
            if self._process is None or not self._process.ended():
                continue
            if time.monotonic() - self._began > LIVED_LONG_SECONDS:
                wait = FIRST_WAIT_SECONDS
            _log.warning("the Prefect server ended; it is started again in %.0f s", wait)
            if self._over.wait(wait):
                return
            self._process.end()
            self._launch()
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)


def check_port_is_free(host: str, port: int, *, option: str) -> None:
    """Find out before anything is started.

    Raises:
        ConfigurationError: Something listens there.
    """
    try:
        with socket.create_connection((host, port), timeout=1.0):
            pass
    except OSError:
        return
    raise ConfigurationError(f"Something listens on {host}:{port} already. End it, or choose another with {option}.")
