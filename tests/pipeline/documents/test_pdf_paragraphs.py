"""Where paragraphs of a PDF end when the last line of one is as full as any other."""

import io
from collections.abc import Sequence

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

_SIZE = 10.0
_PITCH = 13.6
_LEFT = 54.0
_EDGE = 540.0


class _Sheet:
    """Lines set by hand, so that each distance and each line's end is what the test says."""

    def __init__(self) -> None:
        self._stream = io.BytesIO()
        self._canvas = Canvas(self._stream, pagesize=A4, invariant=1)
        self._y = 800.0

    def line(self, text: str, *, times: float = 1.0, bold: bool = False, indent: float = 0.0) -> None:
        self._y -= times * _PITCH
        self._canvas.setFont("Helvetica-Bold" if bold else "Helvetica", _SIZE)
        self._canvas.drawString(_LEFT + indent, self._y, text)

    def next_page(self) -> None:
        self._canvas.showPage()
        self._y = 800.0

    def content(self) -> bytes:
        self._canvas.showPage()
        self._canvas.save()
        return self._stream.getvalue()


def full(text: str) -> str:
    """The text with so many words behind it that no further word fits."""
    words = ["where", "the", "night", "run", "of", "all", "depots", "is", "kept", "in", "one", "queue"]
    number = 0
    while True:
        longer = f"{text} {words[number % len(words)]}"
        if stringWidth(longer, "Helvetica", _SIZE) > _EDGE - _LEFT:
            return text
        text, number = longer, number + 1


def texts(read, sheet: _Sheet) -> Sequence[str]:
    return [block.text for block in read("resume.pdf", sheet.content()).blocks]


def prose(sheet: _Sheet, *, times: float, count: int = 3) -> None:
    """Paragraphs that end early, at a distance."""
    for number in range(count):
        sheet.line(full(f"Paragraph {number} tells of the ledger"), times=times)
        sheet.line(full("and of its second line"))
        sheet.line("and then ends.")


def test_a_paragraph_hardly_farther_below_a_full_line_begins(read) -> None:
    sheet = _Sheet()
    prose(sheet, times=1.21)
    sheet.line(full("The last line of this one is as full as any other"), times=1.21)
    sheet.line(full("The next one begins below it"), times=1.21)
    sheet.line("and goes on.")
    found = texts(read, sheet)
    assert len(found) == 5
    assert found[-1].startswith("The next one begins")


def test_a_line_set_a_little_lower_goes_on_where_paragraphs_stand_far_apart(read) -> None:
    sheet = _Sheet()
    prose(sheet, times=1.6)
    sheet.line(full("This line holds a formula below which"), times=1.6)
    sheet.line("The rest is set lower.", times=1.15)
    assert len(texts(read, sheet)) == 4


def test_a_bold_line_ends_where_ordinary_text_stands_below_it(read) -> None:
    sheet = _Sheet()
    prose(sheet, times=1.6)
    sheet.line(
        "Integration engineer, then lead of six people in the delivery team, 2015 until today, in Dayton",
        times=1.6,
        bold=True,
    )
    sheet.line(full("Interfaces between the record system and the rest"), times=1.2)
    assert texts(read, sheet)[-1].startswith("Interfaces between")


@pytest.mark.parametrize(
    ("seen", "line"),
    [
        (("Languages: Java, Kotlin", "Data: PostgreSQL, Redis"), "Messaging: Kafka, RabbitMQ"),
        (("Lagos, 08/2015 to 04/2019",), "Rotterdam, 05/2019 to date"),
        (("2013-2016 Vlk Joinery. Stock lists.",), "2009-2012 Test of mobile phones."),
        (("[release] Daily.",), "[people] One week in six."),
        (("WHAT I KNOW", "WHAT I LEARN"), "WHAT IS NOT HERE"),
        ((), "Lyon | robin@example.org | +33 4 00 00 00 00"),
        ((), "robin@example.org"),
    ],
)
def test_a_line_that_looks_as_others_began_begins_below_a_full_one(read, seen: Sequence[str], line: str) -> None:
    sheet = _Sheet()
    sheet.line("Robin Averill")
    for text in seen:
        sheet.line(text)
        sheet.line("and this is what stands under it")
    sheet.line(full("A line as full as can be"))
    sheet.line(line)
    assert line in [part for text in texts(read, sheet) for part in text.split("\n")]


@pytest.mark.parametrize(
    "line",
    ["Note: the reports were wrong then.", "2019 the authority came and asked.", "2013-2016 at the joinery in town."],
)
def test_a_wrapped_line_that_only_looks_like_a_beginning_goes_on(read, line: str) -> None:
    sheet = _Sheet()
    prose(sheet, times=1.6)
    sheet.line(full("Then came what everybody had told us, from"), times=1.6)
    sheet.line(line)
    assert line not in [part for text in texts(read, sheet) for part in text.split("\n")]


def test_what_somebody_was_stands_below_a_full_header_with_its_trade_in_brackets(read) -> None:
    sheet = _Sheet()
    prose(sheet, times=1.6)
    header = f"2017-2021 Rosedale Works, Lyon ({full('').strip()[:70]})"
    sheet.line(header, times=1.6)
    sheet.line("Developer.")
    sheet.line(full("Below that ran the second line of the tale"))
    assert f"{header}\nDeveloper." in texts(read, sheet)[-1]


def test_a_paragraph_goes_on_across_pages_and_a_new_one_does_not(read) -> None:
    sheet = _Sheet()
    prose(sheet, times=1.21)
    sheet.line(full("This one is cut by the end of the page"), times=1.21)
    sheet.next_page()
    sheet.line("and ends on the next.")
    sheet.line(full("Another begins below it"), times=1.21)
    found = texts(read, sheet)
    assert found[-2].endswith("and ends on the next.")
    assert found[-1].startswith("Another begins")


def test_a_header_at_the_margin_ends_a_list_whose_lines_hang(read) -> None:
    sheet = _Sheet()
    for number in range(3):
        sheet.line(f"{number + 1}.", times=1.16)
        sheet.line(full("Entry of a list that goes on below").removesuffix(" run"), times=0.0, indent=16.0)
        sheet.line("and ends on a line of its own.", indent=12.0)
    sheet.line("4.", times=1.16)
    sheet.line(full("The last of them is full").removesuffix(" run"), times=0.0, indent=16.0)
    sheet.line("Rosedale Software, Porto, 2017 to 2020", times=1.16)
    assert texts(read, sheet)[-1] == "Rosedale Software, Porto, 2017 to 2020"
