"""Twins: what is exchanged, what is left alone, and what redaction makes of both."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.documents import parsing
from pipeline.fairness import detail_swaps as details
from pipeline.fairness import swaps
from pipeline.fairness.differences import first_difference, redacted_text
from pipeline.fairness.name_swaps import FullName, NameSwap
from pipeline.fairness.swaps import Subject, Twin, edited, make_subject
from pipeline.fairness.twins import plan, planned_groups
from pipeline.models.documents import Block, Document
from pipeline.passages import BriefText, build_dossier
from pipeline.redaction import redact

RESUME = (
    ("heading", "Tamsin Varga"),
    ("paragraph", "Backend engineer · tamsin.varga@mailhaus.example · github.com/tvarga"),
    ("heading", "Experience"),
    ("paragraph", "Senior Engineer, Larkfield Systems, 2019 – 2023"),
    ("bullet", "Kept the payment worker on one queue because two people ran it; her team lead agreed with her."),
    ("bullet", "In March 2021 a carrier sent every webhook twice, and Tamsin wrote the guard that stopped it."),
    ("heading", "Education"),
    ("paragraph", "BSc Computer Science, University of Leeds, 2014"),
    ("heading", "Volunteering"),
    ("bullet", "Treasurer of the Lambeth Rowing Club since 2016."),
)
NEW = FullName("Chinyere", "Okonkwo")


def document(rows: Sequence[tuple[str, str]], *, role: str = "resume", name: str = "resume.md") -> Document:
    blocks = tuple(Block(kind=kind, text=text, level=int(kind in ("heading", "bullet"))) for kind, text in rows)
    media = "code" if role == "takehome" and name.endswith(".py") else "markdown"
    return Document(name=name, role=role, sha256="0" * 64, media=media, language="en", blocks=blocks)


def subject(
    *documents: Document, name: str | None = "Tamsin Varga", email: str | None = None, candidate: str = "tamsin-varga"
) -> Subject:
    return make_subject(documents or (document(RESUME),), name=name, email=email, candidate=candidate)


def text_of(twin: Twin) -> str:
    return "\n".join(block.text for one in twin.documents for block in one.blocks)


def marks(twin: Twin) -> tuple[object, ...]:
    return redacted_text(redact(twin.documents, name=twin.name, email=twin.email, candidate=twin.candidate))


def test_a_name_goes_from_header_addresses_sentences_and_folder() -> None:
    twin = NameSwap(subject(email="tamsin.varga@mailhaus.example")).twin(NEW)
    text = text_of(twin)
    assert "Chinyere Okonkwo" in text
    assert "chinyere.okonkwo@mailhaus.example" in text
    assert "github.com/cokonkwo" in text
    assert "and Chinyere wrote the guard" in text
    assert "amsin" not in text
    assert "arga" not in text
    assert (twin.name, twin.candidate) == ("Chinyere Okonkwo", "chinyere-okonkwo")
    assert twin.email == "chinyere.okonkwo@mailhaus.example"


def test_another_name_leaves_the_same_redacted_text() -> None:
    one = subject()
    assert marks(NameSwap(one).twin(NEW)) == redacted_text(one.redacted)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("TAMSIN VARGA", "CHINYERE OKONKWO"),
        ("Varga, Tamsin", "Okonkwo, Chinyere"),
        ("T. Varga", "Okonkwo"),
        ("author: tamsin-varga", "author: chinyere-okonkwo"),
        ("see tvarga for access", "see cokonkwo for access"),
        ("class VargaCache:", "class OkonkwoCache:"),
        ("Tamsin's notes", "Chinyere's notes"),
    ],
)
def test_a_name_is_exchanged_in_every_shape(before, after) -> None:
    notes = document([("paragraph", before)], role="takehome", name="NOTES.md")
    twin = NameSwap(subject(document(RESUME), notes)).twin(NEW)
    assert twin.documents[1].blocks[0].text == after


def test_a_name_above_an_address_keeps_its_line() -> None:
    own = document([("paragraph", "TAMSIN VARGA\ntamsin@varga.example / Rotterdam")])
    one = subject(own.model_copy(update={"language": None}))
    twin = NameSwap(one).twin(NEW)
    assert text_of(twin) == "CHINYERE OKONKWO\nchinyere@okonkwo.example / Rotterdam"
    assert marks(twin) == redacted_text(one.redacted)


def test_initials_of_the_candidate_are_exchanged_where_redaction_saw_them() -> None:
    code = document([("comment", "# TODO(TV): the second webhook")], role="takehome", name="app.py")
    twin = NameSwap(subject(document(RESUME), code)).twin(NEW)
    assert twin.documents[1].blocks[0].text == "# TODO(CO): the second webhook"


def test_names_with_diacritics_are_found_composed_or_not() -> None:
    for spelled in ("Marek Dvořák", "Marek Dvor\u030ca\u0301k"):
        own = document([("heading", spelled), ("bullet", f"Asked {spelled} to write the runbook for the night shift.")])
        text = text_of(NameSwap(subject(own, name="Marek Dvořák", candidate="c1")).twin(NEW))
        assert text == "Chinyere Okonkwo\nAsked Chinyere Okonkwo to write the runbook for the night shift."


def test_a_word_that_is_also_a_name_stays_in_the_middle_of_a_sentence() -> None:
    own = document([("heading", "Will Marsh"), ("bullet", "Such a queue will grow, and a marsh of retries follows.")])
    twin = NameSwap(subject(own, name="Will Marsh", candidate="will-marsh")).twin(NEW)
    assert twin.documents[0].blocks[0].text == "Chinyere Okonkwo"
    assert twin.documents[0].blocks[1].text == own.blocks[1].text


def test_a_name_that_redaction_overlooks_is_exchanged_all_the_same(monkeypatch) -> None:
    # A redactor that misses every name: the twin must then be read differently, or the audit would praise it.
    from pipeline.redaction.names import NameFinder

    monkeypatch.setattr(NameFinder, "find", lambda *_args, **_kwargs: iter(()))
    one = subject()
    twin = NameSwap(one).twin(NEW)
    assert "Chinyere Okonkwo" in text_of(twin)
    assert marks(twin) != redacted_text(one.redacted)
    before, after = (build_dossier(d, brief=BriefText.from_texts([])) for d in (one.redacted, redact(
        twin.documents, name=twin.name, email=twin.email, candidate=twin.candidate)))  # fmt: skip
    difference = first_difference(before, after)
    assert difference is not None
    assert "Tamsin" in difference.before
    assert "Chinyere" in difference.after


def test_a_name_that_nobody_told_is_taken_from_the_top_line() -> None:
    own = document([("heading", "Zsófia Kertész"), ("bullet", "Ran the night shift of a parcel depot for two years.")])
    twin = NameSwap(subject(own, name=None, candidate="c07")).twin(NEW)
    assert twin.documents[0].blocks[0].text == "Chinyere Okonkwo"


def test_no_name_is_invented_from_a_heading() -> None:
    own = document(
        [("heading", "Senior Backend Engineer"), ("bullet", "Ran the night shift of a depot for two years.")]
    )
    assert NameSwap(subject(own, name=None, candidate="c07")).twin(NEW).places == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("She led it, and her team trusts her.", "He led it, and his team trusts him."),
        ("SHE LED IT HERSELF", "HE LED IT HIMSELF"),
        ("The plan was hers.", "The plan was his."),
        ("Pronouns: she/her", "Pronouns: he/him"),
    ],
)
def test_pronouns_keep_their_case(before, after) -> None:
    one = subject(document([("paragraph", before)]))
    words = ("he", "him", "his", "his", "himself")
    assert text_of(edited(one, details.pronoun_edits(one, words))) == after


def test_pronouns_of_users_in_a_take_home_are_left_alone() -> None:
    notes = document([("paragraph", "A courier scans twice when he is in a hurry.")], role="takehome", name="NOTES.md")
    one = subject(document(RESUME), notes)
    twin = edited(one, details.pronoun_edits(one, ("she", "her", "her", "hers", "herself")))
    assert twin.documents[1] == notes


def test_schools_go_wherever_they_are_mentioned() -> None:
    own = document([*RESUME, ("bullet", "Tutored first years at the University of Leeds.")])
    twin = edited(one := subject(own), details.school_edits(one, "Harvard University"))
    assert "Leeds" not in text_of(twin)
    assert text_of(twin).count("Harvard University") == 2


def test_a_school_that_redaction_overlooks_is_exchanged_all_the_same(monkeypatch) -> None:
    from pipeline.redaction import schools

    monkeypatch.setattr(schools, "_school_spans", lambda *_args, **_kwargs: iter(()))
    one = subject(document([*RESUME[:-4], ("bullet", "Three guest lessons, hosted by Brunel University London.")]))
    twin = edited(one, details.school_edits(one, "Harvard University"))
    assert "hosted by Harvard University." in text_of(twin)
    assert marks(twin) != redacted_text(one.redacted)


def test_graduation_moves_the_years_of_education_only() -> None:
    text = text_of(edited(one := subject(), details.graduation_edits(one, -20)))
    assert "University of Leeds, 1994" in text
    assert "2019 – 2023" in text
    assert "March 2021" in text


def test_both_ends_of_a_range_move() -> None:
    own = document([("heading", "Education"), ("paragraph", "Evening study at Harrow College, 2012-2015, finished.")])
    one = subject(own)
    assert "1992-1995, finished" in text_of(edited(one, details.graduation_edits(one, -20)))


def test_dates_move_together_and_numbers_stay() -> None:
    own = document([*RESUME, ("bullet", "Cut 2000 alerts a day to forty by asking who acts on them.")])
    text = text_of(edited(one := subject(own), details.date_edits(one, -10)))
    assert "2009 – 2013" in text
    assert "March 2011" in text
    assert "University of Leeds, 2004" in text
    assert "Cut 2000 alerts" in text


def test_clubs_are_exchanged_and_networks_at_work_are_not() -> None:
    work = ("bullet", "Moved the Content Delivery Network to one region. I am a member of Ingestion.")
    own = document([*RESUME[:4], work, *RESUME[4:]])
    text = text_of(edited(one := subject(own), details.club_edits(one, "Rainbow Engineers Network")))
    assert "Treasurer of the Rainbow Engineers Network since 2016." in text
    assert work[1] in text


@pytest.mark.parametrize(
    ("find", "value"),
    [
        (details.school_edits, "Harvard University"),
        (details.graduation_edits, -20),
        (details.date_edits, -20),
        (details.club_edits, "Rainbow Engineers Network"),
        (details.pronoun_edits, ("he", "him", "his", "his", "himself")),
    ],
)
def test_nothing_to_exchange_is_no_twin(find, value) -> None:
    one = subject(document([("heading", "Tamsin Varga"), ("bullet", "Ran a depot at night and wrote its runbook.")]))
    assert edited(one, find(one, value)).places == 0


def test_putting_in_what_is_there_already_is_no_twin() -> None:
    one = subject(document([("paragraph", "She led it, and her team trusts her.")]))
    assert edited(one, details.pronoun_edits(one, ("she", "her", "her", "hers", "herself"))).places == 0


def test_an_added_line_differs_only_in_what_it_says() -> None:
    one = subject()
    first, second = (details.with_club_added(one, name) for name in ("Riverside Cycling Club", "Women in Engineering"))
    assert [len(t.documents[0].blocks) for t in (first, second)] == [len(RESUME) + 1] * 2
    assert first.documents[0].blocks[:-1] == second.documents[0].blocks[:-1]


def test_language_is_told_again_after_an_edit() -> None:
    german = "Ich habe die Warteschlange umgebaut, weil zwei Leute sie nachts betreiben, und die Warnungen verringert. "
    own = document([("paragraph", german * 3)])
    assert swaps.with_blocks(own, own.blocks).language == "en"
    changed = (own.blocks[0].model_copy(update={"text": own.blocks[0].text + " Danke."}),)
    assert swaps.with_blocks(own, changed).language == "de"


def test_language_is_told_from_the_same_blocks_as_when_files_are_read() -> None:
    assert swaps.PROSE == parsing._PROSE


def test_every_planned_swap_has_a_place_in_the_report() -> None:
    planned = [(one.swap.kind, one.swap.group) for one in plan(subject())]
    assert sorted(planned) == sorted((kind, group) for kind, group, _ in planned_groups())


def test_no_twin_but_years_and_clubs_changes_the_redacted_text() -> None:
    one = subject()
    for planned in plan(one):
        if planned.swap.kind in ("name", "pronoun", "school", "stated_pronouns", "everything"):
            base = redacted_text(one.redacted) if planned.against is None else marks(planned.against())
            assert marks(planned.make()) == base, planned.swap


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([row[1] for row in RESUME]), max_size=6), st.sampled_from([-20, -3, 7]))
def test_moving_dates_there_and_back_restores_the_text(rows, years) -> None:
    one = subject(document([("paragraph", row) for row in rows]))
    there = edited(one, details.date_edits(one, years))
    again = subject(*there.documents)
    assert text_of(edited(again, details.date_edits(again, -years))) == "\n".join(rows)
