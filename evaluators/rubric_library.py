"""The rubrics that are shipped, one YAML file each."""

import hashlib
from importlib import resources
from pathlib import Path

from pipeline.errors import ScorecardError
from pipeline.models.scorecard import Rubric
from pipeline.rubric_files import load_rubric_file

GATE = "gate"
"""Judges every non-negotiable; gives no points."""
GENERAL = "general"
"""Judges a criterion of one's own that brings no rubric."""


def load_rubric_library(directory: Path | None = None) -> dict[str, Rubric]:
    """Load and validate every rubric of a folder, sorted by id.

    Args:
        directory: Folder of `*.yaml`; the shipped one by default.

    Raises:
        ScorecardError: A file is invalid, or `gate` or `general` is missing.
    """
    if directory is None:
        directory = Path(str(resources.files("evaluators") / "rubrics"))
    library = {
        path.stem: load_rubric_file(path, use="gate" if path.stem == GATE else "rated")
        for path in sorted(directory.glob("*.yaml"))
    }
    missing = [name for name in (GATE, GENERAL) if name not in library]
    if missing:
        raise ScorecardError(
            f"The rubric folder {directory.name!r} has no {' and no '.join(missing)} rubric. "
            "Install the package again, or add the file."
        )
    return library


def rubric_hash(rubric: Rubric) -> str:
    """Hex sha256 of everything in a rubric that can change an answer or its points."""
    return hashlib.sha256(rubric.model_dump_json().encode()).hexdigest()
