"""shortlist.csv has the shortlist's order and figures, and no cell that a spreadsheet would run."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ranking import rank
from pipeline.reports.csv import BYTE_ORDER_MARK, csv_report
from pipeline.reports.text import disarmed
from tests.factories import make_assessment, make_batch, make_flag, make_scorecard, make_shortlist

SCORECARD = make_scorecard()
SHORTLIST = make_shortlist(SCORECARD)
BATCH = make_batch(SHORTLIST)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))


def test_one_row_a_candidate_in_the_order_and_with_the_figures_of_the_shortlist():
    rows = rows_of(csv_report(SHORTLIST, BATCH, SCORECARD))
    assert [(row["candidate"], row["rank"], row["score"], row["band"]) for row in rows] == [
        (r.candidate, "" if r.rank is None else str(r.rank), "" if r.score is None else f"{r.score:.1f}", r.band)
        for r in SHORTLIST.rows
    ]


def test_every_criterion_and_gate_has_its_column():
    row = rows_of(csv_report(SHORTLIST, BATCH, SCORECARD))[0]
    assert [c for c in row if c.startswith("level ")] == [f"level {c.id}" for c in SCORECARD.criteria]
    assert [c for c in row if c.startswith("gate ")] == [f"gate {g.id}" for g in SCORECARD.non_negotiables]


def test_unscored_criterion_is_an_empty_cell_and_not_a_zero():
    row = next(r for r in rows_of(csv_report(SHORTLIST, BATCH, SCORECARD)) if r["candidate"] == "lena-brandt")
    assert row["level failure_modes"] == ""
    assert row["level production_ownership"] != ""


def test_lines_end_as_rfc_4180_asks_and_start_with_the_mark_that_spreadsheets_need():
    text = csv_report(SHORTLIST, BATCH, SCORECARD)
    assert text.startswith(BYTE_ORDER_MARK)
    assert text.endswith("\r\n")
    assert len({len(row) for row in csv.reader(io.StringIO(text, newline=""))}) == 1


def test_files_that_could_not_be_read_are_counted_blind_or_not():
    for blind in (False, True):
        rows = rows_of(csv_report(SHORTLIST, BATCH, SCORECARD, blind=blind))
        assert sum(int(row["files_not_read"]) for row in rows) == len(BATCH.quarantined)


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1",
        "-1+2",
        "@SUM(A1)",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "  =1+1",
        '"=1+1',
        "'=1+1",
        "\u00a0=1+1",
        "\u200b=1+1",
        "\ufeff=1+1",
        "＝1+1",  # full-width signs are read as plain ones by some programs
        "＋1",
        "－1",
        "＠SUM(A1)",
        "\u202e=1+1",
        "=cmd|' /C calc'!A0",
        "%0A=1",
    ],
)  # fmt: skip
def test_cell_that_a_spreadsheet_would_run_starts_with_an_apostrophe(cell):
    assert disarmed(cell).startswith("'")


@pytest.mark.parametrize("cell", ["Anneke Drost", "1", "95.1", "", "a=b", "3-5%", "Ünal", "يوسف"])
def test_harmless_cell_stays_as_it_is(cell):
    assert disarmed(cell) == cell


@given(st.text(max_size=60))
def test_no_cell_begins_with_a_formula_sign(text):
    cell = disarmed(text)
    assert cell.lstrip(" \"'`\u00a0\u200b\ufeff\t\r\n")[:1] not in ("=", "+", "-", "@") or cell.startswith("'")
    assert "\x00" not in cell
    assert "\t" not in cell


def test_hostile_candidate_is_disarmed_in_the_report():
    flag = make_flag("stage_mismatch", question='=HYPERLINK("http://x.example","click")', document="", place="")
    shortlist = rank([make_assessment("=cmd|' /C calc'!A0", 2.0, flags=(flag,))], SCORECARD)
    row = rows_of(csv_report(shortlist, BATCH, SCORECARD))[0]
    assert row["candidate"].startswith("'=")
    assert not any(value[:1] in "=+@" for value in row.values() if value)
