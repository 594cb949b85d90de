"""The worst error, on sentences that no training saw."""

from collections import Counter
from functools import cache

from evaluators.evidence_judge.judge import EvidenceJudge
from evaluators.training.denials import Row, Told, answer, figures, load_rows
from pipeline.embeddings import load_default_embedder


@cache
def told() -> list[Told]:
    return answer(load_rows(), EvidenceJudge.load(load_default_embedder()))


def test_at_most_one_in_a_hundred_is_falsely_called_not_met() -> None:
    others = [one for one in told() if one.row.says != "no"]
    assert len(others) == 300
    assert sum(one.falsely_denied for one in others) <= 3


def test_some_denials_are_found_and_plain_words_are_mostly_met() -> None:
    counts = {says: Counter(one.status for one in told() if one.row.sort == says) for says in ("plain_yes", "plain_no")}
    assert counts["plain_no"]["not_met"] >= 15
    assert counts["plain_yes"]["met"] >= 40


def test_a_false_denial_is_named() -> None:
    row = Row("Has been on call.", "past", "I carried the pager for years.", "yes", "plain_yes")
    said = figures([Told(row, "not_met")])
    assert "falsely not met: 1 of 1 (100.0%)" in said
    assert "I carried the pager for years." in said


def test_rows_are_unlike_those_of_training() -> None:
    from evaluators.training.corpus import load_corpus

    trained = {row.text for row in load_corpus().gates}
    assert not trained.intersection(row.text for row in load_rows())
