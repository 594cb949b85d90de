"""Processes that give way, as a session of their own and as part of one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

AUTOGROUP = Path("/proc/self/autogroup")
pytestmark = pytest.mark.skipif(not AUTOGROUP.exists(), reason="sessions do not count as one here")

# The file is empty where a process belongs to no session's group, as under some container runtimes.
TELL = "import os; from pathlib import Path; print(os.nice(0), *Path('/proc/self/autogroup').read_text().split()[-1:])"


NOW = os.nice(0)
"""The tests themselves may have been told to give way."""


def below(steps: int) -> int:
    """So many steps below the tests, as far as that goes."""
    return min(19, NOW + steps)


def told(code: str, *, session: bool) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", f"from pipeline.background import stay_behind\n{code}\n{TELL}"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        start_new_session=session,
        check=True,
        timeout=60,
    )
    return ran.stdout.strip()


def test_a_session_gives_way_with_its_leader() -> None:
    assert told("stay_behind(7)", session=True) == f"{below(7)} {below(7)}"


def test_a_session_of_a_process_that_was_told_before_gives_way_too() -> None:
    # Told inside this session, it leads one of its own afterwards, as a process does that somebody starts.
    assert told("import os; os.nice(5); os.setsid(); stay_behind()", session=False) == f"{below(5)} {below(5)}"


def test_others_of_a_session_are_not_dragged_along() -> None:
    before = AUTOGROUP.read_text()
    assert told("stay_behind(3)", session=False).split()[0] == str(below(3))
    assert AUTOGROUP.read_text() == before


def test_nobody_gives_way_unasked() -> None:
    assert told("stay_behind()", session=True) == f"{NOW} {NOW}"
