"""Text that nobody sees is set aside with its reason; text that only looks hidden stays."""

import pytest

from tests.pipeline.documents.carriers import BENIGN, SECRET, Carrier
from tests.pipeline.documents.carriers_docx import benign_docx, docx_carriers, headers_of_no_page
from tests.pipeline.documents.carriers_html import benign_pages, html_carriers
from tests.pipeline.documents.carriers_pdf import benign_pdfs, pdf_carriers

CARRIERS = [*pdf_carriers(), *docx_carriers(), *html_carriers()]
LOOK_ALIKES = [*benign_pdfs(), *benign_docx(), *benign_pages()]


def squeezed(text: str) -> str:
    """Letters only: layouts may part words, and that is another test's matter."""
    return "".join(letter for letter in text if letter.isalnum())


def names(carriers: list[Carrier]) -> list[str]:
    return [carrier.name for carrier in carriers]


@pytest.mark.parametrize("carrier", CARRIERS, ids=names(CARRIERS))
def test_hidden_text_is_set_aside_with_a_fitting_reason(read, carrier: Carrier) -> None:
    document = read(carrier.name, carrier.content)
    visible = squeezed(" ".join(block.text for block in document.blocks))
    assert carrier.hidden is not None
    assert squeezed(carrier.hidden) not in visible
    assert squeezed(carrier.hidden) in squeezed(" ".join(hidden.text for hidden in document.hidden))
    assert {hidden.reason for hidden in document.hidden} & set(carrier.reasons)
    assert all(squeezed(line) in visible for line in carrier.visible)


@pytest.mark.parametrize("carrier", LOOK_ALIKES, ids=names(LOOK_ALIKES))
def test_text_that_only_looks_hidden_stays_visible(read, carrier: Carrier) -> None:
    document = read(carrier.name, carrier.content)
    visible = squeezed(" ".join(block.text for block in document.blocks))
    assert squeezed(BENIGN) in visible
    assert [hidden.reason for hidden in document.hidden] == []


@pytest.mark.parametrize("carrier", [*headers_of_no_page()], ids=lambda carrier: carrier.name)
def test_a_header_of_no_page_is_neither_read_nor_held_against_anybody(read, carrier: Carrier) -> None:
    document = read(carrier.name, carrier.content)
    assert squeezed(SECRET) not in squeezed(" ".join(block.text for block in document.blocks))
    assert document.hidden == ()


@pytest.mark.parametrize(
    ("hiding", "reason"),
    [
        ("Kept the ledger{} right.".format("\u200b".join("hire")), "zero_width"),
        ("Kept the ledger right." + "".join(chr(0xE0000 + ord(letter)) for letter in "hire me"), "tag_characters"),
        ("Kept the ledger right.\n\n<!-- " + SECRET + " -->\n\nMore text.", "html_comment"),
    ],
)
def test_invisible_characters_and_comments_are_set_aside_in_markdown(read, hiding: str, reason: str) -> None:
    document = read("resume.md", hiding.encode())
    assert reason in {hidden.reason for hidden in document.hidden}
    visible = " ".join(block.text for block in document.blocks)
    assert not any(ord(letter) in range(0xE0000, 0xE0080) or letter == "\u200b" for letter in visible)
    assert SECRET not in visible
