"""Demographics: joined by candidate, and every mistake named."""

from pathlib import Path

import pytest

from pipeline.errors import ConfigurationError
from pipeline.fairness.people import Roll, read_demographics, says_nothing

ROLL = Roll({"ana": "ana", "ben": "ben", "cleo": "cleo"}, aside=("dora",))


@pytest.fixture
def table(tmp_path: Path):
    def write(text: str | bytes) -> Path:
        path = tmp_path / "people.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_columns_are_joined_by_candidate(table) -> None:
    found = read_demographics(table("candidate,gender,age_band\nben,man,40-49\nana,woman,30-39\ncleo,woman,\n"), ROLL)
    assert found.columns == ("gender", "age_band")
    assert found.values["ana"] == {"gender": "woman", "age_band": "30-39"}
    assert found.values["cleo"] == {"gender": "woman", "age_band": None}


def test_candidates_that_the_file_does_not_name_are_unknown_and_counted(table) -> None:
    found = read_demographics(table("candidate,gender\nana,woman\n"), ROLL)
    assert found.values["ben"] == {"gender": None}
    assert found.absent == 2


@pytest.mark.parametrize("cell", ["", " ", "unknown", "Prefer not to say", "N/A", "?", "-"])
def test_cells_that_say_nothing_are_unknown(table, cell) -> None:
    assert read_demographics(table(f"candidate,gender\nana,{cell}\nben,man\n"), ROLL).values["ana"]["gender"] is None


def test_spellings_of_one_value_are_one_group(table) -> None:
    found = read_demographics(table("candidate,gender\nana,Woman\nben, woman\ncleo,woman\n"), ROLL)
    assert {own["gender"] for own in found.values.values()} == {"woman"}


@pytest.mark.parametrize("text", ["candidate;gender\nana;woman\n", "\ufeffcandidate\tgender\nana\twoman\n"])
def test_spreadsheets_of_other_countries_are_read(table, text) -> None:
    assert read_demographics(table(text), ROLL).values["ana"]["gender"] == "woman"


def test_rows_about_duplicates_are_counted_and_not_refused(table) -> None:
    assert read_demographics(table("candidate,gender\nana,woman\ndora,woman\n"), ROLL).aside == 1


def test_people_who_are_not_in_the_run_are_named_and_count_for_nothing(table) -> None:
    found = read_demographics(table("candidate,gender\nzoe,X\nana,woman\ndora,woman\nyan,Y\nben,man\n"), ROLL)
    assert found.not_in_run == ("zoe", "yan")
    assert (found.aside, found.absent) == (1, 1)
    assert {own["gender"] for own in found.values.values()} == {"woman", "man", None}
    assert set(found.values) == {"ana", "ben", "cleo"}


def test_groups_of_strangers_do_not_make_a_column_too_long(table) -> None:
    strangers = "".join(f"p{n},group {n}\n" for n in range(60))
    found = read_demographics(table(f"candidate,team\nana,red\n{strangers}"), ROLL)
    assert len(found.not_in_run) == 60
    assert found.values["ana"] == {"team": "red"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["people.csv", "empty"]),
        ("gender,origin\nwoman,A\n", ["'candidate'", "'gender', 'origin'"]),
        ("candidate\nana\n", ["no column besides 'candidate'"]),
        ("candidate,gender\nzoe,woman\nyan,woman\n", ["nobody of this screening", "'zoe' (line 2)", "'ana'"]),
        ("candidate,gender\nana,woman\nzoe,man\nzoe,man\n", ["Lines 3 and 4", "'zoe'"]),
        ("candidate,gender\nana,woman\nben,man\nana,man\n", ["Lines 2 and 4", "'ana'"]),
        ("candidate,gender,Gender\nana,woman,man\n", ["two columns 'gender'"]),
        ("candidate,gender,\nana,woman,x\n", ["Column 3", "no name"]),
        ("candidate,gender\nana,woman,40\n", ["Line 2", "3 cells under 2 columns"]),
        ("candidate,a,b,c,d,e,f,g\nana,1,1,1,1,1,1,1\n", ["7 columns"]),
        (b"candidate,gender\nana,f\xe9male\n", ["UTF-8"]),
        ('candidate,gender\nana,"woman\n', ["no CSV file"]),
    ],
)
def test_mistakes_are_named(table, text, names) -> None:
    with pytest.raises(ConfigurationError) as error:
        read_demographics(table(text), ROLL)
    assert all(name in str(error.value) for name in names)


def test_a_column_of_names_is_no_group(table) -> None:
    roll = Roll({f"c{n}": f"c{n}" for n in range(40)})
    rows = "".join(f"c{n},person {n}\n" for n in range(40))
    with pytest.raises(ConfigurationError, match="'e-mail'"):
        read_demographics(table(f"candidate,e-mail\n{rows}"), roll)


def test_a_file_that_is_not_there_is_named(tmp_path) -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        read_demographics(tmp_path / "nowhere.csv", ROLL)


@pytest.mark.parametrize(
    "cell",
    [
        "Prefer not to answer", "I don't wish to answer", "I don’t wish to answer", "I do not want to answer",
        "Prefer not to disclose", "Not specified", "Declined", "no response", "Decline To Self Identify",
        "Decline to self-identify", "I'd rather not say", "prefer_not_to_say", "Choose not to disclose",
        "I have chosen not to disclose", "Would prefer not to say.", "I do not wish to self-identify", "Unspecified",
        "Declines to state", "Refused", "Withheld", "Opted out", "(not provided)", "Not-disclosed", "No answer given",
        "I decline to answer", "Do not wish to disclose my gender", "did not answer", "Not reported", "N/A", "…",
    ],
)  # fmt: skip
def test_refusals_to_answer_are_unknown(cell) -> None:
    assert says_nothing(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "Non-binary", "Prefer to self-describe", "I identify as another gender", "Not Hispanic or Latino", "No", "None",
        "I am not a veteran", "No, I don't have a disability", "Do not identify with any gender", "Other", "Agender",
        "Two or more races", "I like not to be boxed in", "North", "Nativo", "Naga", "Declan",
    ],
)  # fmt: skip
def test_answers_are_groups(cell) -> None:
    assert not says_nothing(cell)


def test_refusals_are_counted_as_unknown_and_are_no_group(table) -> None:
    found = read_demographics(table("candidate,gender\nana,Declined\nben,man\ncleo,I don't wish to answer\n"), ROLL)
    assert {name: own["gender"] for name, own in found.values.items()} == {"ana": None, "ben": "man", "cleo": None}
    assert found.absent == 0


def test_another_spelling_of_a_candidate_is_found_and_not_taken_twice(table) -> None:
    assert read_demographics(table("candidate,gender\nANA,woman\n"), ROLL).values["ana"] == {"gender": "woman"}
    with pytest.raises(ConfigurationError, match="Lines 2 and 3"):
        read_demographics(table("candidate,gender\nana,woman\nAna,man\n"), ROLL)
