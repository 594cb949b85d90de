import pytest

from evaluators.benchmarking.decisions import fit
from pipeline.decision_file import Decision
from pipeline.models.report import Report
from pipeline.reports.json import make_report
from tests.factories import make_batch, make_scorecard, make_shortlist


@pytest.fixture(scope="module")
def report() -> Report:
    scorecard = make_scorecard()
    shortlist = make_shortlist(scorecard)
    return make_report(shortlist, make_batch(shortlist), scorecard)


def decisions(report: Report, *words: str) -> list[Decision]:
    return [
        Decision(candidate=row.candidate, decided=word)  # type: ignore[arg-type]
        for row, word in zip(report.rows, words, strict=False)
    ]


def ranked(report: Report) -> list[str]:
    return [row.candidate for row in report.rows if row.rank is not None]


def value(found, name: str) -> float | None:
    return next(one.value for one in found.figures if one.name == name)


def test_decisions_that_follow_the_ranking_agree_with_it(report: Report) -> None:
    words = {name: "advance" if n < 2 else "decline" for n, name in enumerate(ranked(report))}
    found = fit([Decision(candidate=name, decided=word) for name, word in words.items()], report, draws=50)
    assert value(found, "auc") == 1.0
    assert value(found, "agreement_at_k") == 1.0
    assert found.advanced_but_low == ()
    assert found.declined_but_high == ()


def test_decisions_against_the_ranking_are_surprises_with_their_evidence(report: Report) -> None:
    names = ranked(report)
    words = {
        name: "decline" if n == 0 else "advance" if n == len(names) - 1 else "hold" for n, name in enumerate(names)
    }
    found = fit([Decision(candidate=name, decided=word) for name, word in words.items()], report, draws=50)
    assert value(found, "auc") == 0.0
    (high,) = found.declined_but_high
    (low,) = found.advanced_but_low
    assert (high.candidate, low.candidate) == (names[0], names[-1])
    row = next(one for one in report.rows if one.candidate == names[0])
    quotes = {q.quote for c in row.criteria.values() for f in c.findings for q in f.quotes}
    assert high.evidence
    assert all(any(quote in line for quote in quotes) for line in high.evidence)
    assert low.missing


def test_of_a_few_decisions_no_interval_claims_to_know(report: Report) -> None:
    fitted = fit(decisions(report, "advance", "decline", "advance", "decline"), report)
    assert fitted.figures
    for each in fitted.figures:
        assert (each.low, each.high) == (None, None)
        assert each.note.startswith("too few to tell")


def test_every_decision_and_every_row_is_accounted_for(report: Report) -> None:
    some = [*decisions(report, "advance", "decline"), Decision(candidate="nobody", decided="hold")]
    found = fit(some, report, draws=20)
    assert found.matched == found.advanced + found.held + found.declined == 2
    assert found.decisions_unmatched == ("nobody",)
    assert found.matched + len(found.rows_unmatched) == len(report.rows)


def test_names_are_matched_without_case_and_punctuation(report: Report) -> None:
    name = report.rows[0].candidate
    found = fit([Decision(candidate=name.upper().replace("-", " "), decided="advance")], report, draws=20)
    assert found.matched == 1
    assert name not in found.rows_unmatched


def test_of_two_decisions_the_later_one_counts_and_an_undated_conflict_does_not(report: Report) -> None:
    name = report.rows[0].candidate
    dated = [
        Decision(candidate=name, decided="decline", date="2024-05-02", reviewer="a"),
        Decision(candidate=name, decided="advance", date="2024-05-01", reviewer="b"),
    ]
    assert fit(dated, report, draws=20).declined == 1
    undated = [one.model_copy(update={"date": ""}) for one in dated]
    found = fit(undated, report, draws=20)
    assert found.conflicting == (name,)
    assert (found.matched, found.reviewed_twice, found.reviewed_alike) == (0, 1, 0)


def test_what_it_cannot_say_is_part_of_the_answer(report: Report) -> None:
    note = fit(decisions(report, "advance"), report, draws=20).note
    assert "no outcome" in note
    assert "No weight, threshold or scorecard was changed." in note


def test_two_spellings_of_one_candidate_are_one_candidate(report: Report) -> None:
    name = report.rows[0].candidate
    both = [Decision(candidate=name, decided="advance"), Decision(candidate=name.upper(), decided="decline")]
    for written in (both, both[::-1]):
        found = fit(written, report, draws=20)
        assert (found.matched, found.advanced, found.declined) == (0, 0, 0)
        assert found.conflicting == (name,)
    dated = [one.model_copy(update={"date": day}) for one, day in zip(both, ("2024-02-02", "2024-01-31"), strict=True)]
    assert (fit(dated, report, draws=20).advanced, fit(dated, report, draws=20).conflicting) == (1, ())
