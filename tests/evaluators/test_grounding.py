"""Every citation stands verbatim in its passage, or its finding is withdrawn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.grounding import find_quote, ground, to_visible
from pipeline.models.documents import Place, RedactedSpan
from pipeline.models.dossier import Dossier, Passage
from pipeline.models.scorecard import Check, Rubric
from pipeline.models.verdicts import Finding, Quote, Verdict

RUBRIC = Rubric(
    id="sample",
    checks=(
        Check(id="reason", question="?", points=2.0),
        Check(id="several", question="?", points=2.0, requires=("reason",), quotes=2),
    ),
)


def passage(text: str, *, kind: str = "narrative", visible: str | None = None, spans=()) -> Passage:
    return Passage(
        id="p1",
        text=text,
        visible=visible if visible is not None else text,
        spans=spans,
        kind=kind,
        sense="work",
        source="resume",
        document="resume.md",
        place=Place(line=3),
    )


def dossier(*passages: Passage) -> Dossier:
    return Dossier(passages=passages, hash="0" * 64)


def verdict(*findings: Finding) -> Verdict:
    return Verdict(subject="tradeoff_reasoning", findings=findings)


def finding(check: str, p: float, *quotes: str) -> Finding:
    return Finding(check=check, p=p, quotes=tuple(Quote(passage="p1", text=text) for text in quotes))


TEXT = "We chose a queue because nine people had to run it. The price was forty milliseconds a batch."


def test_a_verbatim_quote_becomes_a_citation_with_its_place() -> None:
    grounded = ground(
        verdict(finding("reason", 0.8, "chose a queue because nine")), rubric=RUBRIC, dossier=dossier(passage(TEXT))
    )
    cited = grounded.findings[0].citations[0]
    assert (cited.quote, cited.document, cited.place) == ("chose a queue because nine", "resume.md", "line 3")
    assert grounded.findings[0].met


def test_an_invented_quote_withdraws_its_finding() -> None:
    grounded = ground(
        verdict(finding("reason", 0.99, "chose a queue because it scales")),
        rubric=RUBRIC,
        dossier=dossier(passage(TEXT)),
    )
    assert grounded.findings[0].p == 0.0
    assert grounded.findings[0].withdrawn == "needs a verified quote, 0 found"


def test_a_withdrawn_check_takes_those_that_rest_on_it_along() -> None:
    grounded = ground(
        verdict(
            finding("reason", 0.9, "words that stand nowhere here"),
            finding("several", 0.9, "nine people had to run", "price was forty milliseconds a"),
        ),
        rubric=RUBRIC,
        dossier=dossier(passage(TEXT)),
    )
    assert [f.p for f in grounded.findings] == [0.0, 0.0]
    assert grounded.findings[1].withdrawn == "rests on 'reason', which was withdrawn"


def test_overlapping_quotes_are_one_quote() -> None:
    overlapping = finding("several", 0.9, "because nine people had to", "nine people had to run it")
    grounded = ground(
        verdict(finding("reason", 0.9, "because nine people had to"), overlapping),
        rubric=RUBRIC,
        dossier=dossier(passage(TEXT)),
    )
    assert grounded.findings[1].withdrawn == "needs 2 separate verified quotes, 1 found"


def test_a_quote_of_three_words_is_too_short() -> None:
    grounded = ground(verdict(finding("reason", 0.9, "chose a queue")), rubric=RUBRIC, dossier=dossier(passage(TEXT)))
    assert grounded.findings[0].p == 0.0


def test_rules_brackets_and_rows_of_marks_are_no_quotes() -> None:
    for text, scrap, kind in (
        ("Ledger work - - - - and more of it", "- - - -", "narrative"),
        ("[NAME] [EMPLOYER] [PLACE] [CONTACT]", "[NAME] [EMPLOYER] [PLACE] [CONTACT]", "claim"),
        ("# ==================", "==================", "comment"),
        ("    }});}});}});", "}});}});}});", "code"),
    ):
        quoted = verdict(finding("reason", 0.9, scrap))
        grounded = ground(quoted, rubric=RUBRIC, dossier=dossier(passage(text, kind=kind)))
        assert grounded.findings[0].p == 0.0, text


def test_a_quote_with_marks_among_its_words_counts() -> None:
    text = "Joined [EMPLOYER] in [PLACE] to run its ledger."
    quoted = verdict(finding("reason", 0.9, "Joined [EMPLOYER] in [PLACE]"))
    assert ground(quoted, rubric=RUBRIC, dossier=dossier(passage(text))).findings[0].met


def test_inventory_and_addressed_passages_cannot_be_quoted() -> None:
    for kind in ("inventory", "addressed"):
        grounded = ground(
            verdict(finding("reason", 0.9, "chose a queue because nine")),
            rubric=RUBRIC,
            dossier=dossier(passage(TEXT, kind=kind)),
        )
        assert grounded.findings[0].p == 0.0


def test_words_of_the_brief_are_no_evidence() -> None:
    grounded = ground(
        verdict(finding("reason", 0.9, "chose a queue because nine")),
        rubric=RUBRIC,
        dossier=dossier(passage(TEXT)),
        is_brief=lambda text: "queue" in text,
    )
    assert grounded.findings[0].p == 0.0


def test_a_check_is_never_more_likely_than_the_one_it_rests_on() -> None:
    grounded = ground(
        verdict(
            finding("reason", 0.4, "because nine people had to"),
            finding("several", 0.9, "because nine people had to", "price was forty milliseconds a"),
        ),
        rubric=RUBRIC,
        dossier=dossier(passage(TEXT)),
    )
    assert grounded.findings[1].p == 0.4


def test_a_citation_shows_what_the_person_wrote_and_what_the_judge_read() -> None:
    marked = passage(
        "At [EMPLOYER] we moved billing out of the monolith.",
        visible="At Hollin we moved billing out of the monolith.",
        spans=(RedactedSpan(start=3, end=13, visible_start=3, visible_end=9, mark="EMPLOYER"),),
    )
    grounded = ground(
        verdict(finding("reason", 0.9, "[EMPLOYER] we moved billing out")), rubric=RUBRIC, dossier=dossier(marked)
    )
    cited = grounded.findings[0].citations[0]
    assert (cited.quote, cited.quote_redacted) == ("Hollin we moved billing out", "[EMPLOYER] we moved billing out")


def test_line_breaks_and_typographic_quotes_do_not_matter() -> None:
    assert find_quote("it's a  trade-off\nof two", "Well, it’s a trade–off of two things") == (6, 29)


@pytest.mark.parametrize(
    "quote",
    ["nine people had to run.", '"nine people had to run"', "“nine people had to run”,", "...nine people had to run…"],
)
def test_punctuation_and_quotation_marks_at_the_edges_of_a_quote_are_forgiven(quote: str) -> None:
    assert find_quote(quote, "because nine people had to run it") == (8, 30)


@pytest.mark.parametrize(
    "quote", ["nine persons had to run.", "nine people ... run", "Nine people had to run.", "...", "''"]
)
def test_nothing_else_of_a_quote_is_forgiven(quote: str) -> None:
    assert find_quote(quote, "because nine people had to run it") is None


def test_punctuation_makes_no_quote_of_code_long_enough() -> None:
    quoted = verdict(finding("reason", 0.9, "x = compute........"))
    grounded = ground(quoted, rubric=RUBRIC, dossier=dossier(passage("x = compute(1)", kind="code")))
    assert grounded.findings[0].p == 0.0


def test_an_unscored_verdict_stays_unscored() -> None:
    grounded = ground(Verdict(subject="x", unscored="judge_failed", detail="timeout"), rubric=RUBRIC, dossier=dossier())
    assert (grounded.unscored, grounded.detail, grounded.findings) == ("judge_failed", "timeout", ())


words = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]), min_size=6, max_size=40)


@given(words=words, quote=words, p=st.floats(0, 1), second=st.floats(0, 1))
def test_every_citation_is_verbatim_whatever_the_judge_says(
    words: list[str], quote: list[str], p: float, second: float
) -> None:
    source = passage(" ".join(words))
    said = verdict(
        finding("reason", p, " ".join(quote)), finding("several", second, " ".join(quote[:4]), " ".join(quote[4:]))
    )
    grounded = ground(said, rubric=RUBRIC, dossier=dossier(source))
    for found in grounded.findings:
        for cited in found.citations:
            assert cited.quote in source.visible
            assert cited.quote_redacted in source.text
        if found.p >= 0.2:
            assert len(found.citations) >= RUBRIC.check(found.check).quotes


@given(
    prefix=st.text("ab ", max_size=8), name=st.text("XYZ", min_size=1, max_size=12), suffix=st.text("cd ", max_size=8)
)
def test_offsets_outside_marks_lead_back_to_the_visible_text(prefix: str, name: str, suffix: str) -> None:
    mark = RedactedSpan(
        start=len(prefix),
        end=len(prefix) + 6,
        visible_start=len(prefix),
        visible_end=len(prefix) + len(name),
        mark="NAME",
    )
    visible = prefix + name + suffix
    for offset in range(len(suffix) + 1):
        assert visible[to_visible(mark.end + offset, (mark,)) :] == suffix[offset:]
    assert to_visible(mark.start, (mark,)) == mark.visible_start
