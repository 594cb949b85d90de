"""Logits of heads that were learned from passages on a topic, given that a passage may not be on it at all."""

from collections.abc import Sequence

import numpy as np

from evaluators.evidence_judge.dossier_scoring import sigmoid
from evaluators.evidence_judge.passage_scoring import Matrix

TOPIC = "topic"
GATE_HEADS = (TOPIC, "first_hand", "real", "willing", "denied")
MISSION_HEADS = (TOPIC, "adjacent", "part", "same_problem", "same_limits")
"""Each mission head requires the one before it, on the same passage."""

_TOPIC_POWER = 0.5
"""The topic is the less certain of the two questions: its chance enters as its square root (evaluators/README.md)."""
_SUPPORTS = ("first_hand", "real", "willing")


def about_the_statement(logits: Matrix, names: Sequence[str] = GATE_HEADS) -> Matrix:
    """Gate logits of passages of which it is not known that they are about the statement.

    What a head such as `denied` says of passages on other topics is worth nothing, so its chance is multiplied
    by the topic's. And a passage that denies the statement is no evidence for it, however much it sounds like the
    person's own work.
    """
    chances = sigmoid(logits)
    topic = chances[:, names.index(TOPIC)]
    denied = chances[:, names.index("denied")].copy()
    for column, name in enumerate(names):
        if name in _SUPPORTS:
            chances[:, column] *= topic**_TOPIC_POWER * (1.0 - denied)
        elif name == "denied":
            # What can reject somebody is not given the benefit of the doubt.
            chances[:, column] *= topic
    return _logit(chances)


def about_the_role(logits: Matrix, names: Sequence[str] = MISSION_HEADS) -> Matrix:
    """Mission logits of passages of which it is not known that they have to do with the role."""
    chances = sigmoid(logits)
    topic = chances[:, [names.index(TOPIC)]] ** _TOPIC_POWER
    steps = [names.index(name) for name in names if name != TOPIC]
    chances[:, steps] = np.minimum.accumulate(chances[:, steps] * topic, axis=1)
    return _logit(chances)


def _logit(chances: Matrix) -> Matrix:
    kept = np.clip(chances, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(kept / (1 - kept)), dtype=np.float64)
