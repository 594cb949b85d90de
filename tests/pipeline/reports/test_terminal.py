"""The terminal shows candidates' text as text."""

import json
from io import StringIO

from rich.console import Console

from pipeline.ranking import rank
from pipeline.reports.json import json_report
from pipeline.reports.terminal import explanation, terminal_table
from tests.factories import make_assessment, make_batch, make_flag, make_scorecard, make_shortlist

SCORECARD = make_scorecard()
SHORTLIST = make_shortlist(SCORECARD)


def printed(table, *, width: int = 160) -> str:
    stream = StringIO()
    Console(file=stream, width=width, color_system="truecolor", force_terminal=True).print(table)
    return stream.getvalue()


def row_of(candidate: str) -> dict:
    report = json.loads(json_report(SHORTLIST, make_batch(SHORTLIST), SCORECARD))
    return next(row for row in report["rows"] if row["candidate"] == candidate)


def test_table_holds_every_row_with_rank_band_and_score():
    text = printed(terminal_table(SHORTLIST))
    positions = [text.index(row.candidate) for row in SHORTLIST.rows]
    assert positions == sorted(positions)
    assert "64.6" in text
    assert "weekend_rota not met" in text


def test_blind_table_shows_labels_only():
    text = printed(terminal_table(SHORTLIST, blind=True))
    assert not [row.candidate for row in SHORTLIST.rows if row.candidate in text]
    assert all(row.label in text for row in SHORTLIST.rows)


def test_name_with_markup_and_escape_codes_stays_plain_text():
    shortlist = rank([make_assessment("[bold red]x[/] \x1b]0;owned\x07\x1b[31m", 2.0)], SCORECARD)
    text = printed(terminal_table(shortlist))
    assert "[bold red]x[/]" in text
    assert "\x1b]0" not in text
    assert "\x1b[31m" not in text


def test_explanation_tells_every_criterion_gate_flag_and_question():
    row = row_of("okafor_chidi")
    text = "\n".join(explanation(row))
    for criterion in row["criteria"].values():
        assert criterion["title"] in text
    for question in row["questions"]:
        assert question in text
    assert "Unexplained: Craft reaches" in text
    assert "Partly evidenced: " in text


def test_explanation_of_an_unread_candidate_says_why():
    text = "\n".join(explanation(row_of("scan-only")))
    assert "no rank, no score, 0% judged" in text
    assert "could not be read" in text


def test_explanation_prints_no_control_characters():
    flag = make_flag("hidden_text", detail="\x1b[2Jgone", question="\x1b]8;;http://x.example\x07?")
    shortlist = rank([make_assessment("a\x1b[31m", 2.0, flags=(flag,))], SCORECARD)
    report = json.loads(json_report(shortlist, make_batch(shortlist), SCORECARD))
    assert "\x1b" not in "\n".join(explanation(report["rows"][0]))
