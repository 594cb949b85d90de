"""Answers to questions that bring a text of their own: a non-negotiable, a role, a criterion of one's own."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from evaluators.evidence_judge.dossier_scoring import combine, gathered_support, shows_work, sigmoid
from evaluators.evidence_judge.features import Floats
from evaluators.evidence_judge.pairing import Pairing, Topic
from evaluators.evidence_judge.passage_scoring import Matrix, Memory, ReadPassage, score_passages
from evaluators.evidence_judge.topical import GATE_HEADS, about_the_role, about_the_statement
from evaluators.evidence_judge.weights import JudgeWeights
from pipeline.models.dossier import EvidencePassage
from pipeline.models.scorecard import RoleContext, Rubric

GATE_CHECKS = frozenset(GATE_HEADS[1:])
MISSION_CHECKS = frozenset(("adjacent", "part", "same_problem", "same_limits"))
GENERAL_CHECKS: dict[str, tuple[str, ...]] = {
    "stated": (),
    "concrete": ("communication.explained", "failure_modes.concrete", "data_and_api_design.sensible"),
    "reasoned": ("tradeoff_reasoning.reason", "data_and_api_design.reasoned"),
    "proven": ("tradeoff_reasoning.consequence", "production_ownership.outcome", "data_and_api_design.proven"),
}
"""Which trained checks tell how much a passage says, for each check of the `general` rubric."""

_OWN_CHECKS_TRUST = 0.8
_KEPT_TOPICS = 64
# Code and its comments show what was written for an exercise, not what somebody has done or will do.
_NO_WITNESS = frozenset(("code", "comment"))


class Chances(NamedTuple):
    """A probability for each check, and the passages that carry it, best first."""

    chances: dict[str, float]
    carriers: dict[str, tuple[int, ...]]
    near: Sequence[Matrix] = ()
    """How near every sentence of each passage comes to the statement, where it decides what to quote."""


class PairedAnswers:
    """Compares passages with texts and answers from the heads that were trained on such pairs."""

    def __init__(self, weights: JudgeWeights, pairing: Pairing, embed: Callable[[Sequence[str]], Floats]) -> None:
        self._weights = weights
        self._pairing = pairing
        self._embed = embed
        self._topics: Memory[tuple[str, bool], Topic] = Memory(_KEPT_TOPICS)

    def gate(
        self,
        statement: str,
        future: bool,
        evidence: Sequence[EvidencePassage],
        passages: Sequence[ReadPassage],
        rubric: Rubric,
    ) -> Chances:
        """Answer a non-negotiable; first hand and real must hold for one and the same passage."""
        witnesses = [row for row, passage in enumerate(evidence) if passage.kind not in _NO_WITNESS]
        if not witnesses:
            return Chances({check.id: 0.0 for check in rubric.checks}, {check.id: (0,) for check in rubric.checks})
        heads = self._weights.families["gate"]
        read = [passages[row] for row in witnesses]
        topic = self._topic(statement, future=future)
        pairs = self._pairs(topic, read)
        logits = np.round(about_the_statement(score_passages(read, heads, pairs), heads.names), 9)
        column = {name: place for place, name in enumerate(heads.names)}
        both = np.minimum(logits[:, column["first_hand"]], logits[:, column["real"]])
        leaders = {
            "first_hand": both,
            "real": both,
            "willing": logits[:, column["willing"]],
            "denied": logits[:, column["denied"]],
        }
        table = self._weights.calibration["gate"]
        silent = ("first_hand", "real") if future else ("willing",)
        chances: dict[str, float] = {}
        carriers: dict[str, tuple[int, ...]] = {}
        for check in rubric.checks:
            order = _ranked(leaders[check.id])
            own = logits[order[0], column[check.id]]
            row = np.array([1.0, own, own, np.log(len(read)), 0.0])
            chances[check.id] = 0.0 if check.id in silent else combine(row, table[column[check.id]])
            carriers[check.id] = tuple(witnesses[place] for place in order)
        return Chances(chances, carriers, self._pairing.sentence_nearness(topic, passages))

    def mission(self, role: RoleContext, passages: Sequence[ReadPassage], rubric: Rubric) -> Chances:
        """Answer how near somebody's work comes to the role's problem and its limits."""
        heads = self._weights.families["mission"]
        beside = [self._pairing.features(self._topic(text), passages) for text in role_texts(role)]
        told = _told(passages)
        pairs = np.hstack([*beside, told])
        logits = np.round(about_the_role(score_passages(passages, heads, pairs), heads.names), 9)
        columns = np.array([heads.names.index(check.id) for check in rubric.checks])
        supports = gathered_support(logits, rubric, columns)
        table = self._weights.calibration["mission"]
        # Whoever shows work at all applies to a role whose neighbourhood they have worked in; filler does not.
        shown = shows_work(np.round(told, 9))
        return Chances(
            {
                check.id: combine(np.append(supports[check.id].features, shown), table[column])
                for check, column in zip(rubric.checks, columns, strict=True)
            },
            {check: support.passages for check, support in supports.items()},
        )

    def own(self, statement: str, passages: Sequence[ReadPassage], rubric: Rubric) -> Chances:
        """Answer a rubric without training: how near a passage comes to the question, and how much it tells."""
        heads = self._weights.families["passage"]
        quality = np.round(_told(passages), 9)
        gate = self._weights.families["gate"]
        first_hand = gate.names.index("first_hand")
        row = self._weights.calibration["gate"][first_hand]
        count = np.log(len(passages))
        chances: dict[str, float] = {}
        order: dict[str, tuple[int, ...]] = {}
        for check in rubric.checks:
            asked = statement if check.id in GENERAL_CHECKS else f"{statement} {check.question}"
            pairs = self._pairs(self._topic(asked), passages)
            near = about_the_statement(score_passages(passages, gate, pairs), gate.names)[:, first_hand]
            on_topic = sigmoid(row[0] + (row[1] + row[2]) * near + row[3] * count)
            names = GENERAL_CHECKS.get(check.id, ("communication.explained",))
            told = sigmoid(np.max(quality[:, [heads.names.index(name) for name in names]], axis=1)) if names else 1.0
            chance = np.round(on_topic * told, 9)
            order[check.id] = _ranked(chance)
            trust = 1.0 if check.id in GENERAL_CHECKS else _OWN_CHECKS_TRUST
            chances[check.id] = trust * float(chance[order[check.id][0]])
        return Chances(chances, order)

    def _topic(self, text: str, *, future: bool = False) -> Topic:
        def make() -> Topic:
            return self._pairing.topic(text, self._embed([text])[0].astype(np.float64), future=future)

        return self._topics.get((text, future), make)

    def _pairs(self, topic: Topic, passages: Sequence[ReadPassage]) -> Matrix:
        return np.hstack([self._pairing.features(topic, passages), _told(passages)])


def _told(passages: Sequence[ReadPassage]) -> Matrix:
    """What the passages support by themselves: a claim without any substance is no evidence for a statement."""
    return np.array([passage.alone for passage in passages])


def role_texts(role: RoleContext) -> tuple[str, str]:
    """The two texts that a passage is compared with for mission fit: the problem and its limits."""
    return " ".join([role.mission, *role.scope]), " ".join(role.constraints)


def _ranked(values: Matrix) -> tuple[int, ...]:
    return tuple(int(place) for place in np.argsort(-values, kind="stable"))
