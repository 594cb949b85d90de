"""Polite nothings are left out, whatever says something stays."""

import json
from pathlib import Path

import pytest

from pipeline.brief import BriefText
from pipeline.courtesies import courtesy_spans
from pipeline.models.documents import Place, RedactedBlock, RedactedDocument
from pipeline.models.dossier import Dossier
from pipeline.passages import build_dossier

SENTENCES = Path(__file__).parents[2] / "datasets" / "courtesies" / "sentences.jsonl"
WORK = "We held the invoices back for two days, because the rates of March were wrong."


def is_courtesy(text: str) -> bool:
    return list(courtesy_spans(text)) == [(0, len(text))]


@pytest.mark.parametrize(
    "text",
    [
        "I am highly motivated and look forward to new challenges.",
        "Thank you very much for your time and for considering my application.",
        "I am a passionate team player with excellent communication skills.",
    ],
)
def test_what_could_stand_in_any_letter_is_a_courtesy(text: str) -> None:
    assert is_courtesy(text)


@pytest.mark.parametrize(
    "text",
    [
        "I am passionate about the 40 ms that we saved.",
        "I have never worked with a great team.",
        "I would be happy to lead a team.",
        "I am proud of it because nobody called at night.",
        "I look forward to working with Halvorsen.",
        "I am willing to be on call.",
        WORK,
    ],
)
def test_what_counts_names_denies_offers_or_gives_a_reason_stays(text: str) -> None:
    assert not list(courtesy_spans(text))


def test_hardly_a_plain_sentence_is_taken_for_a_courtesy() -> None:
    """The sentences that were learned from; `python -m evaluators.training.courtesies` measures on others."""
    rows = [json.loads(line) for line in SENTENCES.read_text(encoding="utf-8").splitlines()]
    plain = [row["text"] for row in rows if not row["courtesy"]]
    polite = [row["text"] for row in rows if row["courtesy"]]
    assert sum(map(is_courtesy, plain)) <= 0.01 * len(plain)
    assert sum(map(is_courtesy, polite)) >= 0.5 * len(polite)


def dossier(*paragraphs: str) -> Dossier:
    blocks = tuple(
        RedactedBlock(kind="paragraph", text=text, visible=text, spans=(), place=Place(line=line), level=0)
        for line, text in enumerate(paragraphs, start=1)
    )
    document = RedactedDocument(
        name="resume.md", role="resume", sha256="0" * 64, media="markdown", language="en", blocks=blocks
    )
    return build_dossier([document], brief=BriefText.from_texts([]))


def test_a_padded_text_is_cut_as_it_was_without() -> None:
    polite = "I am highly motivated and look forward to new challenges."
    assert dossier(WORK, polite).hash == dossier(f"{polite} {WORK}").hash == dossier(WORK).hash


def test_somebody_who_wrote_nothing_else_has_still_written() -> None:
    found = dossier("Thank you very much for your time and for considering my application.")
    assert found.sources_read == ("resume",)
    assert len(found.passages) == 1
