"""Where the files of openings lie under SHORTLIST_HOME."""

from pathlib import Path


def upload_folder(home: Path, opening: str, upload: str) -> Path:
    """What one upload brought, and the versions of files that were replaced by it."""
    return home / "uploads" / opening / upload


def batch_folder(home: Path, opening: str) -> Path:
    """The batch that uploads add to and runs read: one folder per candidate."""
    return home / "openings" / opening / "batch"


def run_folder(home: Path, opening: str, run: str) -> Path:
    """The results of one run."""
    return home / "openings" / opening / "runs" / run
