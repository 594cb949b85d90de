"""Evidence cards of two candidates near the cut, compared by a chat model in both orders."""

from collections.abc import Mapping, Sequence

from evaluators.grounding import verify_quotes
from pipeline.models.assessment import Assessment
from pipeline.models.dossier import Dossier, EvidencePassage, Passage, Question
from pipeline.models.scorecard import Check, Rubric, Scorecard
from pipeline.models.settlement import PairOutcome
from pipeline.models.verdicts import Citation, Verdict

CARD_CHARACTERS = 4_000
"""Of one card; both together are as long as the evidence of any other question."""
SHOWN_FROM = 0.2
PREFERRED_FROM = 0.5

PAIR_RUBRIC = Rubric(
    id="pair",
    checks=(
        Check(id="A", question="Does card A show deeper reasoning?"),
        Check(id="B", question="Does card B show deeper reasoning?"),
    ),
)


def card(assessment: Assessment, scorecard: Scorecard, dossier: Dossier) -> tuple[Passage, ...]:
    """The passages that a candidate's judgment criteria cite, those of the heaviest criteria first, as far as they fit.

    A card holds what the checks were answered with and nothing else, so that it is neither a summary nor a second
    reading of the whole dossier.
    """
    passages = {passage.id: passage for passage in dossier.passages}
    chosen: dict[str, Passage] = {}
    room = CARD_CHARACTERS
    for criterion in sorted(scorecard.criteria, key=lambda one: (one.kind != "judgment", -one.weight, one.id)):
        assessed = assessment.criterion(criterion.id)
        for finding in assessed.findings if assessed is not None else ():
            for citation in finding.citations if finding.p >= SHOWN_FROM else ():
                passage = passages.get(citation.passage)
                if passage is not None and passage.id not in chosen and len(passage.text) <= room:
                    chosen[passage.id] = passage
                    room -= len(passage.text)
    return tuple(sorted(chosen.values(), key=lambda passage: passage.id))


def pair_question(first: Sequence[Passage], second: Sequence[Passage], scorecard: Scorecard) -> Question:
    """The comparison of two cards, the first one shown as A."""
    shown = [
        EvidencePassage(id=passage.id, text=passage.text, kind=passage.kind, sense=passage.sense, card=name)
        for name, passages in (("A", first), ("B", second))
        for passage in passages
    ]
    return Question(
        subject="pair", kind="pair", statement="", rubric=PAIR_RUBRIC, role=scorecard.role, evidence=tuple(shown)
    )


def read_outcome(
    names: tuple[str, str], cards: tuple[Sequence[Passage], Sequence[Passage]], verdicts: tuple[Verdict, Verdict]
) -> PairOutcome:
    """What a comparison in both orders says.

    Args:
        names: The two candidates.
        cards: Their cards.
        verdicts: Of the question with the first candidate as A, then with the second one as A.
    """
    first, second = names
    if any(verdict.unscored is not None for verdict in verdicts):
        return PairOutcome(first=first, second=second, end="not_answered")
    by_id = [{passage.id: passage for passage in passages} for passages in cards]
    in_order = _preferred(verdicts[0], {"A": by_id[0], "B": by_id[1]})
    reversed_ = _preferred(verdicts[1], {"A": by_id[1], "B": by_id[0]})
    winners = {0: {"A": first, "B": second}.get(in_order[0]), 1: {"A": second, "B": first}.get(reversed_[0])}
    if winners[0] is None and winners[1] is None:
        return PairOutcome(first=first, second=second, end="neither")
    if winners[0] != winners[1]:
        return PairOutcome(first=first, second=second, end="orders_disagree")
    citations = tuple(dict.fromkeys((*in_order[1], *reversed_[1])))
    return PairOutcome(first=first, second=second, end="preferred", preferred=winners[0], citations=citations)


def _preferred(verdict: Verdict, cards: Mapping[str, Mapping[str, Passage]]) -> tuple[str, tuple[Citation, ...]]:
    """The preferred card and verified quotes from it; no card where nothing on it can be quoted for it."""
    for finding in verdict.findings:
        if finding.p >= PREFERRED_FROM:
            citations = verify_quotes(finding.quotes, cards[finding.check])
            return (finding.check, citations) if citations else ("", ())
    return "", ()
