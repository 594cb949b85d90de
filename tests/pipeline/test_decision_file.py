"""Decisions from a table: words, dates and spellings, read alike by whoever asks."""

from pathlib import Path

import pytest

from pipeline.decision_file import UNDECIDED, WORDS, Decision, read_decisions, settle
from pipeline.errors import ConfigurationError
from pipeline.tables import Names


@pytest.fixture
def table(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "decisions.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def decided(path: Path) -> list[tuple[str, str]]:
    return [(one.candidate, one.decided) for one in read_decisions(path)]


def test_words_of_other_systems_are_understood(table) -> None:
    text = "\ufeffCandidate,Decision,Date\nana,Hired,\nben,rejected,2024-01-01\ncem,On hold,\n,advance,\ndee,No hire,\n"
    assert decided(table(text)) == [("ana", "advance"), ("ben", "decline"), ("cem", "hold"), ("dee", "decline")]


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("maybe", "hold"),
        ("shortlisted", "advance"),
        ("Onsite", "advance"),
        ("selected", "advance"),
        ("passed", "advance"),
        ("TRUE", "advance"),
        ("1", "advance"),
        ("x", "advance"),
        ("0", "decline"),
        ("not_selected", "decline"),
        ("Not advanced", "decline"),
        ("failed", "decline"),
    ],
)
def test_each_word_means_one_thing(table, word, meaning) -> None:
    assert decided(table(f"candidate,decision\nana,{word}\n")) == [("ana", meaning)]


def test_no_word_stands_for_two_decisions() -> None:
    words = [word for listed in WORDS.values() for word in listed.split()] + list(UNDECIDED)
    assert len(words) == len(set(words))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_cells_may_be_parted_by_commas_semicolons_and_tabs(table, delimiter) -> None:
    text = "candidate,decision,date\nana,yes,2024-01-31\nben,no,\n".replace(",", delimiter)
    assert decided(table(text)) == [("ana", "advance"), ("ben", "decline")]


@pytest.mark.parametrize("cell", ["", " ", "-", "n/a", "pending", "Withdrawn"])
def test_a_row_without_a_decision_is_left_out(table, cell) -> None:
    assert decided(table(f"candidate,decision\nana,{cell}\nben,no\n")) == [("ben", "decline")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("candidate,decision\nana,yes\nben,perhaps\n", "Line 3 .*'perhaps'"),
        # "We pass" declines, "a pass" advances.
        ("candidate,decision\nana,pass\n", "Line 2 .*'pass'"),
        ("name,decision\nana,hired\n", "no column 'candidate'"),
        ("candidate,outcome\nana,yes\n", "no column 'decision'.*'outcome'"),
        ("candidate,decision\nana,\n", "no decision at all"),
        ("", "empty"),
        ("candidate,decision,date\nana,yes,2024-02-02\nana,no,31.01.2024\n", r"Line 3 .*'31\.01\.2024'.*YYYY-MM-DD"),
        ("candidate,decision,date\nana,yes,01/02/2024\n", "Line 2 .*'01/02/2024'"),
        ("candidate,decision,date\nana,yes,2024-13-01\n", "Line 2 .*'2024-13-01'"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused(table, text, words) -> None:
    with pytest.raises(ConfigurationError, match=words):
        read_decisions(table(text))


def test_a_file_that_is_not_there_is_told_in_words(tmp_path) -> None:
    with pytest.raises(ConfigurationError) as error:
        read_decisions(tmp_path / "nowhere.csv")
    assert "nowhere.csv' cannot be read: No such file or directory." in str(error.value)
    assert "Errno" not in str(error.value)


NAMES = Names({"p0040": "p0040", "Candidate 07": "p0041", "p-0041": "p0041"}, aside=("p-0040",))


def last_of(*rows: tuple[str, str]) -> tuple[str | None, bool]:
    decisions = [Decision(candidate="p0040", decided=word, date=day) for word, day in rows]
    settled = settle(decisions, NAMES)
    return settled.decided.get("p0040"), settled.conflicting == ("p0040",)


def test_the_last_decision_by_date_counts(table) -> None:
    assert last_of(("decline", "2024-02-02"), ("advance", "2024-01-31")) == ("decline", False)
    assert last_of(("decline", "2024-02-02"), ("advance", "")) == (None, True)
    assert last_of(("advance", "2024-02-02"), ("decline", "2024-02-02")) == (None, True)
    # Midnight in New York is five in the morning in UTC: after three, and before six.
    text = "candidate,decision,date\np0040,yes,{}\np0040,no,2024-02-02T00:00-05:00\n"
    for moment, meaning in (("2024-02-02T03:00Z", "decline"), ("2024-02-02 06:00", "advance")):
        settled = settle(read_decisions(table(text.format(moment))), NAMES)
        assert settled.decided == {"p0040": meaning}
    # A day without a time cannot be told from a time on that day.
    assert last_of(("advance", "2024-02-02"), ("decline", "2024-02-02T03:00:00.000000+00:00")) == (None, True)


def test_spellings_are_matched_before_anything_is_settled() -> None:
    decisions = [Decision(candidate="p0040", decided="advance"), Decision(candidate="P0040", decided="decline")]
    settled = settle(decisions, NAMES)
    assert (settled.decided, settled.conflicting) == ({}, ("p0040",))
    settled = settle([Decision(candidate="CANDIDATE_07", decided="hold")], NAMES)
    assert settled.decided == {"p0041": "hold"}


def test_people_whom_the_run_does_not_have_are_told_once() -> None:
    decisions = [Decision(candidate=name, decided="hold") for name in ("zoe", "Zoe", "p-0040", "p0040")]
    settled = settle(decisions, NAMES)
    # `p-0040` was set aside; however alike it looks, it is not p0040.
    assert [one.candidate for one in settled.not_in_run] == ["zoe", "p-0040"]
    assert settled.decided == {"p0040": "hold"}
    assert (settled.reviewed_twice, settled.reviewed_alike) == (0, 0)
