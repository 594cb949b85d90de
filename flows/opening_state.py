"""What an opening's batch and scorecard were when they were last screened, so that nothing is screened for nothing."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue

from flows.publishing import write_files
from pipeline.desk.places import batch_folder, opening_folder
from pipeline.models.run import RunRecord

_SCREENED = "screened.json"
_LOOKED = "looked.json"


class Look(NamedTuple):
    """What came of looking by schedule."""

    at: datetime
    outcome: str


def opening_state(home: Path, opening: str, *, scorecard_sha256: str, options: Mapping[str, JsonValue]) -> str:
    """Hex sha256 over the scorecard, the options, and the names, sizes and times of the batch's files."""
    batch = batch_folder(home, opening)
    digest = hashlib.sha256(json.dumps([scorecard_sha256, dict(options)], sort_keys=True).encode())
    for path in files_of(batch):
        status = path.stat()
        digest.update(f"{path.relative_to(batch)}\0{status.st_size}\0{status.st_mtime_ns}\n".encode(errors="replace"))
    return digest.hexdigest()


def files_of(batch: Path) -> list[Path]:
    """The files of a batch, in order."""
    return sorted(path for path in batch.rglob("*") if path.is_file())


def came_to_its_end(record: RunRecord) -> bool:
    """Whether a run read everybody: no budget ended it, its judges stayed, and every question got an answer."""
    away = any(failure.reason.startswith(("judge: ", "second judge: ")) for failure in record.failures)
    return not away and record.counts.failed == 0


def remember_screened(home: Path, opening: str, state: str, *, run: str) -> None:
    """Note what the newest whole run of an opening was over."""
    _write(home, opening, _SCREENED, {"state": state, "run": run})


def screened_state(home: Path, opening: str) -> str | None:
    """What the newest whole run was over, or None."""
    state = _read(home, opening, _SCREENED).get("state")
    return state if isinstance(state, str) else None


def remember_look(home: Path, opening: str, outcome: str) -> None:
    """Note that an opening was looked at by schedule, now."""
    _write(home, opening, _LOOKED, {"at": datetime.now(UTC).isoformat(timespec="seconds"), "outcome": outcome})


def last_look(home: Path, opening: str) -> Look | None:
    """When an opening was last looked at by schedule, and what came of it."""
    noted = _read(home, opening, _LOOKED)
    try:
        return Look(datetime.fromisoformat(str(noted["at"])), str(noted["outcome"]))
    except (KeyError, ValueError):
        return None


def _write(home: Path, opening: str, name: str, content: dict[str, JsonValue]) -> None:
    folder = opening_folder(home, opening)
    folder.mkdir(parents=True, exist_ok=True)
    write_files(folder, {name: json.dumps(content)})


def _read(home: Path, opening: str, name: str) -> dict[str, JsonValue]:
    try:
        content = json.loads((opening_folder(home, opening) / name).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
