import pytest

from evaluators.benchmarking.comparing import Comparison, Move, compare
from evaluators.benchmarking.figures import figure
from evaluators.benchmarking.results import BenchmarkSetRecord, Better
from pipeline.errors import ConfigurationError
from tests.evaluators.benchmarking.builders import candidate, check, pair, result

GOLD = [n % 5 for n in range(20)]
GOOD = tuple(candidate(f"c{n:02d}", gold, 25.0 * gold) for n, gold in enumerate(GOLD))
BAD = tuple(candidate(f"c{n:02d}", gold, float(5 * (n * 7 % 20))) for n, gold in enumerate(GOLD))


def moved(comparison: Comparison, name: str, *, group: str = "", judge: str = "evidence") -> Move:
    return next(one for one in comparison.moves if (one.name, one.group, one.judge) == (name, group, judge))


def test_the_same_run_twice_moves_nothing() -> None:
    assert {one.verdict for one in compare(result(GOOD), result(GOOD)).moves} == {"same"}


def test_a_real_gain_is_better_and_its_loss_is_worse() -> None:
    there, back = (compare(*runs, draws=200) for runs in ((result(BAD), result(GOOD)), (result(GOOD), result(BAD))))
    for name in ("tau_b", "level_kappa"):
        assert moved(there, name).verdict == "better"
        assert moved(back, name).verdict == "worse"
    low, high = moved(there, "tau_b").low, moved(there, "tau_b").high
    assert low is not None
    assert high is not None
    assert 0 < low <= (moved(there, "tau_b").difference or 0) <= high


def test_one_candidate_more_or_less_is_noise() -> None:
    shaken = (*GOOD[:-1], GOOD[-1].model_copy(update={"score": 95.0, "levels": {"depth": 3.0}}))
    assert moved(compare(result(GOOD), result(shaken), draws=400), "tau_b").verdict == "within noise"


def test_less_error_is_better() -> None:
    wrong = tuple(one.model_copy(update={"gates": {"on_call": "not_met"}}) for one in GOOD)
    assert moved(compare(result(wrong), result(GOOD), draws=100), "false_not_met").verdict == "better"


def test_checks_and_bases_are_paired_too() -> None:
    first = result(
        GOOD,
        checks=tuple(check(f"c{n:02d}", True, 0.2) for n in range(20)),
        pairs=tuple(pair(f"b{n}", False) for n in range(20)),
    )
    second = result(
        GOOD,
        checks=tuple(check(f"c{n:02d}", True, 0.9) for n in range(20)),
        pairs=tuple(pair(f"b{n}", True) for n in range(20)),
    )
    comparison = compare(first, second, draws=100)
    assert moved(comparison, "check_recall").verdict == "better"
    assert moved(comparison, "calibration_error").verdict == "better"
    assert moved(comparison, "metamorphic", group="padding").verdict == "better"


def test_baselines_are_compared_by_their_own_scores() -> None:
    scores = {"role": {one.candidate: one.score for one in GOOD}}
    turned = {"role": {name: -score for name, score in scores["role"].items()}}
    comparison = compare(
        result(GOOD, baselines={"baseline:bm25": scores}), result(GOOD, baselines={"baseline:bm25": turned}), draws=50
    )
    assert moved(comparison, "tau_b", judge="baseline:bm25").verdict == "worse"
    assert moved(comparison, "tau_b").verdict == "same"


def test_a_figure_without_cases_has_moved_and_is_neither_better_nor_worse() -> None:
    def run(seconds: float):
        return result(
            GOOD,
            figures=(figure("seconds_per_candidate", seconds, judge="evidence", set_="role", cases=9, bases=9),),
        )

    assert moved(compare(run(1.0), run(9.0)), "seconds_per_candidate").verdict == "moved"
    assert moved(compare(result(GOOD), run(9.0)), "seconds_per_candidate").verdict == "one run only"


def test_a_machine_that_was_a_little_busier_has_moved_nothing() -> None:
    def run(seconds: float):
        own = figure("seconds_per_candidate", seconds, judge="evidence", set_="role", cases=9, bases=9, unit="s")
        return result(GOOD, figures=(own,))

    assert moved(compare(run(1.0), run(1.4)), "seconds_per_candidate").verdict == "within noise"
    assert moved(compare(run(1.4), run(1.0)), "seconds_per_candidate").verdict == "within noise"
    assert moved(compare(run(1.0), run(1.6)), "seconds_per_candidate").verdict == "moved"


def test_baselines_have_no_ranks_and_are_compared_by_score_also_where_the_judge_ranked() -> None:
    ranked = tuple(
        one.model_copy(update={"rank": 1 + sum(o > g for o in GOLD)}) for one, g in zip(GOOD, GOLD, strict=True)
    )
    turned = {"role": {one.candidate: 100 - (one.score or 0) for one in GOOD}}
    same = {"role": {one.candidate: one.score for one in GOOD}}
    comparison = compare(
        result(ranked, baselines={"baseline:bm25": same}), result(ranked, baselines={"baseline:bm25": turned}), draws=50
    )
    assert moved(comparison, "tau_b", judge="baseline:bm25").second == -1.0


def test_a_figure_that_neither_run_has_is_no_move() -> None:
    assert "rank_follows_score" not in {one.name for one in compare(result(GOOD), result(GOOD)).moves}


def test_two_judges_are_compared_in_one_role() -> None:
    other = result(GOOD, judge="openai:model")
    assert moved(compare(result(BAD), other, draws=100), "tau_b", judge="openai:model").verdict == "better"


def test_different_data_are_refused_loudly() -> None:
    changed = result(GOOD, sets=(BenchmarkSetRecord(id="role", sha256="1" * 64, candidates=20),))
    with pytest.raises(ConfigurationError, match="DIFFERENT DATA"):
        compare(result(GOOD), changed)
    anyway = compare(result(GOOD), changed, anyway=True)
    assert anyway.different_data == ("role",)
    assert moved(anyway, "tau_b").verdict == "same"


def test_a_set_that_changed_is_left_out_and_named() -> None:
    twice = (*GOOD, *(one.model_copy(update={"set": "other"}) for one in BAD))
    changed = result(
        twice,
        sets=tuple(
            BenchmarkSetRecord(id=name, sha256=digit * 64, candidates=20)
            for name, digit in (("role", "0"), ("other", "1"))
        ),
    )
    comparison = compare(result(twice), changed)
    assert comparison.sets == ("role",)
    assert comparison.different_data == ("other",)
    assert {one.set for one in comparison.moves} == {"role"}


def test_pairs_of_other_texts_are_left_out_and_named() -> None:
    pairs = tuple(pair(f"b{n}", n > 3) for n in range(9))
    first, second = (result(GOOD, pairs=pairs, beside={"metamorphic": digest}) for digest in ("aa", "bb"))
    comparison = compare(first, second)
    assert comparison.different_data == ("metamorphic",)
    assert "metamorphic" not in {one.name for one in comparison.moves}
    assert "metamorphic" in {one.name for one in compare(first, first).moves}


def test_assembled_bases_are_no_observations_of_their_own() -> None:
    written = [pair(f"written:role/w{n}", False) for n in range(2)]
    clones = [pair(f"assembled:role/a{n}", False) for n in range(200)]
    second = tuple(one.model_copy(update={"holds": True}) for one in (*written[:1], *clones))
    first = result(GOOD, pairs=(*written, *clones))
    move = moved(compare(first, result(GOOD, pairs=(*second, written[1])), draws=200), "metamorphic", group="padding")
    # Two hundred clones that hold now say no more than the one written base does.
    assert (move.bases, move.first, move.second) == (2, 0.0, 0.5)
    assert move.verdict == "within noise"


def test_assembled_bases_count_where_there_are_no_others() -> None:
    def run(*, holds: bool):
        return result(GOOD, pairs=tuple(pair(f"assembled:role/a{n}", holds) for n in range(30)))

    move = moved(compare(run(holds=False), run(holds=True), draws=50), "metamorphic", group="padding")
    assert (move.bases, move.verdict) == (30, "better")


def test_injections_are_compared_by_channel_too() -> None:
    def run(*, white: bool):
        pairs = [pair(f"written:b{n}", True, relation="injection", channel="comment") for n in range(20)]
        pairs += [pair(f"written:b{n}", white, relation="injection", channel="pdf_white") for n in range(20)]
        return result(GOOD, pairs=tuple(pairs))

    comparison = compare(run(white=True), run(white=False), draws=50)
    assert moved(comparison, "metamorphic", group="injection:comment").verdict == "same"
    assert moved(comparison, "metamorphic", group="injection:pdf_white").verdict == "worse"
    assert moved(comparison, "metamorphic", group="injection").verdict == "worse"


def of_share(name: str, held: int, of: int, *, set_: str, group: str = "", better: Better = "higher"):
    one = figure(
        name, held / of, judge="evidence", set_=set_, group=group, cases=of, bases=of, better=better, unit="share"
    )
    return result(GOOD, figures=(one,), beside={set_: "aa"})


@pytest.mark.parametrize(
    ("held", "verdict"), [(60, "same"), (59, "within noise"), (57, "within noise"), (50, "worse"), (0, "worse")]
)
def test_a_redactor_is_judged_by_how_many_people_it_lost(held: int, verdict: str) -> None:
    before = of_share("redaction_recall", 60, 60, set_="redaction", group="tr_TR")
    after = of_share("redaction_recall", held, 60, set_="redaction", group="tr_TR")
    assert moved(compare(before, after), "redaction_recall", group="tr_TR").verdict == verdict


def test_false_flags_are_better_when_they_are_fewer() -> None:
    before = of_share("hidden_false_flags", 40, 80, set_="hidden", better="lower")
    after = of_share("hidden_false_flags", 2, 80, set_="hidden", better="lower")
    move = moved(compare(before, after), "hidden_false_flags")
    assert move.verdict == "better"
    assert move.low is not None
    assert move.high is not None
    assert move.low < 2 / 80 - 40 / 80 < move.high < 0


def test_a_share_of_nothing_has_no_interval() -> None:
    def run(value: float, bases: int):
        one = figure("hidden_recall", value, judge="evidence", set_="hidden", cases=bases, bases=bases, unit="share")
        return result(GOOD, figures=(one,))

    assert moved(compare(run(1.0, 0), run(0.5, 9)), "hidden_recall").verdict == "moved"


def test_a_lead_is_not_compared_beside_the_figures_that_it_is_made_of() -> None:
    def run(value: float):
        one = figure("tau_b_lead", value, judge="evidence", set_="role", group="baseline:bm25", cases=9, bases=9)
        return result(GOOD, figures=(one,))

    assert "tau_b_lead" not in {move.name for move in compare(run(0.2), run(0.5)).moves}
