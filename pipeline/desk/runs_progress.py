"""Who was read and judged so far in a run that goes on, and whose files could not be read.

It lies beside the results while they are being written, and is deleted with that folder: names are in the results then.
"""

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pipeline.desk.places import run_folder
from pipeline.models.base import FrozenModel

Passed = Literal["reading", "screening", "judging"]
"""Stages that one candidate after the other passes."""

_NAME = "progress.jsonl"


class SetAside(FrozenModel):
    """A file that could not be read."""

    file: str
    """As the candidate's folder has it; `resume` if none came."""
    reason: str


class CandidateProgress(FrozenModel):
    """How far the run is with one candidate."""

    candidate: str
    """Empty for what belongs to nobody, such as a table that cannot be read."""
    passed: Passed | None = None
    """The last stage that is done."""
    set_aside: tuple[SetAside, ...] = ()


def unfinished_folder(home: Path, opening: str, run: str) -> Path:
    """Where the results of a run are written until they are whole."""
    out = run_folder(home, opening, run)
    return out.with_name(f".{out.name}")


def note_progress(folder: Path, told: Iterable[CandidateProgress]) -> None:
    """Add what happened; a folder that is gone, because the run is over, is left alone."""
    lines = "".join(
        json.dumps([one.candidate, one.passed, [[aside.file, aside.reason] for aside in one.set_aside]]) + "\n"
        for one in told
    )
    if not lines:
        return
    try:
        with (folder / _NAME).open("a", encoding="utf-8") as file:
            file.write(lines)
    except FileNotFoundError:
        return


def forget_progress(folder: Path) -> None:
    """Delete it, for a folder that becomes the results."""
    (folder / _NAME).unlink(missing_ok=True)


def read_progress(home: Path, opening: str, run: str) -> Sequence[CandidateProgress]:
    """Everybody of whom something is known, whoever was last dealt with first; nobody once the run is over."""
    path = unfinished_folder(home, opening, run) / _NAME
    try:
        size = path.stat().st_size
    except OSError:
        return ()
    return _read(path, size)


@lru_cache(maxsize=8)
def _read(path: Path, size: int) -> Sequence[CandidateProgress]:
    try:
        with path.open("rb") as file:
            lines = file.read(size).decode("utf-8", "replace").splitlines(keepends=True)
    except OSError:
        return ()
    found: dict[str, CandidateProgress] = {}
    for line in lines:
        # The last line may still be being written.
        if line.endswith("\n"):
            name, passed, aside = json.loads(line)
            before = found.pop(name, None)
            files = tuple(SetAside(file=file, reason=reason) for file, reason in aside)
            found[name] = CandidateProgress(
                candidate=name, passed=passed, set_aside=files or (before.set_aside if before else ())
            )
    return tuple(reversed(found.values()))
