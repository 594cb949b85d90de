"""Letting a process wait behind those that people wait for, on machines where a session counts as one."""

import contextlib
import os
import time
from pathlib import Path

_AUTOGROUP = Path("/proc/self/autogroup")
_TRIES = 5


def stay_behind(nice: int | None = None) -> None:
    """Give way to other processes.

    Linux shares processors between sessions first where its autogroups are on, and `nice` counts inside one session
    alone. A process that leads a session of its own says it for the session, too.

    Args:
        nice: How much further behind; if not given, the session gives way as this process was told to.
    """
    now = os.nice(nice or 0)
    if now <= 0 or os.getsid(0) != os.getpid():
        return
    for _ in range(_TRIES):
        with contextlib.suppress(FileNotFoundError, PermissionError):
            try:
                _AUTOGROUP.write_text(str(now))
            except BlockingIOError:
                # Users may say so ten times a second, all together.
                time.sleep(0.1)
                continue
        return
