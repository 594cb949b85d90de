"""What a benchmark run has to reach: `bench.yaml`."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Self

from pydantic import TypeAdapter, model_validator

from evaluators.benchmarking.results import ALL_SETS, Figure
from evaluators.benchmarking.yaml_files import load_yaml, read_as
from pipeline.errors import ConfigurationError
from pipeline.models.base import FrozenModel

EACH = "*"
"""In place of a set or group: every single one."""
_KEY = "thresholds"
Verdict = Literal["passed", "missed", "not measured", "left out"]


class Threshold(FrozenModel):
    """One line of `bench.yaml`."""

    figure: str
    judge: str = EACH
    """A judge as on the command line; `chat` for any chat model, `*` for whoever judged."""
    set: str = ALL_SETS
    """A set, `all`, or `*` for every single set."""
    group: str = ""
    """A group, or `*` for every single group."""
    at_least: float | None = None
    at_most: float | None = None
    goal: float | None = None
    """What is aimed at, where the threshold is only a floor under the present figure."""

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError(f"the threshold of {self.figure!r} needs either at_least or at_most")
        return self

    def fits(self, figure: Figure, *, judge: str, only_set: str | None = None) -> bool:
        """Whether the threshold is about a figure of the judge that was measured.

        Args:
            figure: Of the run.
            judge: Who was measured.
            only_set: The one set of data that hold no other: what is true of all sets is then asked of it.
        """
        return (
            figure.name == self.figure
            and figure.judge == judge
            and self.asks_of(judge)
            and (
                figure.set == self.set
                or (self.set == EACH and figure.set != ALL_SETS)
                or (self.set == ALL_SETS and figure.set == only_set)
            )
            and (figure.group == self.group or (self.group == EACH and bool(figure.group)))
        )

    def asks_of(self, judge: str) -> bool:
        """Whether the threshold is for this judge."""
        return self.judge in (EACH, judge) or (self.judge == "chat" and ":" in judge)

    def holds(self, value: float) -> bool:
        """Whether a value is good enough."""
        return value >= self.at_least if self.at_least is not None else value <= (self.at_most or 0.0)

    def __str__(self) -> str:
        """`>= 0.85` and the like."""
        return f">= {self.at_least:g}" if self.at_least is not None else f"<= {self.at_most:g}"


class Outcome(FrozenModel):
    """A threshold held against a figure."""

    threshold: Threshold
    figure: Figure | None
    """None if the run has no such figure."""
    verdict: Verdict


def load_thresholds(path: Path) -> tuple[Threshold, ...]:
    """Read a file of thresholds.

    Raises:
        ConfigurationError: It cannot be used, or asks for nothing: then every run would pass it.
    """
    content = load_yaml(path)
    if not isinstance(content, dict) or not content:
        raise ConfigurationError(f"{str(path)!r} has no `{_KEY}:`. Write it, and below it one line a threshold.")
    if unknown := [key for key in content if key != _KEY]:
        raise ConfigurationError(
            f"{str(path)!r} has {unknown[0]!r}, which is not known there. Write `{_KEY}:`, and below it one line a "
            "threshold."
        )
    thresholds = read_as(content[_KEY] or (), TypeAdapter(tuple[Threshold, ...]), path=path)
    if not thresholds:
        raise ConfigurationError(
            f"{str(path)!r} sets no threshold. Write one below `{_KEY}:`, or take the file away if none is wanted."
        )
    return thresholds


def check_thresholds(
    thresholds: Iterable[Threshold],
    figures: Sequence[Figure],
    *,
    judge: str,
    left_out: Iterable[str] = (),
    all_sets: bool = True,
) -> Iterator[Outcome]:
    """Hold figures against thresholds.

    A figure that should be there and could not be measured is a miss: a benchmark that measures nothing passes nothing.

    Args:
        thresholds: Those for other judges are passed over.
        figures: Of the run.
        judge: Who was measured.
        left_out: Figures that were not asked for, or `FIGURE:GROUP` for one group of a figure.
        all_sets: False if only some sets were asked for; thresholds of the others are then left out.
    """
    waived = frozenset(left_out)
    ranked = {figure.set for figure in figures if figure.name == "tau_b" and figure.judge == judge}
    only_set = next(iter(ranked)) if all_sets and len(ranked) == 1 else None
    for threshold in thresholds:
        if not threshold.asks_of(judge):
            continue
        found = [figure for figure in figures if threshold.fits(figure, judge=judge, only_set=only_set)]
        is_waived = bool(waived & {threshold.figure, f"{threshold.figure}:{threshold.group}"})
        if is_waived or (not found and not all_sets and threshold.set != EACH):
            yield Outcome(threshold=threshold, figure=None, verdict="left out")
            continue
        if not found:
            yield Outcome(threshold=threshold, figure=None, verdict="not measured")
        for figure in found:
            yield Outcome(threshold=threshold, figure=figure, verdict=_verdict(threshold, figure))


def _verdict(threshold: Threshold, figure: Figure) -> Verdict:
    if figure.value is None:
        return "not measured"
    return "passed" if threshold.holds(figure.value) else "missed"


def fails(outcomes: Iterable[Outcome]) -> bool:
    """Whether anything was missed or could not be measured."""
    return any(outcome.verdict in ("missed", "not measured") for outcome in outcomes)
