"""Counts what swaps changed, and keeps the examples that a reader should see."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from pipeline.fairness.differences import Difference
from pipeline.fairness.report import LevelMove, NotApplied, SwapCount, SwapExample
from pipeline.fairness.swaps import Swap, SwapKind
from pipeline.fairness.twins import NOT_APPLIED, planned_groups
from pipeline.models.assessment import Assessment
from pipeline.models.shortlist import Band

EXAMPLES = 40
"""Shown in a report; the first of every kind are among them."""
EXAMPLES_OF_A_KIND = 6


class Placed(NamedTuple):
    """An assessment with what it comes to in the ranking."""

    assessment: Assessment
    score: float | None
    band: Band


class Outcome(NamedTuple):
    """One twin that was read."""

    swap: Swap
    candidate: str
    """As the report shows it."""
    requests: int
    requests_changed: int
    difference: Difference | None
    """None if a judge reads the same."""
    before: Placed | None
    """None if the ledger lacks the candidate's own answers."""
    after: Placed | None
    """None if a request changed and nobody has answered it."""


class _Counter(NamedTuple):
    value: str
    figures: Counter[str]
    moves: list[float]


class SwapTally:
    """All twins of all candidates."""

    def __init__(self) -> None:
        self._counts = {(kind, group): _Counter(value, Counter(), [0.0]) for kind, group, value in planned_groups()}
        self._missing: dict[SwapKind, set[str]] = {}
        self._made: dict[SwapKind, set[str]] = {}
        self._examples: list[SwapExample] = []

    def not_applied(self, swap: Swap, candidate: str) -> None:
        """There was nothing to exchange."""
        self._missing.setdefault(swap.kind, set()).add(candidate)

    def add(self, outcome: Outcome) -> None:
        """Count a twin."""
        swap = outcome.swap
        counter = self._counts[swap.kind, swap.group]
        self._made.setdefault(swap.kind, set()).add(outcome.candidate)
        counter.figures.update(applied=1, requests=outcome.requests, requests_changed=outcome.requests_changed)
        if outcome.difference is None:
            return
        counter.figures["text_changed"] += 1
        before, after = outcome.before, outcome.after
        if before is None or after is None:
            counter.figures["not_asked"] += outcome.requests_changed > 0
            self._keep(_example(outcome, outcome.difference), outcome)
            return
        levels, gates = _levels(before.assessment, after.assessment), _gates(before.assessment, after.assessment)
        counter.figures.update(
            levels_changed=len(levels),
            gates_changed=len(gates),
            scores_changed=before.score != after.score,
            bands_changed=before.band != after.band,
        )
        counter.moves.append(_move(before.score, after.score))
        self._keep(_example(outcome, outcome.difference, levels=levels, gates=gates), outcome)

    def _keep(self, example: SwapExample, outcome: Outcome) -> None:
        """Keep what a judge reads; an education line that no request holds is no example of anything."""
        if outcome.requests_changed or example.levels or example.gates or example.band_before != example.band_after:
            self._examples.append(example)

    def counts(self) -> Iterator[SwapCount]:
        """By swap, in the order of a report; those that were tried on nobody are left out."""
        for (kind, group), counter in self._counts.items():
            figures = counter.figures
            if not figures["applied"]:
                continue
            yield SwapCount(
                kind=kind,
                group=group,
                value=counter.value,
                applied=figures["applied"],
                requests=figures["requests"],
                requests_changed=figures["requests_changed"],
                text_changed=figures["text_changed"],
                not_asked=figures["not_asked"],
                levels_changed=figures["levels_changed"],
                gates_changed=figures["gates_changed"],
                scores_changed=figures["scores_changed"],
                bands_changed=figures["bands_changed"],
                largest_move=max(counter.moves),
            )

    def left_out(self) -> Iterator[NotApplied]:
        """Candidates of whom no twin of a kind could be made at all."""
        for kind in dict.fromkeys(kind for kind, _ in self._counts):
            without = self._missing.get(kind, set()) - self._made.get(kind, set())
            if without:
                yield NotApplied(kind=kind, candidates=len(without), reason=NOT_APPLIED[kind])

    def examples(self) -> Iterator[SwapExample]:
        """The largest moves of every kind first; of one candidate and kind only the largest."""
        seen: set[tuple[str, SwapKind, str, str]] = set()
        of_kind: Counter[SwapKind] = Counter()
        shown = 0
        for example in sorted(self._examples, key=_weight):
            same = (example.candidate, example.kind, example.document, example.place)
            if same in seen or of_kind[example.kind] >= EXAMPLES_OF_A_KIND or shown >= EXAMPLES:
                continue
            seen.add(same)
            of_kind[example.kind] += 1
            shown += 1
            yield example


def _weight(example: SwapExample) -> tuple[bool, bool, float, str, str, str]:
    band = example.band_after is not None and example.band_before != example.band_after
    move = _move(example.score_before, example.score_after)
    return not band, not example.not_asked, -move, example.candidate, example.kind, example.group


def _move(before: float | None, after: float | None) -> float:
    if before is None or after is None:
        return 0.0
    return round(abs(after - before), 1)


def _levels(before: Assessment, after: Assessment) -> tuple[LevelMove, ...]:
    now = {row.criterion: row.level for row in after.criteria}
    return tuple(
        LevelMove(criterion=row.criterion, before=row.level, after=now.get(row.criterion))
        for row in before.criteria
        if row.level != now.get(row.criterion)
    )


def _gates(before: Assessment, after: Assessment) -> tuple[str, ...]:
    now = {gate.gate: gate.status for gate in after.gates}
    return tuple(
        f"{gate.gate}: {gate.status} before, {now.get(gate.gate, 'unknown')} after"
        for gate in before.gates
        if gate.status != now.get(gate.gate)
    )


def _example(
    outcome: Outcome,
    difference: Difference,
    *,
    levels: tuple[LevelMove, ...] = (),
    gates: tuple[str, ...] = (),
) -> SwapExample:
    before, after = outcome.before, outcome.after
    return SwapExample(
        candidate=outcome.candidate,
        kind=outcome.swap.kind,
        group=outcome.swap.group,
        value=outcome.swap.value,
        document=difference.document,
        place=difference.place,
        before=difference.before,
        after=difference.after,
        score_before=before.score if before else None,
        score_after=after.score if after else None,
        band_before=before.band if before else None,
        band_after=after.band if after else None,
        levels=levels,
        gates=gates,
        not_asked=after is None and outcome.requests_changed > 0,
    )
