from pathlib import Path

import pytest

from evaluators.benchmarking.figures import figure
from evaluators.benchmarking.thresholds import check_thresholds, fails, load_thresholds
from pipeline.errors import ConfigurationError

FIGURES = [
    figure("tau_b", 0.9, judge="evidence", set_="all", cases=20, bases=20),
    figure("tau_b", 0.6, judge="evidence", set_="one", cases=10, bases=10),
    figure("tau_b", 0.95, judge="evidence", set_="two", cases=10, bases=10),
    figure("tau_b", 0.1, judge="baseline:bm25", set_="all", cases=10, bases=10),
    figure("false_not_met", 0.02, judge="evidence", set_="all", cases=10, bases=10),
    figure("check_recall", float("nan"), judge="evidence", set_="all", cases=0, bases=0),
    figure("redaction_recall", 1.0, judge="evidence", set_="redaction", group="tr_TR", cases=9, bases=9),
    figure("redaction_recall", 0.8, judge="evidence", set_="redaction", group="pl_PL", cases=9, bases=9),
]


def verdicts(tmp_path: Path, line: str, **more) -> list[str]:
    path = tmp_path / "bench.yaml"
    path.write_text(f"thresholds:\n- {line}\n")
    judge = more.pop("judge", "evidence")
    return [one.verdict for one in check_thresholds(load_thresholds(path), FIGURES, judge=judge, **more)]


def test_a_value_is_held_against_its_line(tmp_path: Path) -> None:
    assert verdicts(tmp_path, "{figure: tau_b, at_least: 0.9}") == ["passed"]
    assert verdicts(tmp_path, "{figure: tau_b, at_least: 0.91}") == ["missed"]
    assert verdicts(tmp_path, "{figure: false_not_met, at_most: 0.01}") == ["missed"]


def test_a_star_means_every_single_one(tmp_path: Path) -> None:
    assert verdicts(tmp_path, '{figure: tau_b, set: "*", at_least: 0.7}') == ["missed", "passed"]
    line = '{figure: redaction_recall, set: redaction, group: "*", at_least: 0.9}'
    assert verdicts(tmp_path, line) == ["passed", "missed"]


def test_what_could_not_be_measured_is_not_passed(tmp_path: Path) -> None:
    assert verdicts(tmp_path, "{figure: check_recall, at_least: 0.1}") == ["not measured"]
    assert verdicts(tmp_path, "{figure: no_such_figure, at_least: 0.1}") == ["not measured"]
    path = tmp_path / "bench.yaml"
    assert fails(check_thresholds(load_thresholds(path), FIGURES, judge="evidence"))


def test_what_was_not_asked_for_is_left_out(tmp_path: Path) -> None:
    assert verdicts(tmp_path, "{figure: metamorphic, at_least: 1}", left_out=["metamorphic"]) == ["left out"]
    of_group = "{figure: redaction_recall, set: redaction, group: pl_PL, at_least: 1}"
    assert verdicts(tmp_path, of_group, left_out=["redaction_recall:pl_PL"]) == ["left out"]
    assert verdicts(tmp_path, of_group, left_out=["redaction_recall:tr_TR"]) == ["missed"]
    assert verdicts(tmp_path, "{figure: tau_b, set: three, at_least: 1}", all_sets=False) == ["left out"]
    assert verdicts(tmp_path, "{figure: tau_b, set: three, at_least: 1}") == ["not measured"]


def test_lines_for_other_judges_are_passed_over(tmp_path: Path) -> None:
    assert verdicts(tmp_path, "{figure: tau_b, judge: chat, at_least: 1}") == []
    assert verdicts(tmp_path, "{figure: tau_b, judge: chat, at_least: 1}", judge="openai:m") == ["not measured"]


LINE = "{figure: tau_b, at_least: 0.5}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("thresholds:\n- {figure: tau_b}\n", "entry 1: the threshold of 'tau_b' needs either at_least or at_most"),
        ("thresholds:\n- {figure: tau_b, at_least: 1, at_most: 2}\n", "entry 1: .* needs either at_least or at_most"),
        (f"thresholds:\n- {LINE}\n- {{figure: tau_b, at_leest: 1}}\n", "entry 2 has 'at_leest', which is not known"),
        ("thresholds:\n- {at_least: 1}\n", "entry 1 lacks 'figure'"),
        ("thresholds:\n- {figure: tau_b, at_least: high}\n", "entry 1, 'at_least': should be a valid number"),
        ("- tau_b\n", "has no `thresholds:`"),
        ("thresholds: [\n", "line 2: the file is no valid YAML"),
        (f"threshold:\n- {LINE}\n", "has 'threshold', which is not known there"),
        (f"thresholds:\n- {LINE}\nfloors:\n- {LINE}\n", "has 'floors', which is not known there"),
        ("thresholds:\n", "sets no threshold"),
        ("thresholds: []\n", "sets no threshold"),
        ("{}\n", "has no `thresholds:`"),
        ("", "has no `thresholds:`"),
    ],
)
def test_a_file_that_says_nothing_clear_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "bench.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=words) as refused:
        load_thresholds(path)
    assert str(path) in str(refused.value)


def test_a_file_in_another_encoding_is_refused_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "bench.yaml"
    path.write_bytes("thresholds:\n# für alle\n".encode("latin-1"))
    with pytest.raises(ConfigurationError, match="line 2: the file is not UTF-8"):
        load_thresholds(path)
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        load_thresholds(tmp_path / "none.yaml")


def test_data_with_one_set_are_asked_what_is_asked_of_all(tmp_path: Path) -> None:
    path = tmp_path / "bench.yaml"
    path.write_text("thresholds:\n- {figure: tau_b, at_least: 0.7}\n")
    mine = [figure("tau_b", 0.6, judge="evidence", set_="mine", cases=10, bases=10)]
    verdict = [one.verdict for one in check_thresholds(load_thresholds(path), mine, judge="evidence")]
    assert verdict == ["missed"]
    chosen = check_thresholds(load_thresholds(path), mine, judge="evidence", all_sets=False)
    assert [one.verdict for one in chosen] == ["left out"]
