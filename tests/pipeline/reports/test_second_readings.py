"""What a line, a second judge, a second pass and a budget add to the reports."""

import csv
import io
import json
import re
from io import StringIO

import jsonschema
import pytest
from bs4 import BeautifulSoup
from rich.console import Console

from evaluators.money.prices import Price, Usage
from evaluators.money.spending import BudgetSpent, Spending
from evaluators.second_judge import with_second
from pipeline.models.settlement import Settlement
from pipeline.models.shortlist import Shortlist
from pipeline.phrases import not_asked_because
from pipeline.ranking import rank
from pipeline.ranking_line import rank_with_line
from pipeline.reports.csv import csv_report
from pipeline.reports.html import html_report
from pipeline.reports.json import json_report
from pipeline.reports.json_schema import SCHEMA_FILE
from pipeline.reports.opinions import LINE_TEXT
from pipeline.reports.terminal import explanation, terminal_table
from tests.factories import make_assessment, make_batch, make_scorecard, make_shortlist
from tests.second_readings import (
    BUDGET_DETAIL,
    NAMES,
    make_follow_up,
    make_twice_read,
    make_unfinished,
    make_verdicts,
    with_settlement,
)

SCORECARD = make_scorecard()
TWICE_READ = make_twice_read(SCORECARD)
DIFFERING = [r for r in TWICE_READ.rows if any(f.id == "second_judge_differs" for f in r.assessment.flags)]


def html_of(shortlist: Shortlist, *, blind: bool = False) -> BeautifulSoup:
    page = html_report(shortlist, make_batch(shortlist), SCORECARD, judge_note="Note.", blind=blind)
    return BeautifulSoup(page, "lxml")


def text_of(node) -> str:
    return " ".join(node.get_text(" ").split())


def rows_of_csv(shortlist: Shortlist) -> list[dict[str, str]]:
    text = csv_report(shortlist, make_batch(shortlist), SCORECARD).removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text)))


def printed(shortlist: Shortlist) -> str:
    stream = StringIO()
    Console(file=stream, width=160).print(terminal_table(shortlist))
    return " ".join(stream.getvalue().split())


@pytest.fixture(scope="module")
def page() -> BeautifulSoup:
    return html_of(TWICE_READ)


@pytest.fixture(scope="module")
def report() -> dict:
    return json.loads(json_report(TWICE_READ, make_batch(TWICE_READ), SCORECARD))


def one_row(**changes) -> Shortlist:
    shortlist = rank([make_assessment("somebody", 3.0)], SCORECARD)
    return shortlist.model_copy(update={"rows": (shortlist.rows[0].model_copy(update=changes),)})


def test_line_stands_between_the_rows_of_the_two_judges(page):
    rows = page.select("#table tbody tr")
    (line,) = [n for n, tr in enumerate(rows) if "line" in tr.get("class", [])]
    assert LINE_TEXT in text_of(rows[line])
    assert "7 candidates were read again" in text_of(rows[line])
    above = [tr for tr in rows[:line] if "cut" not in tr.get("class", [])]
    assert len(above) == sum(row.rank is not None and not row.below_line for row in TWICE_READ.rows)
    assert all("below" in tr.get("class", []) and "built-in judge alone" in text_of(tr) for tr in rows[line + 1 :])
    assert not any("below" in tr.get("class", []) for tr in above)


def test_line_is_on_top_when_nobody_above_it_could_be_ranked():
    screened = make_shortlist(SCORECARD)
    judged = rank([make_assessment(screened.rows[0].candidate, [None] * 7, scorecard=SCORECARD)], SCORECARD)
    lined = rank_with_line(screened, judged, SCORECARD)
    assert "line" in html_of(lined).select("#table tbody tr")[0]["class"]
    assert printed(lined).index("below: built-in judge alone") < printed(lined).index(lined.rows[0].candidate)


def test_intervals_below_a_line_with_a_gap_stay_in_their_drawing():
    screened = make_shortlist(SCORECARD)
    best = [row.candidate for row in screened.rows[:6]]
    judged = rank([make_assessment(name, [None] * 7, scorecard=SCORECARD) for name in best], SCORECARD)
    drawn = html_of(rank_with_line(screened, judged, SCORECARD)).select("td.iv circle")
    assert max(float(circle["cx"]) for circle in drawn) <= 160


def test_tie_group_at_the_cut_does_not_reach_across_the_line():
    lined = make_twice_read(SCORECARD, judged=6, top=8)
    boundary = [(row.rank, row.below_line) for row in lined.rows if "boundary" in (row.band, row.would_be)]
    assert {below for _, below in boundary} == {True, False}
    cut = next(tr for tr in html_of(lined).select("#table tr.cut") if "line" not in tr["class"])
    assert f"ranks {boundary[0][0]} to" not in text_of(cut)


def test_one_judge_alone_gets_no_line_and_no_columns_for_others():
    shortlist = make_shortlist(SCORECARD)
    page = html_of(shortlist)
    assert not page.select("tr.line, #differ, #settled, .sj, .fu")
    assert list(rows_of_csv(shortlist)[0])[-2:] == ["channel", "label"]
    assert "line" not in printed(shortlist)


def test_both_levels_stand_side_by_side_where_judges_differ(page):
    row = DIFFERING[0]
    article = page.select_one(f"#c{TWICE_READ.rows.index(row) + 1}")
    for section, assessed in zip(article.select(".cr"), row.assessment.criteria, strict=True):
        assert f"{assessed.level:.1f} of 4" in text_of(section)
        assert f"second judge {assessed.second_level:.1f}" in text_of(section)
        assert ("a person decides" in text_of(section)) == (round(abs(assessed.level - assessed.second_level), 1) >= 2)


def test_every_row_on_which_judges_differ_is_listed_for_a_person_whatever_its_band():
    weak = with_second(
        make_assessment("weak", 0.6, scorecard=SCORECARD), make_verdicts(SCORECARD, [3.9] * 7), SCORECARD, names=NAMES
    )
    shortlist = rank([weak, *(make_assessment(f"good-{n}", 3.9) for n in range(6))], SCORECARD, top=1)
    assert next(row for row in shortlist.rows if row.candidate == "weak").band == "hold"
    section = html_of(shortlist).select_one("#differ")
    assert "a person decides" in text_of(section)
    (link,) = section.select("tbody th a")
    assert text_of(link) == "weak"
    assert "a-large-model reads level" in text_of(section)
    assert html_of(shortlist).select_one(link["href"]) is not None
    assert "Two judges differ about 1 candidate: a person decides." in printed(shortlist)


def test_second_pass_says_how_pairs_ended_and_what_became_narrower(page):
    section = text_of(page.select_one("#settled"))
    settlement = TWICE_READ.settlement
    assert "No score was changed" in section
    assert f"{settlement.pairs[0].preferred} was preferred in both orders" in section
    assert "Left the label printer on polling although push was ready." in section
    assert "counts as a tie" in section
    assert "counts for nothing" in section
    assert f"hold hidden or addressed text: {settlement.left_out[0]}" in section
    for row, told in zip(settlement.rows, page.select("#settled tbody tr"), strict=True):
        low, high = row.interval_before
        assert f"{low}–{high}" in text_of(told.select_one("s"))
    marks = [text_of(mark) for mark in page.select("#table .was")]
    assert len(marks) == len(settlement.rows)
    assert any("1st among equals" in mark for mark in marks)


def test_many_pairs_are_folded():
    shortlist = with_settlement(make_shortlist(SCORECARD))
    pairs = shortlist.settlement.pairs * 4
    many = shortlist.model_copy(update={"settlement": shortlist.settlement.model_copy(update={"pairs": pairs})})
    assert not html_of(many).select_one("#settled details").has_attr("open")
    assert html_of(shortlist).select_one("#settled details").has_attr("open")


def test_second_pass_that_settled_nothing_is_a_section_too():
    empty = make_shortlist(SCORECARD).model_copy(update={"settlement": Settlement(pairs=(), rows=())})
    assert "0 intervals became narrower" in text_of(html_of(empty).select_one("#settled"))


def test_suggested_questions_carry_their_quote_and_say_who_wrote_them(page):
    section = page.select_one("#c1 .ask")
    assert "Suggested by a language model" in text_of(section)
    (item,) = section.select(".fu li")
    follow_up = TWICE_READ.rows[0].follow_ups[0]
    assert follow_up.question in text_of(item)
    assert follow_up.citation.quote in text_of(item.blockquote)
    assert "resume.pdf, page 1" in text_of(item)


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "</li><script>x</script>", "{{ 7*7 }}", "\u202eabc"])
def test_what_a_model_wrote_is_text(text):
    shortlist = one_row(follow_ups=(make_follow_up("resume", question=f"Why {text}?"),))
    page = html_of(shortlist)
    assert len(page.select("script")) == 1
    assert not page.select("img")
    shown = text_of(page.select_one(".fu li span"))
    assert shown == f"Why {text}?".replace("\u202e", "\ufffd")
    told = "\n".join(explanation(json.loads(json_report(shortlist, make_batch(shortlist), SCORECARD))["rows"][0]))
    assert "\u202e" not in told


def test_formula_of_a_model_is_disarmed_in_the_table():
    shortlist = one_row(follow_ups=(make_follow_up("resume", question="=HYPERLINK(1)"),))
    assert rows_of_csv(shortlist)[0]["suggested_by_a_model"].startswith("'=HYPERLINK")


def test_candidates_not_read_to_the_end_are_counted_at_the_top():
    unfinished = [make_unfinished(f"late-{n}", SCORECARD) for n in range(3)]
    spent_more = BUDGET_DETAIL.replace("$4.98", "$4.99").replace("412", "413")
    last = unfinished[2].model_copy(
        update={
            "criteria": tuple(
                row.model_copy(update={"detail": spent_more}) if row.unscored else row for row in unfinished[2].criteria
            )
        }
    )
    shortlist = rank([*unfinished[:2], last, make_assessment("early", 3.0)], SCORECARD)
    sentence = (
        "3 candidates were not read to the end because the budget of $5.00 has no room for another call: "
        "run again with a larger budget to go on."
    )
    assert text_of(html_of(shortlist).select_one(".undone")) == sentence
    assert sentence in printed(shortlist)
    report = json.loads(json_report(shortlist, make_batch(shortlist), SCORECARD))
    assert report["unfinished"] == [{"reason": "the budget of $5.00 has no room for another call", "candidates": 3}]
    told = {row["candidate"]: row["criteria_not_asked"] for row in rows_of_csv(shortlist)}
    assert told == {"late-0": "3", "late-1": "3", "late-2": "3", "early": "0"}


def test_every_limit_that_ends_a_run_is_told_in_plain_words():
    def refused(spending: Spending, *, after: int) -> str:
        for _ in range(after):
            reservation = spending.try_reserve(static="s", rest="r", max_output_tokens=1)
            assert reservation is not None
            reservation.settle(Usage(input_tokens=4_000, output_tokens=1))
        with pytest.raises(BudgetSpent) as error:
            spending.try_reserve(static="s" * 400, rest="r" * 4_000, max_output_tokens=1)
        return str(error.value)

    price = Price(input=1_000, output=1_000)
    told = [
        refused(Spending(price, model="m", budget=5), after=1),
        refused(Spending(price, model="m", budget=0.5), after=0),
        refused(Spending(None, model="m", max_requests=1), after=1),
        refused(Spending(price, model="m", max_requests=2), after=2),
    ]
    assert [not_asked_because(detail).reason for detail in told] == [
        "the budget of $5.00 has no room for another call",
        "the budget of $0.50 is too small for one request",
        "the limit of 1 request was reached",
        "the limit of 2 requests was reached",
    ]


def test_other_reasons_for_not_asking_are_told_as_they_are():
    detail = "another run has been asking this for too long; run again later"
    made = make_unfinished("late", SCORECARD)
    rows = tuple(r.model_copy(update={"detail": detail}) if r.unscored else r for r in made.criteria)
    shortlist = rank([made.model_copy(update={"criteria": rows})], SCORECARD)
    assert text_of(html_of(shortlist).select_one(".undone")) == (
        f"1 candidate was not read to the end ({detail}): run the same screening again to go on."
    )


def test_gate_that_was_not_asked_counts_as_not_read_to_the_end():
    late = make_unfinished("late", SCORECARD)
    made = make_assessment("only-a-gate", 3.0, scorecard=SCORECARD, gates={"on_call": "unknown"})
    gates = tuple(
        gate.model_copy(update={"detail": BUDGET_DETAIL, "unscored": "not_asked"}) if gate.gate == "on_call" else gate
        for gate in made.gates
    )
    shortlist = rank([late, made.model_copy(update={"gates": gates})], SCORECARD)
    assert "2 candidates were not read" in text_of(html_of(shortlist).select_one(".undone"))


def test_new_parts_of_the_report_follow_the_published_schema(report):
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.validate(report, schema)
    blind = json.loads(json_report(TWICE_READ, make_batch(TWICE_READ), SCORECARD, blind=True))
    jsonschema.validate(blind, schema)


def test_older_report_without_the_new_parts_still_follows_the_schema(report):
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    older = {k: v for k, v in report.items() if k not in ("judged_top", "unfinished", "settlement")}
    older["rows"] = [
        {k: v for k, v in row.items() if k not in ("below_line", "follow_ups", "settled")} for row in report["rows"]
    ]
    jsonschema.validate(older, schema)


def test_json_tells_who_read_a_row_both_levels_and_what_was_settled(report):
    assert report["judged_top"] == 7
    for told, row in zip(report["rows"], TWICE_READ.rows, strict=True):
        assert told["below_line"] == row.below_line
        for criterion in row.assessment.criteria:
            assert told["criteria"][criterion.criterion]["second_level"] == criterion.second_level
    settled = [row["candidate"] for row in report["rows"] if row["settled"] is not None]
    assert settled == [row.candidate for row in TWICE_READ.settlement.rows]
    assert [pair["end"] for pair in report["settlement"]["pairs"]] == [
        "preferred", "orders_disagree", "neither", "not_answered",
    ]  # fmt: skip


def test_table_gains_its_columns_at_the_end():
    before = list(rows_of_csv(make_shortlist(SCORECARD))[0])
    rows = rows_of_csv(TWICE_READ)
    assert list(rows[0])[: len(before)] == before
    assert [row["line"] for row in rows].count("above") == 7
    assert {row["read_by"] for row in rows if row["line"] == "below"} == {"built-in judge alone"}
    first = rows[0]
    assert first["second tradeoff_reasoning"] == f"{TWICE_READ.rows[0].assessment.criteria[0].second_level:.1f}"
    assert "a-large-model reads level" in first["two_judges_differ"]
    assert (first["rank_low_before"], first["further_answers"]) == ("1", "0")


def test_terminal_draws_the_line_and_explains_what_was_added(report):
    text = printed(TWICE_READ)
    assert LINE_TEXT in text
    below = next(row for row in TWICE_READ.rows if row.below_line)
    assert text.index("below: built-in judge alone") < text.index(below.candidate)
    told = "\n".join(explanation(report["rows"][0]))
    assert re.search(r"second judge \d\.\d \(a person decides\)", told)
    assert "Second pass: the rank interval was 1 to" in told
    assert "Suggested by a language model, not checked" in told
    last_ranked = next(row for row in report["rows"] if row["below_line"])
    assert "below the line (read by the built-in judge alone)" in "\n".join(explanation(last_ranked))


def test_every_link_of_the_new_sections_leads_somewhere(page):
    ids = {node["id"] for node in page.select("[id]")}
    links = [link["href"][1:] for link in page.select("#differ a, #settled a, nav a")]
    assert links
    assert set(links) <= ids


@pytest.mark.parametrize("kind", ["html", "csv", "json", "terminal"])
def test_blind_reports_show_labels_and_redacted_words_only(kind):
    name = "zebulon"
    shortlist = make_twice_read(SCORECARD)
    hostile = shortlist.rows[0]
    follow_up = make_follow_up(name, question="Did Zebulon tell Okonkwo of it? What did zebulon do in Quito?")
    citation = follow_up.citation.model_copy(
        update={
            "quote": "Zebulon Okonkwo left for Quito that night.",
            "quote_redacted": "[NAME] left for [PLACE] then.",
        }
    )
    pairs = (
        shortlist.settlement.pairs[0].model_copy(
            update={"first": name, "preferred": name, "second": shortlist.rows[1].candidate, "citations": (citation,)}
        ),
    )
    settlement = shortlist.settlement.model_copy(
        update={
            "pairs": pairs,
            "rows": (shortlist.settlement.rows[0].model_copy(update={"candidate": name}),),
            "left_out": (name, "zebulon-who-is-not-in-the-batch"),
        }
    )
    row = hostile.model_copy(
        update={
            "candidate": name,
            "assessment": hostile.assessment.model_copy(update={"candidate": name}),
            "follow_ups": (follow_up.model_copy(update={"citation": citation}),),
        }
    )
    shortlist = shortlist.model_copy(update={"rows": (row, *shortlist.rows[1:]), "settlement": settlement})
    batch = make_batch(shortlist)
    stream = StringIO()
    Console(file=stream, width=200).print(terminal_table(shortlist, blind=True))
    text = {
        "html": html_report(shortlist, batch, SCORECARD, judge_note="Note.", blind=True),
        "csv": csv_report(shortlist, batch, SCORECARD, blind=True),
        "json": json_report(shortlist, batch, SCORECARD, blind=True),
        "terminal": stream.getvalue(),
    }[kind].lower()
    for word in (name, "okonkwo", "quito"):
        assert word not in text
    for other in shortlist.rows:
        assert other.candidate not in text
    assert row.label.lower() in text
    if kind != "terminal":
        assert "did […] tell […] of it? what did […] do in […]?" in text
    if kind in ("html", "json"):
        assert "[name] left for [place] then." in text


def test_plain_word_of_a_folder_name_stays_in_a_question_where_the_judge_read_it_too():
    follow_up = make_follow_up("resume", question="Why six hours, and why Quito?")
    shortlist = one_row(candidate="hours-quito", follow_ups=(follow_up,))
    page = html_of(shortlist, blind=True)
    assert "Why six hours, and why […]?" in text_of(page.select_one(".fu"))
