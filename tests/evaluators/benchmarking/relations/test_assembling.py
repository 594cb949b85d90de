from pathlib import Path

from evaluators.benchmarking.relations.assembling import assemble
from evaluators.benchmarking.relations.bases import Base, read_files
from evaluators.benchmarking.relations.outline import jobs, outline

BENCHMARKS = Path(__file__).resolve().parents[4] / "datasets" / "benchmarks"
ROLE = "billing-reliability"


def people() -> list[Base]:
    folders = sorted((BENCHMARKS / ROLE / "candidates").iterdir())
    return [Base(f"{ROLE}/{folder.name}", ROLE, "written", read_files(folder)) for folder in folders]


def test_assembled_resumes_are_distinct_and_made_of_the_peoples_own_lines() -> None:
    made = list(assemble(ROLE, people(), 50))
    assert len(made) == 50
    assert len({base.resume.partition("## Summary")[2] for base in made}) == 50
    own = "\n".join(person.resume for person in people())
    for base in made:
        assert base.label.startswith("assembled:")
        bullets = [line for line in base.resume.splitlines() if line.startswith(("- ", "* ", "> "))]
        assert bullets
        assert all(line in own for line in bullets)


def test_assembled_resumes_hold_two_to_four_jobs_and_every_section() -> None:
    for base in assemble(ROLE, people(), 30):
        assert 2 <= len(jobs(base.resume)) <= 4
        found = outline(base.resume)
        assert found is not None
        assert [section.title for section in found.sections] == ["Summary", "Experience", "Education", "Skills"]


def test_nobody_assembled_shares_an_address_with_anybody() -> None:
    made = list(assemble(ROLE, people(), 50))
    assert len({base.resume.split("·")[2].split()[0] for base in made}) == 50
    assert all(base.known is not None and base.known.name in base.resume for base in made)


def test_some_bring_a_take_home_and_equal_people_give_equal_bases() -> None:
    made = list(assemble(ROLE, people(), 30))
    assert 0 < sum(any(name.startswith("takehome/") for name in base.files) for base in made) < 30
    assert made == list(assemble(ROLE, people(), 30))


def test_one_person_is_not_enough() -> None:
    assert not list(assemble(ROLE, people()[:1], 3))
