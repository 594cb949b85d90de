"""What drawings of a benchmark page are made of: figures by what they are of, tables, panels."""

from typing import NamedTuple

from markupsafe import Markup

from evaluators.benchmarking.results import ALL_SETS, BenchmarkResult, Figure
from flows.bench.page_words import judge_title, set_title


class Table(NamedTuple):
    """The figures of a drawing."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Panel(NamedTuple):
    """One drawing."""

    title: str
    result: str
    """The figure that the drawing is about, with its interval."""
    label: str
    """Judge, set and date."""
    svg: Markup
    note: str
    table: Table


class Section(NamedTuple):
    """Drawings of one kind."""

    id: str
    title: str
    lead: str
    panels: tuple[Panel, ...]
    missing: str = ""
    """Why there is no drawing."""


class Figures:
    """Looks figures up by what they are of."""

    def __init__(self, result: BenchmarkResult) -> None:
        self.result = result
        self._places = {(one.name, one.judge, one.set, one.group): one for one in result.figures}

    def get(self, name: str, *, set_: str, judge: str = "", group: str = "") -> Figure | None:
        """The judge's own figure if no other judge is named; None if there is none."""
        return self._places.get((name, judge or self.result.judge, set_, group))

    def named(self, name: str, *, set_: str, group: str = "") -> list[Figure]:
        """The figures of everybody who has a value."""
        return [
            one
            for one in self.result.figures
            if one.name == name and one.set == set_ and one.group == group and one.value is not None
        ]

    @property
    def sets(self) -> tuple[str, ...]:
        """The sets of the run, and all of them together if there are several."""
        own = tuple(record.id for record in self.result.sets)
        return (*own, ALL_SETS) if len(own) > 1 else own

    @property
    def widest_first(self) -> tuple[str, ...]:
        """The same, all of them together in front."""
        return (*self.sets[-1:], *self.sets[:-1])

    def label(self, set_: str) -> str:
        """Judge, set and date."""
        return f"{judge_title(self.result.judge)} · {set_title(set_)} · {self.result.made_on.isoformat()}"

    def why_not(self, name: str) -> str:
        """Why a figure could not be measured."""
        notes = [one.note for one in self.result.figures if one.name == name and one.value is None and one.note]
        return notes[0] if notes else "it was not part of this run"
