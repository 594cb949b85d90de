"""Quotes are found whatever breaks their lines, and a report blinded later equals one that was written blind."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from pipeline.models.documents import Place, RedactedBlock, RedactedDocument
from pipeline.models.report import Report
from pipeline.reports.csv import csv_report
from pipeline.reports.json import make_report
from pipeline.review.quote_finding import Span, find_quote, flat_text, pieces
from pipeline.review.restoring import blind_report, blind_row, restored
from pipeline.review.viewed import exact_place, is_code, texts_of
from tests.factories import make_batch, make_scorecard, make_shortlist
from tests.pipeline.reports.test_blind import hostile_case

SCORECARD = make_scorecard()
WORD = st.text(alphabet="abcé.", min_size=1, max_size=6)
GAP = st.sampled_from([" ", "\n", "  ", "\n\t"])


def cases():
    shortlist = make_shortlist(SCORECARD)
    return [hostile_case(), (shortlist, make_batch(shortlist))]


@pytest.mark.parametrize("n", [0, 1])
def test_report_blinded_later_equals_the_one_written_blind(n):
    shortlist, batch = cases()[n]
    written = make_report(shortlist, batch, SCORECARD, blind=True)
    report = Report.model_validate_json(make_report(shortlist, batch, SCORECARD).model_dump_json())
    assert blind_report(report, SCORECARD) == written
    assert tuple(blind_row(report, row, SCORECARD) for row in report.rows) == written.rows


@pytest.mark.parametrize("n", [0, 1])
@pytest.mark.parametrize("blind", [False, True])
def test_csv_of_a_restored_shortlist_equals_the_first_one(n, blind):
    shortlist, batch = cases()[n]
    again = restored(make_report(shortlist, batch, SCORECARD))
    assert csv_report(*again, SCORECARD, blind=blind) == csv_report(shortlist, batch, SCORECARD, blind=blind)


@given(blocks=st.lists(st.lists(st.tuples(WORD, GAP), min_size=1, max_size=6), min_size=1, max_size=4), data=st.data())
def test_any_stretch_of_words_is_found_over_lines_and_blocks(blocks, data):
    texts = ["".join(word + gap for word, gap in block) for block in blocks]
    words = [word for block in blocks for word, _ in block]
    low = data.draw(st.integers(0, len(words) - 1))
    high = data.draw(st.integers(low + 1, len(words)))
    spans = find_quote(flat_text(texts), " ".join(words[low:high]))
    assert spans is not None
    covered = "".join(texts[span.block][span.start : span.end] for span in spans)
    assert "".join(covered.split()) == "".join(words[low:high])
    assert [span.block for span in spans] == sorted({span.block for span in spans})


def test_a_quote_of_code_stands_at_its_own_line_and_not_where_its_passage_begins():
    text = "class Bank {\n  void close() {\n    db.commit();\n  }\n}"
    blocks = (
        RedactedBlock(kind="code", text=text, visible=text, place=Place(line=40)),
        RedactedBlock(kind="paragraph", text="It is one write.", visible="It is one write.", place=Place(line=3)),
    )
    document = RedactedDocument(
        name="Bank.java", role="takehome", sha256="", media="code", language=None, blocks=blocks
    )
    flat = flat_text(texts_of(document, is_open=True))
    for quote, place in (("db.commit();", "line 42"), ("class Bank {", "line 40"), ("one write", "")):
        spans = find_quote(flat, quote)
        assert spans is not None
        assert exact_place(document, spans[0], is_open=True) == place


def test_quote_that_is_nowhere_is_not_found():
    assert find_quote(flat_text(["one two", "three"]), "two four") is None
    assert find_quote(flat_text(["one two"]), "  ") is None


def test_quote_with_something_between_its_lines_is_marked_without_that():
    texts = ["def hold(db):", "# why it is held", "    return db.hold()"]
    spans = find_quote(flat_text(texts), "def hold(db):\n    return db.hold()")
    assert spans is not None
    assert [texts[span.block][span.start : span.end] for span in spans] == ["def hold(db):", "return db.hold()"]
    assert find_quote(flat_text([*texts[:1], "x" * 500, texts[2]]), "def hold(db):\n    return db.hold()") is None


def test_quote_that_stands_twice_is_found_at_its_place():
    flat = flat_text(["same words", "other", "same words"])
    assert find_quote(flat, "same words", near=[False, False, True]) == (Span(2, 0, 10),)
    assert find_quote(flat, "same words", near=[False, False, False]) == (Span(0, 0, 10),)


@given(
    text=st.text(min_size=1, max_size=40),
    edges=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=4),
)
def test_pieces_put_together_are_the_text(text, edges):
    spans = [
        (n, Span(0, min(low, high, len(text)), min(max(low, high), len(text))))
        for n, (low, high) in enumerate(edges, start=1)
    ]
    cut = pieces(text, spans, begin=[(n, span.start) for n, span in spans])
    assert "".join(piece.text for piece in cut) == text
    for number, span in spans:
        assert "".join(piece.text for piece in cut if number in piece.quotes) == text[span.start : span.end]


@pytest.mark.parametrize(
    ("document", "code"),
    [("resume.json", False), ("ada.html", False), ("take-home file 2.json", True), ("takehome/a.json", True),
     ("main.py", True), ("resume.md", False)],
)  # fmt: skip
def test_a_resume_in_json_is_prose_and_a_take_home_in_json_is_code(document, code):
    assert is_code(document) == code
