import random

import pytest

from evaluators.benchmarking.relations.bases import Base, Known, Person, words
from evaluators.benchmarking.relations.swaps import as_person, name_swap, prestige_swap, with_pronouns

HE = Person(first="Chidi", last="Ó Briain-Wu", pronoun="he")


def test_nothing_of_the_old_person_is_left_and_nothing_else_changes(base: Base) -> None:
    after = as_person(base.files, base.known or Known(name=""), HE, random.Random(1))
    resume = after["resume.md"].decode()
    assert "nerys" not in resume.casefold()
    assert "llewellyn" not in resume.casefold()
    assert resume.startswith("# Chidi Ó Briain-Wu\n")
    assert "chidi.obriainwu@post-" in resume
    assert "He asks before he builds, and his notes are read." in resume
    assert "- Chidi wrote the check" in resume
    assert after["takehome/seats.py"] == b"# by Chidi: seats are counted twice\nSEATS = {}\n"
    assert after["takehome/logo.png"] == base.files["takehome/logo.png"]
    assert len(resume.splitlines()) == len(base.resume.splitlines())


def test_a_swap_is_the_same_every_time(base: Base) -> None:
    assert list(name_swap(base)) == list(name_swap(base))


def test_a_short_part_of_a_name_is_left_where_it_may_be_a_word() -> None:
    files = {"resume.md": b"DO THI HANH\nDo not test. Hanh did.\n"}
    after = as_person(files, Known(name="Do Thi Hanh"), HE, random.Random(1))
    assert after["resume.md"].decode() == "CHIDI Ó BRIAIN-WU\nDo not test. Ó Briain-Wu did.\n"


@pytest.mark.parametrize(
    ("text", "pronoun", "expected"),
    [
        ("She saw her own run and told her.", "he", "He saw his own run and told him."),
        ("HE told his team; ask him or himself.", "she", "SHE told her team; ask her or herself."),
        ("(she/her)", "he", "(he/him)"),
        ("There she was, in other sheets.", "she", "There she was, in other sheets."),
    ],
)
def test_pronouns_turn_with_the_person(text: str, pronoun: str, expected: str) -> None:
    assert with_pronouns(text, pronoun) == expected


def test_employers_and_schools_become_famous_ones_wherever_they_stand(base: Base) -> None:
    (twins,) = prestige_swap(base)
    resume = twins.after["resume.md"].decode()
    for old in ("Tidewater", "Gower Print Works", "Swansea Bay"):
        assert old not in resume
    assert any(f"### {employer}, Swansea: developer" in resume for employer in words().employers)
    assert any(f"BSc Computing, {school}, 2013" in resume for school in words().schools)


def test_without_knowing_who_it_is_nobody_is_swapped(base: Base) -> None:
    assert not list(name_swap(base._replace(known=None)))
    assert not list(prestige_swap(base._replace(known=Known(name="Nerys Llewellyn"))))
