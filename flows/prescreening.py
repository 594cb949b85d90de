"""Scheduled prescreening: screen what is new or changed in an inbox, role by role."""

import hashlib
import json
import time
from pathlib import Path

from prefect import flow, get_run_logger

from flows.publishing import write_files
from flows.run_options import RunOptions
from flows.screening import screening
from pipeline.errors import ShortlistError

SETTLE_SECONDS = 5.0
"""A batch with a file younger than this is still arriving and waits for the next run."""
STATE_FILE = ".prescreened"


@flow(name="prescreening", persist_result=False)
def prescreening(inbox: Path, options: RunOptions | None = None) -> dict[str, str]:
    """Screen every role whose batch or scorecard changed since the last run.

    The inbox holds one folder per role: `scorecard.yaml`, the submissions in `batch/`, and after a
    run the result in `shortlist/`. Candidates that were screened before are not asked again. A budget
    holds for each role of each run; what it left open is gone on with in the next run.

    Returns:
        What happened, by role.

    Raises:
        ShortlistError: At least one role could not be screened; all others were.
    """
    log = get_run_logger()
    outcomes: dict[str, str] = {}
    failed: list[str] = []
    chosen = options or RunOptions()
    for role in roles(inbox):
        state = role_state(role, options=chosen)
        if (outcome := why_not_now(role, state, now=time.time())) is None:
            try:
                outcome = screening(role / "batch", role / "scorecard.yaml", role / "shortlist", chosen)
                if came_to_its_end(role):
                    _remember(role, state)
            except ShortlistError as error:
                outcome = f"failed: {error}"
                failed.append(role.name)
        outcomes[role.name] = outcome
        log.info("%s: %s", role.name, outcome)
    if failed:
        raise ShortlistError(
            "; ".join(f"Role {name!r} {outcomes[name]}" for name in failed) + " The other roles are done."
        )
    return outcomes


def roles(inbox: Path) -> list[Path]:
    """Folders of the inbox that hold a scorecard and a batch, by name."""
    if not inbox.is_dir():
        return []
    return sorted(path for path in inbox.iterdir() if (path / "scorecard.yaml").is_file() and (path / "batch").is_dir())


def came_to_its_end(role: Path) -> bool:
    """Whether the last run read everybody: no budget ended it, its judges stayed, and every question got an answer."""
    run = json.loads((role / "shortlist" / "run.json").read_text(encoding="utf-8"))
    away = any(failure["reason"].startswith(("judge: ", "second judge: ")) for failure in run["failures"])
    return not away and run["counts"]["failed"] == 0


def role_state(role: Path, *, options: RunOptions) -> str:
    """Hex sha256 over the scorecard, the options, and the names, sizes and times of the batch's files."""
    digest = hashlib.sha256(options.model_dump_json().encode())
    digest.update((role / "scorecard.yaml").read_bytes())
    for path in sorted((role / "batch").rglob("*")):
        if path.is_file():
            status = path.stat()
            digest.update(f"{path.relative_to(role)}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def why_not_now(role: Path, state: str, *, now: float) -> str | None:
    """Why a role is not screened in this run, or None if it is.

    Args:
        role: The role's folder.
        state: What it holds, from `role_state`.
        now: Seconds since the epoch.
    """
    files = [path for path in (role / "batch").rglob("*") if path.is_file()]
    if not files:
        return "nothing in batch/ yet"
    if now - max(path.stat().st_mtime for path in files) < SETTLE_SECONDS:
        return "files are still arriving; next time"
    if _remembered(role) == state and (role / "shortlist" / "shortlist.html").is_file():
        return "nothing new"
    return None


def _remembered(role: Path) -> str | None:
    try:
        state = json.loads((role / "shortlist" / STATE_FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return str(state.get("state")) if isinstance(state, dict) else None


def _remember(role: Path, state: str) -> None:
    write_files(role / "shortlist", {STATE_FILE: json.dumps({"state": state})})
