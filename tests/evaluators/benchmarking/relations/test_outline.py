from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.benchmarking.relations.bases import Base
from evaluators.benchmarking.relations.outline import Style, heading_lines, is_bullet, jobs, outline

BENCHMARKS = Path(__file__).resolve().parents[4] / "datasets" / "benchmarks"
GOLD = sorted(BENCHMARKS.glob("*/candidates/*/resume.md"))

STYLES: dict[Style, str] = {
    "markdown": "# Ann\n\nx\n\n## Work\n\nA, 2019 to now\nDid it.\n\n## Education\nBSc, 2013\n\n## Tools\nGo\n",
    "underlined": "Ann\n\nx\n\nWork\n----\nA, 2019 to now\nDid it.\n\nEducation\n---------\nBSc\n\nTools\n-----\nGo\n",
    "bold": "Ann\n\nx\n\n**Work**\n\nA, 2019 to now\nDid it.\n\n**Education**\nBSc, 2013\n\n**Tools**\nGo\n",
    "italic": "Ann\n\nx\n\n*Work*\n\nA, 2019 to now\nDid it.\n\n*Education*\nBSc, 2013\n\n*Tools*\nGo\n",
    "capitals": "Ann\n\nx\n\nWORK\n\nA, 2019 to now\nDid it.\n\nEDUCATION\nBSc, 2013\n\nTOOLS\nGo\n",
    "plain": "Ann\n\nx\n\nWork\n\nA, 2019 to now\nDid it.\n\nEducation\nBSc, 2013\n\nTools\nGo\n",
}


@pytest.mark.parametrize("style", STYLES)
def test_sections_are_told_in_every_style_that_people_set_them_in(style: Style) -> None:
    found = outline(STYLES[style])
    assert found is not None
    assert found.style == style
    assert [section.kind for section in found.sections] == ["work", "education", "tools"]
    assert found.top[0].endswith("Ann")
    assert [job.header for job in jobs(STYLES[style])] == [("A, 2019 to now",)]


def test_an_outline_loses_no_line_of_any_candidate() -> None:
    assert len(GOLD) >= 40
    for path in GOLD:
        text = path.read_text(encoding="utf-8")
        found = outline(text)
        assert found is None or found.text() == text.rstrip("\n") + "\n", path


def test_most_candidates_resumes_fall_into_sections_and_jobs() -> None:
    texts = [path.read_text(encoding="utf-8") for path in GOLD]
    assert sum(outline(text) is not None for text in texts) >= 36
    assert sum(len(jobs(text)) >= 2 for text in texts) >= 36


def test_an_employer_that_stands_alone_on_a_line_is_a_job_and_no_section() -> None:
    job = "**Alba Ports**\n*Developer, 2016 to 2018*\nRan it."
    text = f"Ann\n\nx\n\n**Experience**\n\n{job}\n\n**Education**\nx\n\n**Tools**\ny\n"
    found = outline(text)
    assert found is not None
    assert [section.title for section in found.sections] == ["Experience", "Education", "Tools"]
    assert [job.header for job in jobs(text)] == [("**Alba Ports**", "*Developer, 2016 to 2018*")]


def test_a_year_inside_a_story_opens_no_job(base: Base) -> None:
    assert [job.header[0].split(",")[0] for job in jobs(base.resume)] == [
        "### Tidewater Freight Ltd",
        "### Gower Print Works",
    ]
    assert jobs("Ann\n\nSo from 2013 there is no route.\n\nMonolith taken apart since 2019.\n") == ()


@given(st.text(alphabet="ab# *-\n:.|2019 to", max_size=300))
def test_whatever_is_written_stays_the_same_but_for_empty_lines(text: str) -> None:
    found = outline(text)
    if found is not None:
        kept = [line for line in text.splitlines() if line.strip()]
        assert [line for line in found.text().splitlines() if line.strip()] == kept


@pytest.mark.parametrize("style", STYLES)
def test_a_heading_in_a_resumes_own_style_is_read_as_one(style: Style) -> None:
    text = STYLES[style].rstrip("\n") + "\n\n" + "\n".join([*heading_lines(style, "Skills"), "C"]) + "\n"
    found = outline(text)
    assert found is not None
    assert found.sections[-1].title.casefold() == "skills"


@pytest.mark.parametrize(("line", "expected"), [("- a", True), ("  • a", True), ("1. a", True), ("2019 a", False)])
def test_bullets_are_told_by_their_mark(line: str, expected: bool) -> None:
    assert is_bullet(line) is expected
