"""A second pass narrows intervals and orders ties near the cut; scores and ranks stay what they are."""

import hashlib
import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.draws import Repeated, draw_scores, shared_error
from pipeline.models.assessment import Assessment, CriterionAssessment
from pipeline.models.settlement import PairOutcome, Settlement
from pipeline.models.shortlist import Row, Shortlist
from pipeline.pairing_plan import boundary_rows, open_subjects, pairs_to_compare
from pipeline.ranking import INTERVAL, Standing, Weighted, band_of, draw_field, rank, stand
from pipeline.settling import POINTS_PER_LOGIT, settle
from tests.factories import make_assessment, make_flag, make_scorecard

CARD = make_scorecard()
CRITERIA = [criterion.id for criterion in CARD.criteria]
TOP = 3


def one(name: str, level: float | Sequence[float | None], *, dossier: str | None = None, **more) -> Assessment:
    dossier_hash = hashlib.sha256((dossier or name).encode()).hexdigest()
    return make_assessment(name, level, scorecard=CARD, dossier_hash=dossier_hash, **more)


def ranked(levels: Sequence[float | Sequence[float]], *, top: int = TOP) -> Shortlist:
    return rank([one(f"c{n}", level) for n, level in enumerate(levels)], CARD, top=top)


def row_of(shortlist: Shortlist, candidate: str) -> Row:
    return next(row for row in shortlist.rows if row.candidate == candidate)


def settled_of(shortlist: Shortlist, candidate: str):
    assert shortlist.settlement is not None
    return next(row for row in shortlist.settlement.rows if row.candidate == candidate)


def order(shortlist: Shortlist) -> list[str]:
    return [row.candidate for row in shortlist.rows]


def win(winner: str, loser: str) -> PairOutcome:
    return PairOutcome(first=winner, second=loser, end="preferred", preferred=winner)


def tie(first: str, second: str, end: str = "orders_disagree") -> PairOutcome:
    return PairOutcome(first=first, second=second, end=end)


def moved(own: Assessment, by: float) -> Assessment:
    """A further answer in which every check of every criterion moved by this much."""
    return own.model_copy(update={"criteria": tuple(_moved(row, by) for row in own.criteria)})


def _moved(row: CriterionAssessment, by: float) -> CriterionAssessment:
    findings = tuple(f.model_copy(update={"p": min(1.0, max(0.0, round(f.p + by, 3)))}) for f in row.findings)
    return row.model_copy(update={"findings": findings})


def width(interval: tuple[int, int] | None) -> int:
    assert interval is not None
    return interval[1] - interval[0]


def what_counts(row: Row) -> dict:
    """All that no second pass may touch."""
    return row.model_dump(exclude={"rank_interval", "p_top", "p_bar", "band", "would_be", "band_reason"})


CLOSE = [2.5, 2.5, 2.5, 2.5, 2.6, 2.4, 2.7]

people = st.lists(st.sampled_from([2.3, 2.4, 2.5, 2.5, 2.5, 2.7]), min_size=3, max_size=6)
places = st.integers(0, 2)
ends = st.sampled_from(["first", "second", "orders_disagree", "neither", "not_answered"])
answers = st.lists(st.tuples(places, places, ends).filter(lambda t: t[0] != t[1]), max_size=4)
shifts = st.dictionaries(places, st.lists(st.sampled_from([-0.4, -0.05, 0.0, 0.02, 0.5]), max_size=3))


def outcomes_of(answers) -> list[PairOutcome]:
    return [_outcome(f"c{first}", f"c{second}", end) for first, second, end in answers]


def _outcome(first: str, second: str, end: str) -> PairOutcome:
    if end in ("first", "second"):
        preferred = first if end == "first" else second
        return PairOutcome(first=first, second=second, end="preferred", preferred=preferred)
    return tie(first, second, end)


def samples_of(shortlist: Shortlist, shifts) -> dict[str, list[Assessment]]:
    return {f"c{n}": [moved(row_of(shortlist, f"c{n}").assessment, by) for by in some] for n, some in shifts.items()}


def test_nothing_found_changes_nothing() -> None:
    before = ranked(CLOSE)
    after = settle(before, CARD, samples={}, outcomes=())
    assert after.settlement == Settlement(pairs=(), rows=())
    assert after.model_copy(update={"settlement": None}).model_dump_json() == before.model_dump_json()


@settings(max_examples=15, deadline=None)
@given(levels=people, answers=answers, shifts=shifts)
def test_scores_and_ranks_stay_and_intervals_shrink_around_the_rank(levels, answers, shifts) -> None:
    before = ranked(levels)
    after = settle(before, CARD, samples=samples_of(before, shifts), outcomes=outcomes_of(answers))
    assert sorted(order(after)) == sorted(order(before))
    assert [row.rank for row in after.rows] == [row.rank for row in before.rows]
    for row in after.rows:
        old = row_of(before, row.candidate)
        assert what_counts(row) == what_counts(old)
        assert old.rank_interval[0] <= row.rank_interval[0] <= row.rank <= row.rank_interval[1] <= old.rank_interval[1]


@settings(max_examples=15, deadline=None)
@given(levels=people, answers=answers, shifts=shifts)
def test_who_was_asked_nothing_keeps_the_row(levels, answers, shifts) -> None:
    before = ranked(levels)
    after = settle(before, CARD, samples=samples_of(before, shifts), outcomes=outcomes_of(answers))
    asked = {f"c{n}" for first, second, _ in answers for n in (first, second)} | {f"c{n}" for n in shifts}
    assert all(row_of(after, name) == row_of(before, name) for name in set(order(before)) - asked)
    assert {row.candidate for row in after.settlement.rows} <= asked


@settings(max_examples=20, deadline=None)
@given(levels=people, answers=answers, shifts=shifts, random=st.randoms(use_true_random=False))
def test_no_order_of_anything_given_matters(levels, answers, shifts, random) -> None:
    batch = [one(f"c{n}", level) for n, level in enumerate(levels)]
    before = rank(batch, CARD, top=TOP)
    samples, outcomes = samples_of(before, shifts), outcomes_of(answers)
    plain = settle(before, CARD, samples=samples, outcomes=outcomes)
    for given_ in (batch, outcomes, *samples.values()):
        random.shuffle(given_)
    mixed = settle(rank(batch, CARD, top=TOP), CARD, samples=dict(reversed(samples.items())), outcomes=tuple(outcomes))
    assert mixed.rows == plain.rows
    assert mixed.settlement.rows == plain.settlement.rows
    assert mixed.settlement.pairs == plain.settlement.pairs


@settings(max_examples=20, deadline=None)
@given(levels=people, answers=answers, shifts=shifts, random=st.randoms(use_true_random=False))
def test_other_names_change_nothing_but_names(levels, answers, shifts, random) -> None:
    names = [f"c{n}" for n in range(len(levels))]
    others = names.copy()
    random.shuffle(others)
    renamed = dict(zip(names, others, strict=True))
    before = ranked(levels)
    other = rank(
        [one(renamed[name], level, dossier=name) for name, level in zip(names, levels, strict=True)], CARD, top=TOP
    )
    samples, outcomes = samples_of(before, shifts), outcomes_of(answers)
    plain = settle(before, CARD, samples=samples, outcomes=outcomes)
    again = settle(
        other,
        CARD,
        samples={renamed[name]: some for name, some in samples.items()},
        outcomes=[
            o.model_copy(
                update={
                    "first": renamed[o.first],
                    "second": renamed[o.second],
                    "preferred": renamed.get(o.preferred or ""),
                }
            )
            for o in outcomes
        ],
    )
    assert [renamed[name] for name in order(plain)] == order(again)
    for mine, theirs in zip(plain.rows, again.rows, strict=True):
        assert (mine.rank_interval, mine.p_top, mine.p_bar, mine.band) == (
            theirs.rank_interval,
            theirs.p_top,
            theirs.p_bar,
            theirs.band,
        )
    assert [row.tie_order for row in plain.settlement.rows] == [row.tie_order for row in again.settlement.rows]


@settings(max_examples=25, deadline=None)
@given(levels=people, answers=answers, winner=places, loser=places)
def test_one_more_win_never_lowers_the_winner(levels, answers, winner: int, loser: int) -> None:
    if winner == loser:
        return
    before, outcomes = ranked(levels), outcomes_of(answers)
    without = settle(before, CARD, samples={}, outcomes=outcomes)
    more = settle(before, CARD, samples={}, outcomes=[*outcomes, win(f"c{winner}", f"c{loser}")])
    assert order(more).index(f"c{winner}") <= order(without).index(f"c{winner}")


@settings(max_examples=20, deadline=None)
@given(count=st.integers(3, 6), pairs=st.lists(st.tuples(places, places), min_size=1, max_size=4))
def test_ties_leave_rows_of_equal_score_in_the_order_of_their_dossiers(count: int, pairs) -> None:
    before = ranked([2.5] * count)
    outcomes = [tie(f"c{first}", f"c{second}") for first, second in pairs if first != second]
    after = settle(before, CARD, samples={}, outcomes=outcomes)
    assert order(after) == order(before)
    assert {row.tie_order for row in after.settlement.rows} <= {1}


def test_a_win_puts_the_later_of_two_equal_rows_first() -> None:
    before = ranked([2.5, 2.5, 2.5, 2.0])
    first, second, third, last = order(before)
    after = settle(before, CARD, samples={}, outcomes=[win(third, first)])
    assert order(after) == [third, second, first, last]
    assert (settled_of(after, third).tie_order, settled_of(after, first).tie_order) == (1, 2)


def test_a_win_never_lifts_a_row_over_a_better_score() -> None:
    before = ranked([2.6, 2.5, 2.4])
    after = settle(before, CARD, samples={}, outcomes=[win("c2", "c0"), win("c2", "c1")])
    assert order(after) == order(before)
    assert settled_of(after, "c2").tie_order is None


def test_a_pair_moves_the_odds_towards_the_preferred_one() -> None:
    before = ranked(CLOSE)
    after = settle(before, CARD, samples={}, outcomes=[win("c0", "c1")])
    assert row_of(after, "c0").p_top > row_of(before, "c0").p_top
    assert row_of(after, "c1").p_top < row_of(before, "c1").p_top
    assert settled_of(after, "c0").p_top_before == row_of(before, "c0").p_top
    assert settled_of(after, "c0").p_top_after == row_of(after, "c0").p_top


def test_a_row_is_moved_by_its_own_pairs_only() -> None:
    before = ranked(CLOSE)
    alone = settle(before, CARD, samples={}, outcomes=[win("c0", "c1")])
    more = settle(before, CARD, samples={}, outcomes=[win("c0", "c1"), win("c1", "c2"), win("c3", "c2")])
    assert row_of(alone, "c0") == row_of(more, "c0")
    assert row_of(alone, "c1") != row_of(more, "c1")


UPSETS = [(2, 0), (12, 22), (10, 20), (14, 24)]


@pytest.mark.parametrize(("winner", "loser"), UPSETS)
@pytest.mark.parametrize("wins", [1, 2])
def test_the_new_interval_lies_in_the_old_one_and_holds_nine_tenths_or_is_the_old_one(
    winner: int, loser: int, wins: int
) -> None:
    before = ranked([1.8 + 0.05 * n for n in range(30)], top=10)
    pair = (f"c{winner}", f"c{loser}")
    after = settle(before, CARD, samples={}, outcomes=[win(*pair)] * wins)
    names = sorted(order(before))
    draws = draw_field([row_of(before, name).assessment for name in names], CARD)
    ranks = 1 + (draws[:, None] > draws).sum(axis=0)
    ahead = (draws[names.index(pair[0])].astype(float) - draws[names.index(pair[1])]) / POINTS_PER_LOGIT
    likelihood = (1 / (1 + np.exp(-ahead))) ** wins
    for name in pair:
        (low, high), old = row_of(after, name).rank_interval, row_of(before, name).rank_interval
        own = ranks[names.index(name)]
        held = likelihood[(low <= own) & (own <= high)].sum() / likelihood.sum()
        assert old[0] <= low <= high <= old[1]
        assert held >= 0.898 or (low, high) == old


def test_pairs_that_leave_too_few_draws_move_no_odds() -> None:
    before = ranked([3.6, 3.5, 2.0, 2.0])
    few = settle(before, CARD, samples={}, outcomes=[win("c2", "c0")])
    many = settle(before, CARD, samples={}, outcomes=[win("c2", "c0")] * 12)
    assert row_of(few, "c2") != row_of(before, "c2")
    assert row_of(many, "c2") == row_of(before, "c2")


def test_an_unanswered_pair_counts_for_nothing_but_is_told() -> None:
    before = ranked(CLOSE)
    after = settle(before, CARD, samples={}, outcomes=[tie("c0", "c1", "not_answered")])
    assert after.rows == before.rows
    assert [outcome.end for outcome in after.settlement.pairs] == ["not_answered"]
    assert settled_of(after, "c0").interval_after == row_of(before, "c0").rank_interval


@settings(max_examples=20, deadline=None)
@given(by=st.lists(st.sampled_from([0.0, 0.02, 0.5, -0.5]), min_size=1, max_size=4), odd=st.sampled_from([0.5, -0.5]))
def test_samples_that_disagree_settle_nothing(by, odd: float) -> None:
    before = ranked(CLOSE)
    own = row_of(before, "c1").assessment
    after = settle(before, CARD, samples={"c1": [moved(own, step) for step in (*by, odd)]}, outcomes=())
    assert after.rows == before.rows
    assert settled_of(after, "c1").samples == (len(by) + 1) * len(open_subjects(row_of(before, "c1"), CARD))


def test_samples_that_agree_narrow_and_more_of_them_narrow_more() -> None:
    before = ranked([1.9, 2.0, 2.1, 2.2, 2.3, 2.4, 2.5, 2.5, 2.6, 2.7, 2.8, 2.9, 3.0])
    names = order(before)
    widths = []
    for count in (0, 1, 6):
        samples = {row.candidate: [row.assessment] * count for row in before.rows}
        after = settle(before, CARD, samples=samples, outcomes=())
        widths.append(sum(width(row_of(after, name).rank_interval) for name in names))
    assert widths[0] > widths[1] > widths[2]


def test_agreeing_samples_never_remove_what_asking_again_cannot() -> None:
    errors = [shared_error(agreeing) for agreeing in (0, 1, 3, 10_000)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] > 0.6 * errors[0]


def test_the_mean_of_agreeing_answers_moves_the_odds() -> None:
    before = ranked(CLOSE)
    own = row_of(before, "c1").assessment
    better = settle(before, CARD, samples={"c1": [moved(own, 0.1)] * 3}, outcomes=())
    worse = settle(before, CARD, samples={"c1": [moved(own, -0.1)] * 3}, outcomes=())
    assert row_of(better, "c1").p_top > row_of(worse, "c1").p_top


def test_checks_that_move_against_each_other_are_no_agreement() -> None:
    before = ranked(CLOSE)
    own = row_of(before, "c1").assessment
    crossed = own.model_copy(update={"criteria": tuple(_crossed(row) for row in own.criteria)})
    assert settle(before, CARD, samples={"c1": [crossed] * 3}, outcomes=()).rows == before.rows


def _crossed(row: CriterionAssessment) -> CriterionAssessment:
    values = [finding.p for finding in row.findings]
    findings = tuple(f.model_copy(update={"p": p}) for f, p in zip(row.findings, reversed(values), strict=True))
    return row.model_copy(update={"findings": findings})


def test_a_sample_that_was_not_answered_is_no_sample() -> None:
    before = ranked(CLOSE)
    failed = one("c1", [None] * len(CRITERIA))
    after = settle(before, CARD, samples={"c1": [failed, failed]}, outcomes=())
    assert after.rows == before.rows
    assert after.settlement.rows == ()


def test_only_open_criteria_are_asked_again() -> None:
    sure = CriterionAssessment(criterion=CRITERIA[0], level=0.0)
    own = one("a", [2.5] * len(CRITERIA))
    row = rank([own.model_copy(update={"criteria": (sure, *own.criteria[1:])})], CARD).rows[0]
    assert open_subjects(row, CARD) == tuple(CRITERIA[1:])
    only_first = own.model_copy(
        update={"criteria": tuple(c if n == 0 else c.model_copy(update={"level": None}) for n, c in
                                  enumerate(own.criteria))}
    )  # fmt: skip
    shortlist = rank([row.assessment, one("b", 2.4)], CARD)
    assert settle(shortlist, CARD, samples={"a": [only_first]}, outcomes=()).rows == shortlist.rows


@pytest.mark.parametrize(("p", "is_open"), [(0.19, False), (0.2, True), (0.5, True), (0.8, True), (0.81, False)])
def test_a_check_is_open_between_a_fifth_and_four_fifths(p: float, is_open: bool) -> None:
    own = one("a", 2.5)
    certain = [
        row.model_copy(
            update={
                "findings": tuple(
                    f.model_copy(update={"p": p if n == m == 0 else 1.0}) for m, f in enumerate(row.findings)
                )
            }
        )
        for n, row in enumerate(own.criteria)
    ]
    row = rank([own.model_copy(update={"criteria": tuple(certain)})], CARD).rows[0]
    assert open_subjects(row, CARD) == ((CRITERIA[0],) if is_open else ())


def test_bands_follow_the_odds_after_the_second_pass() -> None:
    before = rank([one(f"c{n}", 2.3 + n / 20) for n in range(12)], CARD, top=TOP)
    pairs = pairs_to_compare(before, CARD)
    scores = {row.candidate: row.score for row in before.rows}
    outcomes = [win(*sorted(pair, key=lambda name: -scores[name])) for pair in pairs]
    after = settle(before, CARD, samples={}, outcomes=outcomes)
    for row in after.rows:
        standing = Standing(rank=row.rank, interval=row.rank_interval, p_top=row.p_top, p_bar=row.p_bar)
        assert (row.band, row.would_be, row.band_reason) == band_of(row.assessment, standing)
    assert [row.band for row in after.rows] != [row_of(before, row.candidate).band for row in after.rows]


def test_a_row_with_an_open_gate_stays_with_a_person_after_winning() -> None:
    crowd = [one(f"c{n}", 2.5) for n in range(5)]
    before = rank([one("open", 2.6, gates={"on_call": "unknown"}), *crowd], CARD, top=TOP)
    after = settle(before, CARD, samples={}, outcomes=[win("open", "c0"), win("open", "c1")])
    assert row_of(before, "open").band == row_of(after, "open").band == "probe"


def test_hidden_or_addressed_text_enters_no_pair() -> None:
    flagged = [one(name, 2.5, flags=(make_flag(flag),)) for name, flag in
               (("hides", "hidden_text"), ("speaks", "addressed_text"))]  # fmt: skip
    before = rank([*flagged, *(one(f"c{n}", 2.5) for n in range(4))], CARD, top=TOP)
    assert {"hides", "speaks"} <= {row.candidate for row in boundary_rows(before)}
    pairs = pairs_to_compare(before, CARD)
    assert pairs
    assert not {"hides", "speaks"} & set(itertools.chain(*pairs))
    after = settle(before, CARD, samples={}, outcomes=[tie(*pairs[0])])
    assert set(after.settlement.left_out) == {"hides", "speaks"}
    with pytest.raises(ValueError, match="may not be compared"):
        settle(before, CARD, samples={}, outcomes=[win("hides", "c0")])


def test_what_is_about_nobody_here_is_refused() -> None:
    before = rank([one("a", 2.5), one("b", 2.5), one("low", [None, None, None, None, 3.0, 3.0, None])], CARD)
    assert row_of(before, "low").rank is None
    with pytest.raises(ValueError, match="no rank to settle"):
        settle(before, CARD, samples={"low": []}, outcomes=())
    for outcome in (win("a", "low"), win("a", "a"), tie("a", "nobody")):
        with pytest.raises(ValueError, match="may not be compared"):
            settle(before, CARD, samples={}, outcomes=[outcome])
    contradiction = PairOutcome(first="a", second="b", end="neither", preferred="a")
    with pytest.raises(ValueError, match="ended 'neither'"):
        settle(before, CARD, samples={}, outcomes=[contradiction])


def test_rows_below_the_line_take_no_part() -> None:
    before = ranked(CLOSE)
    below = {row.candidate for row in before.rows[4:]}
    lined = before.model_copy(
        update={"rows": tuple(r.model_copy(update={"below_line": r.candidate in below}) for r in before.rows)}
    )
    assert not below & {row.candidate for row in boundary_rows(lined)}
    assert not below & set(itertools.chain(*pairs_to_compare(lined, CARD)))
    above = [row.candidate for row in lined.rows if not row.below_line]
    after = settle(lined, CARD, samples={}, outcomes=[win(above[1], above[0])])
    assert after.rows[4:] == lined.rows[4:]


@settings(max_examples=20, deadline=None)
@given(levels=people, most=st.integers(1, 3), random=st.randoms(use_true_random=False))
def test_the_plan_pairs_near_rows_at_most_so_often_in_any_order_of_rows(levels, most: int, random) -> None:
    before = ranked(levels)
    pairs = pairs_to_compare(before, CARD, per_candidate=most)
    rows = list(before.rows)
    random.shuffle(rows)
    mixed = before.model_copy(update={"rows": tuple(rows)})
    assert pairs_to_compare(mixed, CARD, per_candidate=most) == pairs
    entered = list(itertools.chain(*pairs))
    assert all(entered.count(name) <= most for name in entered)
    assert set(entered) <= {row.candidate for row in boundary_rows(before)}
    assert len({frozenset(pair) for pair in pairs}) == len(pairs)


def test_the_plan_starts_with_the_neighbours_around_the_cut() -> None:
    before = ranked([2.8, 2.7, 2.6, 2.5, 2.4, 2.3], top=3)
    near = [row.candidate for row in boundary_rows(before)]
    assert len(near) >= 5
    pairs = [set(pair) for pair in pairs_to_compare(before, CARD)]
    assert pairs[0] == {"c2", "c3"}
    assert pairs[1] in ({"c1", "c2"}, {"c3", "c4"})
    assert all(set(pair) in pairs for pair in itertools.pairwise(near))


def test_an_open_order_far_from_the_cut_comes_after_the_cut_itself() -> None:
    before = ranked([2.7, 2.7, 2.6, 2.4, 2.3], top=3)
    assert next(set(pair) for pair in pairs_to_compare(before, CARD)) == {"c2", "c3"}


def test_the_plan_leaves_out_what_the_draws_have_decided_and_equal_dossiers() -> None:
    one_dossier = [one("a", 2.5, dossier="same"), one("b", 2.5, dossier="same"), one("c", 2.5)]
    pairs = pairs_to_compare(rank(one_dossier, CARD, top=1), CARD)
    assert pairs
    assert {"a", "b"} not in [set(pair) for pair in pairs]
    far = rank([one("best", 3.9), one("far", 1.9)], CARD, top=1)
    near = far.model_copy(
        update={"rows": tuple(row.model_copy(update={"band": "boundary", "would_be": None}) for row in far.rows)}
    )
    assert pairs_to_compare(near, CARD) == ()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), people=st.integers(1, 40), own=st.integers(1, 5))
def test_equal_weights_give_what_no_weights_give(seed: int, people: int, own: int) -> None:
    rng = np.random.default_rng(seed)
    ranks = rng.integers(1, people + 1, (3, 2000)).astype(np.int32)
    draws = rng.normal(55, 10, (3, 2000)).astype(np.float32)
    weighted = Weighted(np.full(ranks.shape, 1 / 2000), np.tile(INTERVAL, (3, 1)))
    plain = stand([own] * 3, draws, ranks, top=3, bar=55)
    assert stand([own] * 3, draws, ranks, top=3, bar=55, weighted=weighted) == plain


def test_repeated_answers_use_the_random_numbers_of_the_first_pass() -> None:
    own = one("a", 2.5)
    first = own.criteria[0]
    same = Repeated(p={finding.check: finding.p for finding in first.findings}, agreeing=0)
    assert (draw_scores(own, CARD, repeated={first.criterion: same}) == draw_scores(own, CARD)).all()


@settings(max_examples=15, deadline=None)
@given(levels=people, answers=answers, shifts=shifts)
def test_settling_twice_gives_equal_bytes(levels, answers, shifts) -> None:
    before = ranked(levels)
    samples, outcomes = samples_of(before, shifts), outcomes_of(answers)
    first, second = (settle(before, CARD, samples=samples, outcomes=outcomes) for _ in range(2))
    assert first.model_dump_json() == second.model_dump_json()
