"""Figures of must-haves: how many are right, how much of that is more than chance, and the two errors apart.

Most must-haves of a shipped set are met in gold, so who always answers `met` is right more often than not. Accuracy
alone cannot tell that answer from a judge; kappa and the share of wrongly met ones can.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from evaluators.benchmarking.agreement import cohen_kappa
from evaluators.benchmarking.measure import Candidates, Measure, everybody, share_of
from evaluators.benchmarking.results import JudgedCandidate

MAJORITY = "baseline:majority"
"""Who gives every must-have the status that is the commonest in gold."""

Gate = tuple[str, str]
"""Status in gold, and as judged."""


def gate_measures() -> tuple[Measure, ...]:
    """Accuracy, agreement beyond chance, and the errors: a requirement denied, or granted, against the gold.

    Each error is a share of those that it can happen to: what gold itself calls `not_met` cannot be denied wrongly, and
    what it calls `met` cannot be granted wrongly. Of those granted wrongly the ones that gold denies stand apart too.
    """
    return (
        Measure(
            "gate_accuracy",
            lambda sets: share_of(gold == judged for gold, judged in _gates(sets)),
            lambda sets: len(_gates(sets)),
            unit="share",
            note=_constant,
        ),
        Measure("gate_kappa", lambda sets: cohen_kappa(_gates(sets)), lambda sets: len(_gates(sets))),
        _error("false_not_met", "not_met", ("met", "unknown"), "not met"),
        _error("false_met", "met", ("not_met", "unknown"), "met"),
        _error("false_met", "met", ("not_met",), "met or open", group="not_met"),
    )


def _error(name: str, wrong: str, risky: Sequence[str], others: str, *, group: str = "") -> Measure:
    """How often a status was given that gold does not have, of the must-haves where that can be."""

    def at_risk(sets: Candidates) -> list[Gate]:
        return [gate for gate in _gates(sets) if gate[0] in risky]

    def note(sets: Candidates) -> str:
        found = at_risk(sets)
        times = sum(judged == wrong for _, judged in found)
        return f"{times} of {len(found)} at risk; {len(_gates(sets)) - len(found)} more are labelled {others}"

    def bases(sets: Candidates) -> int:
        return sum(any(gold in risky for gold, _ in _of(one)) for one in everybody(sets))

    return Measure(
        name,
        lambda sets: share_of(judged == wrong for _, judged in at_risk(sets)),
        lambda sets: len(at_risk(sets)),
        group=group,
        better="lower",
        unit="share",
        note=note,
        bases=bases,
    )


def by_majority(candidates: Iterable[JudgedCandidate]) -> tuple[JudgedCandidate, ...]:
    """The same candidates with the commonest gold status for every must-have: what needs no reading at all."""
    own = tuple(candidates)
    commonest = _commonest({"": own})
    return tuple(one.model_copy(update={"gates": dict.fromkeys(one.gates, commonest)}) for one in own)


def _constant(sets: Candidates) -> str:
    gates = _gates(sets)
    commonest = _commonest(sets)
    return f"always '{commonest}' would be right in {sum(gold == commonest for gold, _ in gates)} of {len(gates)}"


def _commonest(sets: Candidates) -> str:
    counts = Counter(gold for gold, _ in _gates(sets))
    return min(counts, key=lambda status: (-counts[status], status), default="")


def _gates(sets: Candidates) -> list[Gate]:
    return [gate for one in everybody(sets) for gate in _of(one)]


def _of(one: JudgedCandidate) -> list[Gate]:
    return [(gold, one.gates[name]) for name, gold in one.gold_gates.items() if name in one.gates]
