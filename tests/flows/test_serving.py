"""`shortlist serve` for real: server, schedule and flow on this machine, ended by a signal."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.flows.conftest import ROLE


def free_port() -> int:
    """A port that nobody listens on, and that no connection of another test is given before its server listens."""
    given_by_the_kernel = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = range(10_000, given_by_the_kernel)
    for _ in range(100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", secrets.choice(ports) if len(ports) > 1_000 else 0))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise AssertionError("100 ports were taken")


def wait_for(path: Path, process: subprocess.Popen[str], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        if path.exists():
            return True
        time.sleep(0.5)
    return path.exists()


@pytest.mark.slow
def test_the_schedule_screens_the_inbox_and_a_signal_ends_everything(tmp_path: Path) -> None:
    role = tmp_path / "inbox" / "billing"
    shutil.copytree(ROLE / "candidates" / "c05", role / "batch" / "c05")
    shutil.copy(ROLE / "scorecard.yaml", role / "scorecard.yaml")
    port = free_port()
    arguments = ["serve", "--inbox", "inbox", "--cron", "* * * * *", "--timezone", "Europe/Berlin", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.cli", *arguments],
        # A folder of its own: the deployments must not depend on where they are served from.
        cwd=tmp_path,
        env={**os.environ, "SHORTLIST_HOME": str(tmp_path / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        screened = wait_for(role / "shortlist" / "shortlist.html", process, seconds=180)
    finally:
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate(timeout=60)
    log = tmp_path / "home" / "prefect" / "server.log"
    assert screened, told + (log.read_text(errors="replace")[-4000:] if log.exists() else "")
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "the server is still there"
