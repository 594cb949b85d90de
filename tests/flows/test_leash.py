"""What is on a leash ends with its starter, even with one that is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.leash import Leashed

STUBBORN = (
    "import os, signal, sys, time\n"
    "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    "open(sys.argv[1], 'w').write(str(os.getpid()))\n"
    "time.sleep(600)"
)
WITH_A_CHILD = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "open(sys.argv[1], 'w').write(str(child.pid))\n"
    "time.sleep(600)"
)


def alive(pid: int) -> bool:
    try:
        # A zombie that waits for its parent runs no more.
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def until(condition: Callable[[], bool], *, seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def written_pid(path: Path) -> int:
    assert until(lambda: path.exists() and path.read_text() != "")
    return int(path.read_text())


@pytest.mark.parametrize("script", [STUBBORN, WITH_A_CHILD])
def test_ending_leaves_nothing_behind(tmp_path: Path, script: str) -> None:
    leashed = Leashed([sys.executable, "-c", script, str(tmp_path / "pid")], log=tmp_path / "log")
    pid = written_pid(tmp_path / "pid")
    assert alive(pid)
    began = time.monotonic()
    leashed.end()
    assert until(lambda: not alive(pid), seconds=30)
    assert leashed.ended()
    # It would have ended by itself by then.
    assert time.monotonic() - began < 60


def test_a_killed_starter_takes_the_command_with_it(tmp_path: Path) -> None:
    starter = (
        "import sys, time\nfrom pathlib import Path\nfrom flows.leash import Leashed\n"
        f"Leashed([sys.executable, '-c', {WITH_A_CHILD!r}, sys.argv[1]], log=Path(sys.argv[2]))\ntime.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", starter, str(tmp_path / "pid"), str(tmp_path / "log")])
    pid = written_pid(tmp_path / "pid")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert until(lambda: not alive(pid))


def test_a_killed_leash_takes_the_command_with_it(tmp_path: Path) -> None:
    leashed = Leashed([sys.executable, "-c", STUBBORN, str(tmp_path / "pid")], log=tmp_path / "log")
    pid = written_pid(tmp_path / "pid")
    os.kill(leashed.pid, signal.SIGKILL)
    assert until(lambda: not alive(pid))
    leashed.end()


def test_a_command_that_ends_by_itself_is_seen(tmp_path: Path) -> None:
    leashed = Leashed([sys.executable, "-c", "print('said')"], log=tmp_path / "log")
    assert until(leashed.ended)
    assert (tmp_path / "log").read_text() == "said\n"
    leashed.end()


def test_a_file_of_the_folder_it_was_started_in_is_no_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = tmp_path / "ran"
    (tmp_path / "ctypes.py").write_text(f"open({str(ran)!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    leashed = Leashed([sys.executable, "-P", "-c", "print('done')"], log=tmp_path / "log")
    assert until(leashed.ended)
    leashed.end()
    assert (tmp_path / "log").read_text() == "done\n"
    assert not ran.exists()
