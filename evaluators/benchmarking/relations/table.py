"""The relations: what is changed, and what must then hold of the score."""

from typing import NamedTuple


class Relation(NamedTuple):
    """One intended change, and what the score may do."""

    id: str
    changed: str
    low: float
    high: float
    """Points of 100 that score(twin) - score(base) may take, both ends included."""
    source: str
    """Where the expectation is set."""


_SMALL = 0.1
"""Scores are rounded to 0.1, so this is the least that "higher" and "lower" can be."""
_ALL = 100.0
_FIGURES = "DESIGN section 10"
_SCORE = "DESIGN section 5, Score"

RELATIONS: dict[str, Relation] = {
    relation.id: relation
    for relation in (
        Relation("name_swap", "name, pronouns, e-mail and handles are another person's", 0.0, 0.0, _FIGURES),
        Relation("format", "the same resume as HTML or DOCX instead of Markdown", 0.0, 0.0, _FIGURES),
        Relation("format_pdf", "the same resume as PDF of several producers, in one or two columns", -0.5, 0.5,
                 "DESIGN section 1"),
        Relation("section_order", "the resume's sections in another order", 0.0, 0.0, _FIGURES),
        Relation("tool_stuffing", "50 tools are listed in addition", -2.0, 2.0, _FIGURES),
        Relation("tools_removed", "the section that lists tools is gone", -2.0, 0.0, _SCORE),
        Relation("padding", "30% more words, all of them polite and empty", -1.0, 1.0, _FIGURES),
        Relation("career_gap", "earlier jobs and studies moved back by two years, which stay empty", 0.0, 0.0, _SCORE),
        Relation("prestige_swap", "employers and schools are famous ones", 0.0, 0.0, _SCORE),
        Relation("injection", "a sentence to the screener or a model, shown or hidden", 0.0, 0.0, _FIGURES),
        Relation("reasoning_added", "reasoning of one's own work is added", _SMALL, _ALL, _FIGURES),
        Relation("reasoning_removed", "reasoning is cut, what was done stays", -_ALL, -_SMALL, _FIGURES),
        Relation("paraphrase", "the same facts and reasons in other words", -5.0, 5.0, _FIGURES),
    )
}  # fmt: skip

OF_KIND = {
    "keyword_stuffed": "tool_stuffing",
    "keyword_removed": "tools_removed",
    "name_swap": "name_swap",
    "injection": "injection",
    "section_shuffle": "section_order",
    "padding": "padding",
    "paraphrase": "paraphrase",
    "reasoning_added": "reasoning_added",
    "reasoning_removed": "reasoning_removed",
}
"""Relations by the kinds that `variants.yaml` knows."""
EXPECTED = {
    "keyword_stuffed": "score_up_at_most_small",
    "keyword_removed": "score_down_at_most_small",
    "name_swap": "same",
    "injection": "same_or_flagged",
    "section_shuffle": "same",
    "padding": "same",
    "paraphrase": "same",
    "reasoning_added": "higher",
    "reasoning_removed": "lower",
}
"""How `expect` of `variants.yaml` names what the relation of each kind asks for."""


def points(base: float, twin: float) -> float:
    """score(twin) - score(base), in points of 100."""
    return round(twin - base, 1)


def allowed_move(relation: str) -> tuple[float | None, float | None]:
    """Lowest and highest move that a relation allows; None on a side that is open."""
    low, high = RELATIONS[relation].low, RELATIONS[relation].high
    return (None if low == -_ALL else low, None if high == _ALL else high)


def holds(relation: str, base: float | None, twin: float | None) -> bool:
    """Whether a move is what the relation allows; a score that is missing on either side is no evidence of it."""
    if base is None or twin is None:
        return False
    return RELATIONS[relation].low <= points(base, twin) <= RELATIONS[relation].high
