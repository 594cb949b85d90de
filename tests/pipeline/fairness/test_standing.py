"""A candidate placed in a finished ranking stands where the ranking itself would put them."""

import pytest

from pipeline.fairness.standing import Standings
from pipeline.ranking import rank
from tests.factories import make_scorecard, make_shortlist


@pytest.fixture(scope="module")
def ranked():
    card = make_scorecard()
    shortlist = make_shortlist(card)
    return card, [row.assessment for row in shortlist.rows], shortlist.top


def test_everybody_is_in_the_band_of_the_ranking(ranked) -> None:
    card, everybody, top = ranked
    standings = Standings(everybody, card, top=top)
    bands = {row.candidate: row.band for row in rank(everybody, card, top=top).rows}
    assert len(set(bands.values())) >= 3
    assert {one.candidate: standings.band(one) for one in everybody} == bands


def test_somebody_with_another_assessment_is_where_ranking_again_puts_them(ranked) -> None:
    card, everybody, top = ranked
    standings = Standings(everybody, card, top=top)
    moved = 0
    for one in everybody:
        for other in everybody:
            changed = other.model_copy(update={"candidate": one.candidate})
            field = [changed if kept.candidate == one.candidate else kept for kept in everybody]
            expected = next(row for row in rank(field, card, top=top).rows if row.candidate == one.candidate)
            assert standings.band(changed) == expected.band
            moved += expected.band != standings.band(one)
        if moved > 20:
            break
    assert moved


def test_a_field_without_anybody_to_rank_places_nobody(ranked) -> None:
    card, everybody, top = ranked
    nobody = [one.model_copy(update={"coverage": 0.0}) for one in everybody]
    assert {Standings(nobody, card, top=top).band(one) for one in nobody} == {"needs_review"}
