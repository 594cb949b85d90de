"""Calibration of the chat judge: how often a check really holds when the model says P.

Models are sure of themselves, each in its own way. `fit_calibration` learns the correction of one judge from labelled
dossiers, check by check; where there are too few labels, P stays as the model gave it and is called uncalibrated.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, ValidationError

from evaluators.gates import NOT_MET_FROM
from evaluators.rubric_library import GATE, rubric_hash
from pipeline.errors import ConfigurationError
from pipeline.models.base import FrozenModel
from pipeline.models.scorecard import Rubric
from pipeline.models.verdicts import Answer, Finding
from pipeline.whole_files import ANYBODY, write_whole

MIN_ROWS = 50
"""A check with fewer labelled rows stays uncalibrated."""
MIN_OF_EACH = 5
"""Rows that hold, and rows that do not: without both there is nothing to tell apart."""
MIN_DENIAL_ROWS = 200
"""With fewer labelled denials no correction lifts one to where it makes a gate `not_met`."""
SHRINKAGE_ROWS = 25
"""n rows count n/(n + 25), the model's own P the rest. On simulated judges (overconfident, underconfident, noisy,
shifted, speaking in round numbers, already right; 50 to 400 rows, log loss on fresh rows) it stays within .014 of the
best of 0, 10, 25, 50, 100, 200 and no correction at all for each of them, and gains up to .12; the tests hold four of
them at 50 rows."""
FOLDS = 8
"""Groups that are held out together when there are more of them."""

_DENIED = "denied"
_JUST_BELOW = round(NOT_MET_FROM - 0.001, 3)  # probabilities are rounded to 0.001 before they decide anything
_SURE = 0.001
_BINS = 10

Floats = NDArray[np.float64]
LabelledAnswer = tuple[str, Mapping[str, bool], Answer, str]
"""Rubric id, label by check (those without a label left out), the judge's answer, and who wrote the passages."""


class Figures(FrozenModel):
    """How good probabilities are; all three are better when smaller."""

    log_loss: float
    """In nats; probabilities are kept .001 away from 0 and 1."""
    brier: float
    ece: float
    """Expected calibration error over ten bins of equal width."""


class CheckCalibration(FrozenModel):
    """The correction of one check's joint P."""

    rubric: str
    check: str
    rows: int = Field(ge=0)
    positives: int = Field(ge=0)
    calibrated: bool
    why_not: str = ""
    """In words, when it is not calibrated."""
    knots: tuple[tuple[float, float], ...] = ((0.0, 0.0), (1.0, 1.0))
    """P of the judge and corrected P, rising in both; straight lines between them."""
    before: Figures | None = None
    """Of the judge's own P over all rows."""
    after: Figures | None = None
    """Of P corrected by what was learnt from other authors only."""

    def apply(self, p: float) -> float:
        """The corrected probability.

        A wrong `not_met` is the worst error the product can make: on fewer than 200 labelled denials no correction
        lifts a denial to .9.
        """
        if not self.calibrated:
            return p
        xs, ys = zip(*self.knots, strict=True)
        corrected = float(np.interp(p, xs, ys))
        if (self.rubric, self.check) == (GATE, _DENIED) and self.rows < MIN_DENIAL_ROWS and p < NOT_MET_FROM:
            return min(corrected, _JUST_BELOW)
        return corrected


class ChatCalibration(FrozenModel):
    """All corrections of one judge; kept as a JSON file."""

    format: Literal["chat calibration 1"] = "chat calibration 1"
    fingerprint: str
    """Of the judge; another model, or another prompt, is another judge."""
    made: str
    """ISO 8601."""
    rows_hash: str
    """Hex sha256 over the labelled answers, in any order."""
    unanswered: int = Field(default=0, ge=0)
    """Labelled questions without a usable answer; left out."""
    rubrics: dict[str, str]
    """Hash of each rubric whose checks were labelled: a check that was worded anew is another check."""
    checks: tuple[CheckCalibration, ...]

    def uncalibrated(self, rubric: Rubric) -> tuple[str, ...]:
        """The checks of a rubric whose P is the judge's own."""
        corrections = self._of(rubric)
        return tuple(check.id for check in rubric.checks if check.id not in corrections)

    def apply(self, findings: tuple[Finding, ...], rubric: Rubric) -> tuple[Finding, ...]:
        """Correct each joint P, then bound it by that of the checks it requires.

        A check without a correction keeps its P, unless one that it requires ends below it. Findings for a rubric
        that was not calibrated, or whose wording has changed since, come back as they are.
        """
        corrections = self._of(rubric)
        if not corrections:
            return findings
        own = {
            finding.check: corrections[finding.check].apply(finding.p) if finding.check in corrections else finding.p
            for finding in findings
        }
        requires = {check.id: check.requires for check in rubric.checks}
        return tuple(
            finding.model_copy(
                update={"p": round(min(own[one] for one in _resting_on(finding.check, requires, own)), 6)}
            )
            for finding in findings
        )

    def _of(self, rubric: Rubric) -> dict[str, CheckCalibration]:
        if self.rubrics.get(rubric.id) != rubric_hash(rubric):
            return {}
        return {one.check: one for one in self.checks if one.rubric == rubric.id and one.calibrated}

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all.

        Raises:
            OSError: It cannot be written.
        """
        write_whole(path, (self.model_dump_json(indent=1) + "\n").encode(), permissions=ANYBODY)


def load_calibration(path: Path, *, fingerprint: str) -> ChatCalibration:
    """Read the calibration of a judge.

    Raises:
        ConfigurationError: The file cannot be used, or was made for another judge.
    """
    try:
        calibration = ChatCalibration.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The calibration {str(path)!r} cannot be read: {error}.") from error
    except ValidationError as error:
        raise ConfigurationError(
            f"The calibration {str(path)!r} is none that this version can use. "
            "Make it again: shortlist judge calibrate."
        ) from error
    if calibration.fingerprint != fingerprint:
        raise ConfigurationError(
            f"The calibration {str(path)!r} is of the judge {calibration.fingerprint!r}, this one is {fingerprint!r}, "
            "with another model or another prompt. Make it again: shortlist judge calibrate."
        )
    return calibration


def fit_calibration(
    answers: Iterable[LabelledAnswer], *, fingerprint: str, made: str, rubrics: Mapping[str, Rubric]
) -> ChatCalibration:
    """Learn the corrections of one judge.

    Args:
        answers: What the judge answered to labelled questions.
        fingerprint: The judge's.
        made: When, as ISO 8601.
        rubrics: By id; every rubric that occurs in `answers`.
    """
    rows: dict[tuple[str, str], list[_Row]] = {}
    unanswered = 0
    lines: list[str] = []
    for rubric, labels, answer, author in answers:
        if answer.unscored is not None:
            unanswered += 1
            continue
        p = {finding.check: finding.p for finding in answer.findings}
        for check, label in labels.items():
            rows.setdefault((rubric, check), []).append(_Row(p.get(check, 0.0), label, author))
            lines.append(f"{rubric}.{check} {author} {answer.key} {p.get(check, 0.0):.6f} {label:d}")
    seen = {rubric for rubric, _ in rows}
    checks = [
        _check_calibration(rubric, check.id, rows.get((rubric, check.id), []))
        for rubric in sorted(seen)
        for check in rubrics[rubric].checks
    ]
    return ChatCalibration(
        fingerprint=fingerprint,
        made=made,
        rows_hash=hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest(),
        unanswered=unanswered,
        rubrics={rubric: rubric_hash(rubrics[rubric]) for rubric in sorted(seen)},
        checks=tuple(checks),
    )


def isotonic(p: ArrayLike, labels: ArrayLike) -> tuple[Floats, Floats]:
    """Least-squares fit of labels that never falls with p, by pooling adjacent violators.

    M. Ayer, H. D. Brunk, G. M. Ewing, W. T. Reid, E. Silverman, "An empirical distribution function for sampling
    with incomplete information", Annals of Mathematical Statistics 26, 1955; for calibration: B. Zadrozny and
    C. Elkan, "Transforming classifier scores into accurate multiclass probability estimates", KDD 2002.

    Returns:
        Mean p and mean label of each pool, both rising.
    """
    xs, place = np.unique(np.asarray(p, dtype=np.float64), return_inverse=True)
    sizes = np.bincount(place).astype(np.float64)
    sums = np.bincount(place, weights=np.asarray(labels, dtype=np.float64))
    pools: list[tuple[float, float, float]] = []  # sum of p, sum of labels, rows
    for pool in zip((xs * sizes).tolist(), sums.tolist(), sizes.tolist(), strict=True):
        pools.append(pool)
        while len(pools) > 1 and pools[-2][1] * pools[-1][2] >= pools[-1][1] * pools[-2][2]:
            last = pools.pop()
            pools[-1] = (pools[-1][0] + last[0], pools[-1][1] + last[1], pools[-1][2] + last[2])
    table = np.array(pools, dtype=np.float64).reshape(-1, 3)
    return table[:, 0] / table[:, 2], table[:, 1] / table[:, 2]


def fit_knots(p: ArrayLike, labels: ArrayLike) -> tuple[tuple[float, float], ...]:
    """The isotonic fit shrunk towards no correction, through the middle of each pool, strictly inside 0 and 1.

    n rows cannot make anybody surer than 1/(n + 2), the rule of succession.
    """
    xs, ys = isotonic(p, labels)
    rows = len(np.asarray(labels))
    places = np.unique(np.concatenate([[0.0], np.round(xs, 6), [1.0]]))
    weight = rows / (rows + SHRINKAGE_ROWS)
    edge = 1 / (rows + 2)
    corrected = np.clip(weight * np.interp(places, xs, ys) + (1 - weight) * places, edge, 1 - edge)
    # Rounding may not undo the order.
    corrected = np.maximum.accumulate(np.round(corrected, 6))
    return tuple(zip(places.tolist(), corrected.tolist(), strict=True))


def figures(p: ArrayLike, labels: ArrayLike) -> Figures:
    """Log loss, Brier score and expected calibration error of probabilities."""
    given, truth = np.asarray(p, dtype=np.float64), np.asarray(labels, dtype=np.float64)
    safe = np.clip(given, _SURE, 1 - _SURE)
    bins = np.minimum((given * _BINS).astype(np.intp), _BINS - 1)
    gaps = np.abs(np.bincount(bins, weights=given - truth, minlength=_BINS))
    return Figures(
        log_loss=_rounded(-np.mean(truth * np.log(safe) + (1 - truth) * np.log(1 - safe))),
        brier=_rounded(np.mean((given - truth) ** 2)),
        ece=_rounded(gaps.sum() / len(given)),
    )


class _Row(NamedTuple):
    p: float
    label: bool
    author: str


def _check_calibration(rubric: str, check: str, rows: Sequence[_Row]) -> CheckCalibration:
    # Sorted, so that the order in which answers arrive changes nothing.
    ordered = sorted(rows)
    p = np.array([row.p for row in ordered])
    labels = np.array([row.label for row in ordered], dtype=np.float64)
    positives = int(labels.sum())
    why_not = _why_not(len(ordered), positives, authors=len({row.author for row in ordered}))
    if why_not:
        before = figures(p, labels) if len(ordered) else None
        return CheckCalibration(
            rubric=rubric,
            check=check,
            rows=len(ordered),
            positives=positives,
            calibrated=False,
            why_not=why_not,
            before=before,
        )
    return CheckCalibration(
        rubric=rubric,
        check=check,
        rows=len(ordered),
        positives=positives,
        calibrated=True,
        knots=fit_knots(p, labels),
        before=figures(p, labels),
        after=figures(_held_out(p, labels, [row.author for row in ordered]), labels),
    )


def _why_not(rows: int, positives: int, *, authors: int) -> str:
    if rows < MIN_ROWS:
        return f"{rows} labelled rows, {MIN_ROWS} are needed"
    if min(positives, rows - positives) < MIN_OF_EACH:
        return f"it holds in {positives} of {rows} rows; at least {MIN_OF_EACH} are needed on either side"
    return "" if authors > 1 else "all rows are by one author, so nothing can be held out"


def _held_out(p: Floats, labels: Floats, authors: Sequence[str]) -> Floats:
    """Each row corrected by what was learnt from rows of other authors."""
    names = sorted(set(authors))
    fold = np.array([names.index(author) % FOLDS for author in authors])
    corrected = np.empty_like(p)
    for one in np.unique(fold):
        held = fold == one
        xs, ys = zip(*fit_knots(p[~held], labels[~held]), strict=True)
        corrected[held] = np.interp(p[held], xs, ys)
    return corrected


def _resting_on(check: str, requires: Mapping[str, tuple[str, ...]], known: Mapping[str, float]) -> set[str]:
    """A check and all that it requires, as far as they were answered."""
    reached: set[str] = set()
    waiting = [check]
    while waiting:
        one = waiting.pop()
        if one not in reached and one in known:
            reached.add(one)
            waiting.extend(requires.get(one, ()))
    return reached


def _rounded(value: float | np.floating) -> float:
    return round(float(value), 5)
