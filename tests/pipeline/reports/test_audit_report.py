"""The files of an audit: what they say, and that nothing in them can do anything."""

import csv
import html
import io
import json
import random
import re

import pytest

from pipeline.fairness.groups import Person, compare_groups
from pipeline.fairness.report import AuditedRun, AuditReport, GroupSource, NotApplied, SwapAudit, SwapCount, SwapExample
from pipeline.reports.audit import audit_files
from pipeline.reports.audit_html import marked
from pipeline.reports.audit_terminal import audit_lines
from pipeline.reports.audit_words import WORDS, in_short, kind_summaries

HOSTILE = '=cmd()<script>alert("x")</script>\u202e'


def make_run(**changes) -> AuditedRun:
    fields = {
        "run_id": "20260301T120000-order-flow",
        "started": "2026-03-01T12:00:00+00:00",
        "scorecard_id": "order-flow",
        "scorecard_hash": "ab" * 32,
        "title": "Backend Engineer, Order Flow",
        "judge": "evidence",
        "judge_fingerprint": "evidence:test:1",
        "version": "0.1.0",
        "candidates": 400,
        "top": 60,
        "blind": False,
    }
    return AuditedRun(**(fields | changes))


def make_count(kind: str = "name", group: str = "Polish, woman", **changes) -> SwapCount:
    figures = dict.fromkeys(
        ("requests_changed", "text_changed", "levels_changed", "gates_changed", "scores_changed", "bands_changed"), 0
    )
    fields = {"value": "Agnieszka Wójcik", "applied": 10, "requests": 100, "largest_move": 0.0, **figures}
    return SwapCount(kind=kind, group=group, **(fields | changes))


def make_swaps(*counts: SwapCount, **changes) -> SwapAudit:
    fields = {
        "candidates": 10,
        "sampled_from": 10,
        "not_judged": 1,
        "counts": counts
        or (
            make_count(),
            make_count("dates", "15 years earlier", requests_changed=40, scores_changed=3, largest_move=0.6),
        ),
        "not_applied": (NotApplied(kind="club", candidates=10, reason="no club or association is named"),),
        "examples": (make_example(),),
    }
    return SwapAudit(**(fields | changes))


def make_example(**changes) -> SwapExample:
    fields = {
        "candidate": "ana",
        "kind": "dates",
        "group": "15 years earlier",
        "value": "15 years earlier",
        "document": "resume.pdf",
        "place": "page 1",
        "before": "In March 2021 a registry",
        "after": "In March 2006 a registry",
        "score_before": 50.1,
        "score_after": 49.5,
        "band_before": "hold",
        "band_after": "hold",
    }
    return SwapExample(**(fields | changes))


def make_people(seed: int = 3) -> list[Person]:
    """Four hundred invented people; one group is selected half as often."""
    dice = random.Random(seed)
    everybody = []
    for _ in range(400):
        gender = dice.choice(("woman", "man", "man", None))
        origin = dice.choice(("North", "North", "South", "East"))
        chance = 0.12 if origin == "South" else 0.3
        selected = dice.random() < chance
        score = dice.gauss(60 if selected else 45, 8)
        everybody.append(
            Person(selected=selected, score=score, waiting=False, groups={"gender": gender, "origin": origin})
        )
    everybody += [
        Person(selected=n == 0, score=40.0, waiting=n > 4, groups={"gender": "non-binary", "origin": "Islands"})
        for n in range(7)
    ]
    return everybody


def make_report(**changes) -> AuditReport:
    people = make_people()
    fields = {
        "run": make_run(),
        "swaps": make_swaps(),
        "source": GroupSource(
            selected_by="top",
            bar=None,
            selected=sum(p.selected is True for p in people),
            outcomes=407,
            absent=2,
            aside=1,
        ),
        "groups": compare_groups(people, ["gender", "origin"]),
        "notices": ("A notice.",),
    }
    return AuditReport(**(fields | changes))


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return audit_files(make_report())


def test_page_defines_each_word_and_says_that_it_is_no_independent_audit(files) -> None:
    page = files["audit.html"]
    assert "This is no independent audit." in page
    assert "What this cannot see" in page
    for word, meaning in WORDS.items():
        assert f">{word}</span>" in page
        assert meaning.replace("“", "").split(".")[0] in page.replace("“", "")
    for source in (
        "Local Law 144",
        "29 CFR 1607.4 D",
        "Koopman 1984",
        "Lydersen, Fagerland and Laake 2009",
        "Holm (1979)",
    ):
        assert source in page


def test_page_holds_nothing_that_runs_or_loads(files) -> None:
    page = files["audit.html"]
    assert "<script" not in page
    assert "default-src 'none'" in html.unescape(page)
    assert re.findall(r"(?:src|href)=\"(?!#)", page) == []
    assert " style=" not in page


def test_equal_reports_give_equal_bytes(files) -> None:
    assert audit_files(make_report()) == files


def test_text_from_files_is_text_in_every_output() -> None:
    people = [
        Person(selected=n % 2 == 0, score=50.0 + n, waiting=False, groups={HOSTILE: HOSTILE if n < 8 else "other"})
        for n in range(16)
    ]
    swaps = make_swaps(make_count(), examples=(make_example(candidate=HOSTILE, before=HOSTILE, document=HOSTILE),))
    report = make_report(swaps=swaps, groups=compare_groups(people, [HOSTILE]), run=make_run(title=HOSTILE))
    out = audit_files(report)
    assert "<script" not in out["audit.html"]
    for row in csv.reader(io.StringIO(out["audit-groups.csv"].removeprefix("\ufeff"))):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
    assert not any("\u202e" in line or "\x1b" in line for line in audit_lines(report))


def test_candidates_with_half_a_character_pair_can_be_written() -> None:
    report = make_report(swaps=make_swaps(examples=(make_example().model_copy(update={"candidate": "a\ud800"}),)))
    files = audit_files(report)
    assert files
    for text in files.values():
        assert text.encode().decode() == text
        assert "\ud800" not in text


def test_json_holds_every_figure_unrounded(files) -> None:
    report = make_report()
    read = json.loads(files["audit.json"])
    assert AuditReport.model_validate(read) == report


def test_csv_has_a_row_for_every_group_and_for_unknowns(files) -> None:
    rows = list(csv.DictReader(io.StringIO(files["audit-groups.csv"].removeprefix("\ufeff"))))
    groups = make_report().groups
    assert groups is not None
    unknown = sum(comparison.unknown + comparison.few > 0 for comparison in groups.comparisons)
    assert len(rows) == sum(len(comparison.groups) for comparison in groups.comparisons) + unknown
    south = next(row for row in rows if row["group"] == "South" and row["measure"] == "selection")
    assert south["word"] == "signal"
    assert float(south["ratio_low_95"]) < float(south["impact_ratio"]) < float(south["ratio_high_95"])


def test_parts_that_were_not_made_have_no_file() -> None:
    assert sorted(audit_files(make_report(swaps=None))) == ["audit-groups.csv", "audit.html", "audit.json"]
    assert sorted(audit_files(make_report(groups=None, source=None))) == ["audit-swaps.csv", "audit.html", "audit.json"]


def test_zero_is_only_said_where_no_request_changed() -> None:
    clean = " ".join(in_short(make_report(swaps=make_swaps(make_count()), groups=None, source=None)))
    assert "in none of 100 requests" in clean
    leaking = make_swaps(make_count(requests_changed=10, scores_changed=1, largest_move=2.5))
    told = " ".join(in_short(make_report(swaps=leaking, groups=None, source=None)))
    assert "10 of 100 requests differ" in told
    assert "Redaction overlooked something" in told


@pytest.mark.parametrize(
    ("changes", "verdict", "zero"),
    [
        ({}, "nothing changed", True),
        ({"requests_changed": 4}, "read differently, no level moved", False),
        ({"requests_changed": 4, "levels_changed": 1}, "levels moved, no score", False),
        ({"requests_changed": 4, "levels_changed": 1, "scores_changed": 2}, "2 scores moved", False),
        ({"requests_changed": 4, "not_asked": 3}, "not known for 3", False),
    ],
)
def test_each_outcome_of_a_swap_has_its_words(changes, verdict, zero) -> None:
    summary = next(one for one in kind_summaries(make_swaps(make_count(**changes))) if one.kind == "name")
    assert (summary.verdict, summary.is_zero) == (verdict, zero)


def test_kinds_that_could_not_be_tried_are_told_as_that() -> None:
    club = next(one for one in kind_summaries(make_swaps()) if one.kind == "club")
    assert (club.verdict, club.is_zero, club.left_out) == ("could not be tried", False, 10)


def test_small_groups_show_no_number_selected_anywhere() -> None:
    few = [Person(selected=True, score=93.7, waiting=False, groups={"gender": "agender"}) for _ in range(3)]
    many = [Person(selected=n < 9, score=float(n), waiting=False, groups={"gender": "man"}) for n in range(20)]
    out = audit_files(make_report(groups=compare_groups([*few, *many], ["gender"])))
    rows = list(csv.DictReader(io.StringIO(out["audit-groups.csv"].removeprefix("\ufeff"))))
    row = next(r for r in rows if r["group"] == "(unknown or fewer than five)")
    assert (row["people"], row["selected_or_above_median"], row["rate"]) == ("3", "", "")
    assert not any("agender" in text for text in out.values())
    assert "Not listed, and in no rate: 3 in groups of fewer than 5 people." in out["audit.html"]


def test_parts_that_were_left_out_are_told_in_short_and_in_the_contents() -> None:
    without_swaps = make_report(swaps=None)
    page = audit_files(without_swaps)["audit.html"]
    assert "<span>Swaps of identity: not run</span>" in page
    assert 'href="#swaps"' not in page
    assert any(line.startswith("Swaps of identity were not run") for line in audit_lines(without_swaps))
    without_groups = make_report(groups=None, source=None)
    assert "<span>Groups of people: not compared</span>" in audit_files(without_groups)["audit.html"]
    assert any(line.startswith("Groups of people were not compared") for line in in_short(without_groups))
    assert not any("were not" in line for line in in_short(make_report()))


def test_page_spreadsheet_and_terminal_give_the_word_of_the_test_against_all_others() -> None:
    people = [
        Person(selected=n < selected, score=None, waiting=False, groups={"gender": gender})
        for gender, selected, of in (("man", 100, 200), ("woman", 56, 200), ("nb", 5, 9))
        for n in range(of)
    ]
    report = make_report(swaps=None, groups=compare_groups(people, ["gender"]))
    out = audit_files(report)
    rows = {row["group"]: row for row in csv.DictReader(io.StringIO(out["audit-groups.csv"].removeprefix("\ufeff")))}
    assert {name: (row["word"], row["other_people"], row["is_reference"]) for name, row in rows.items()} == {
        "man": ("signal", "209", "no"), "woman": ("signal", "209", "no"), "nb": ("too few to tell", "400", "yes"),
    }  # fmt: skip
    assert (
        "28.0% here, 50.2% of all others: chance alone gives a difference like this in less than" in out["audit.html"]
    )
    assert ">Could show<" not in out["audit.html"]
    assert '0.72<span class="rng">or less</span>' in out["audit.html"]
    told = [" ".join(line.split()) for line in audit_lines(report)]
    assert "woman 200 28.0% ratio 0.50 mid-P <0.001 signal" in told
    assert "nb 9 55.6% reference mid-P 0.244 too few to tell" in told


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("in 2021 a", "in 2006 a", ("in <mark>2021</mark> a", "in <mark>2006</mark> a")),
        ("[NAME] chose", "Dũng chose", ("<mark>[NAME]</mark> chose", "<mark>Dũng</mark> chose")),
        ("same", "same", ("same", "same")),
        ("", "new & old", ("", "<mark>new &amp; old</mark>")),
    ],
)
def test_the_words_that_differ_are_marked(before, after, expected) -> None:
    assert tuple(map(str, marked(before, after))) == expected
