import re
from collections import Counter

import pytest

from evaluators.benchmarking.relations.bases import Base, Twins, words
from evaluators.benchmarking.relations.rewriting import (
    career_gap,
    padding,
    section_order,
    tool_stuffing,
    tools_removed,
)


def only(made: object) -> Twins:
    (twins,) = made  # type: ignore[misc]
    assert isinstance(twins, Twins)
    return twins


def many(base: Base) -> list[Base]:
    return [base._replace(id=f"ferries/c{n:02}") for n in range(40)]


def resume(twins: Twins) -> str:
    return twins.after["resume.md"].decode()


def test_sections_change_places_and_keep_every_word(base: Base) -> None:
    for one in many(base):
        twins = only(section_order(one))
        assert resume(twins) != base.resume
        assert Counter(resume(twins).split()) == Counter(base.resume.split())
        assert resume(twins).startswith("# Nerys Llewellyn\n\nSwansea")
        # A job stays with its bullets.
        assert re.search(r"2014 - 2018\n- Label printing", resume(twins))


def test_a_resume_without_sections_has_no_other_order(base: Base) -> None:
    assert not list(section_order(base._replace(files=base.with_resume("Ann\n\nI write code.\n"))))


def test_fifty_tools_are_added_in_every_way_of_listing_and_nothing_is_lost(base: Base) -> None:
    seen = set()
    for one in many(base):
        twins = only(tool_stuffing(one))
        seen.add(twins.note)
        assert resume(twins).startswith(base.resume)
        added = resume(twins).removeprefix(base.resume)
        assert sum(bool(re.search(rf"(?<![\w.]){re.escape(t)}(?![\w#+])", added)) for t in words().tools) >= 50
    assert len(seen) == 5


def test_what_the_role_would_like_to_see_is_always_among_the_stuffed_tools(base: Base) -> None:
    wanted = ("Kafka", "TecDoc", "another catalogue")
    for one in many(base._replace(wanted=wanted)):
        added = resume(only(tool_stuffing(one))).removeprefix(base.resume)
        assert all(name in added for name in wanted)
        assert len(re.findall(r"(?<![\w.])Kafka(?!\w)", added)) == 1


def test_the_section_of_tools_goes_and_nothing_else(base: Base) -> None:
    assert resume(only(tools_removed(base))) == base.resume.partition("\n## Tools")[0]
    assert not list(tools_removed(base._replace(files=base.with_resume(base.resume.replace("## Tools", "## Hobbies")))))


def test_padding_adds_a_third_in_every_place_and_keeps_every_word(base: Base) -> None:
    seen = set()
    for one in many(base):
        twins = only(padding(one))
        seen.add(twins.pair)
        before, after = Counter(base.resume.split()), Counter(resume(twins).split())
        assert not before - after
        assert 0.3 <= (after - before).total() / before.total() <= 0.45
    assert seen == {"padding-end", "padding-between", "padding-inline"}


def test_inline_padding_opens_no_line(base: Base) -> None:
    inline = next(t for one in many(base) if (t := only(padding(one))).pair == "padding-inline")
    assert len(resume(inline).splitlines()) == len(base.resume.splitlines())


def test_a_gap_moves_the_dates_of_earlier_jobs_and_studies_and_no_other_year(base: Base) -> None:
    changed = [
        (before, after)
        for before, after in zip(base.resume.splitlines(), resume(only(career_gap(base))).splitlines(), strict=True)
        if before != after
    ]
    assert changed == [
        ("### Gower Print Works, developer, 2014 - 2018", "### Gower Print Works, developer, 2012 - 2016"),
        ("BSc Computing, University of Swansea Bay, 2013", "BSc Computing, University of Swansea Bay, 2011"),
    ]


def test_one_job_leaves_no_room_for_a_gap(base: Base) -> None:
    text = base.resume.replace("### Gower Print Works, developer, 2014 - 2018\n", "")
    assert not list(career_gap(base._replace(files=base.with_resume(text))))


@pytest.mark.parametrize("relation", [section_order, tool_stuffing, tools_removed, padding, career_gap])
def test_only_the_resume_changes(relation: object, base: Base) -> None:
    twins = only(relation(base))  # type: ignore[operator]
    assert {name for name in base.files if twins.after[name] != base.files[name]} == {"resume.md"}
