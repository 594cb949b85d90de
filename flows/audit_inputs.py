"""What an audit starts from: a finished screening, its batch and its scorecard, wherever they lie now."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import ValidationError

from flows.run_options import DEFAULT_JUDGE, RunOptions
from flows.wiring import own_files, read_scorecard
from pipeline.errors import ConfigurationError, ScorecardError
from pipeline.ledger import Ledger
from pipeline.models.base import FrozenModel
from pipeline.models.report import Report
from pipeline.models.run import RunRecord
from pipeline.models.scorecard import Scorecard
from pipeline.settings import Settings

M = TypeVar("M", RunRecord, Report)

NOWHERE = "http://127.0.0.1:9/v1"
"""Where a chat judge that is only to render requests believes its endpoint to be; nothing is ever sent."""
_OF_RENDERING = ("logprobs", "calibration")
_OF_RETRIEVAL = ("embedder", "embedder_base_url")


class AuditOptions(FrozenModel):
    """What the caller of an audit chose."""

    batch: Path | None = None
    scorecard: Path | None = None
    demographics: Path | None = None
    out: Path | None = None
    selected_by: str | None = None
    bar: float | None = None
    decisions: Path | None = None
    swaps: bool = True
    sample: int = 100
    """Candidates whose twins are read at most."""


class FinishedRun(NamedTuple):
    """A screening as it was published."""

    record: RunRecord
    report: Report


def read_run(run_dir: Path) -> FinishedRun:
    """Read what a screening left behind.

    Raises:
        ConfigurationError: The folder is none of a finished screening.
    """
    if not run_dir.is_dir():
        raise ConfigurationError(f"{str(run_dir)!r} is no folder. Name the folder of a finished screening.")
    record = _read(run_dir / "run.json", RunRecord)
    report = _read(run_dir / "shortlist.json", Report)
    if report.scorecard.hash != record.scorecard_hash:
        raise ConfigurationError(
            f"run.json and shortlist.json in {str(run_dir)!r} are of different screenings. Screen the batch again."
        )
    return FinishedRun(record, report)


def _read(path: Path, kind: type[M]) -> M:
    try:
        return kind.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "another version wrote it, or it is damaged"
        raise ConfigurationError(
            f"{str(path.parent)!r} is no folder of a finished screening: {path.name} cannot be read ({cause}). "
            "Name the folder that `shortlist screen --out` wrote."
        ) from error


def batch_of(run: FinishedRun, given: Path | None, *, settings: Settings) -> Path:
    """Where the batch lies: as given, else where the ledger says that it lay.

    Raises:
        ConfigurationError: It is not there.
    """
    if given is not None:
        if not given.exists():
            raise ConfigurationError(f"--batch {str(given)!r} does not exist.")
        own_files(settings).check(given, inside=True)
        return given
    known = _noted_batch(run.record.run_id, settings=settings)
    if known is None:
        raise ConfigurationError(
            f"The ledger in {str(settings.home)!r} does not know run {run.record.run_id!r}, so where its batch lies is "
            "not known. Name it with --batch, or leave the swaps out with --no-swaps."
        )
    if not known.exists():
        raise ConfigurationError(
            f"The batch of this run lay in {str(known)!r}, and there is nothing now. Name its new place with --batch, "
            "or leave the swaps out with --no-swaps."
        )
    return known


def _noted_batch(run_id: str, *, settings: Settings) -> Path | None:
    if isinstance(settings.ledger, Path) and not settings.ledger.exists():
        return None
    with Ledger.open(settings.ledger) as ledger:
        return next((Path(one.batch_fingerprint) for one in ledger.runs() if one.id == run_id), None)


def scorecard_of(run: FinishedRun, given: Path | None, *, batch: Path) -> Scorecard:
    """The scorecard of the run: as given, else the one in or beside the batch that has its hash.

    Raises:
        ConfigurationError: There is none, or it was changed since.
    """
    wanted = run.record.scorecard_hash
    if given is not None:
        scorecard = read_scorecard(given)
        if scorecard.hash != wanted:
            raise ConfigurationError(
                f"{str(given)!r} is not the scorecard of this run any more: it, or a rubric that it uses, was changed. "
                "Screen the batch again, and audit that."
            )
        return scorecard
    for path in _scorecards_near(batch):
        try:
            scorecard = read_scorecard(path)
        except ScorecardError:
            continue
        if scorecard.hash == wanted:
            return scorecard
    raise ConfigurationError(
        f"The scorecard {run.record.scorecard_id!r} of this run was not found in or beside {str(batch)!r}, or was "
        "changed since. Name it with --scorecard."
    )


def _scorecards_near(batch: Path) -> Iterator[Path]:
    folders = [batch, batch.parent] if batch.is_dir() else [batch.parent]
    for folder in folders:
        first = folder / "scorecard.yaml"
        yield from [first] if first.is_file() else []
        yield from sorted(path for path in folder.glob("*.y*ml") if path != first and path.is_file())


def rendering_options(record: RunRecord) -> RunOptions:
    """The options with which requests of this run are rendered again; whatever would ask somebody is left out."""
    if record.judge == DEFAULT_JUDGE:
        return RunOptions.model_validate(_kept(record, _OF_RETRIEVAL))
    kept = _kept(record, (*_OF_RETRIEVAL, *_OF_RENDERING))
    return RunOptions.model_validate({"judge": record.judge, "base_url": NOWHERE, **kept})


def _kept(record: RunRecord, names: Iterable[str]) -> dict[str, str | int | float | bool]:
    chosen = ((name, record.options.get(name)) for name in names)
    return {name: value for name, value in chosen if value is not None}
