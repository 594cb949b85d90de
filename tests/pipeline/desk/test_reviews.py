import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.desk.desk import Desk
from pipeline.errors import DeskError
from tests.pipeline.desk.clock import SteppedClock

WHO = "linh-tran"


def test_the_latest_decision_counts_and_all_are_kept(desk: Desk, clock: SteppedClock) -> None:
    first = desk.reviews.decide("billing", WHO, "hold", reason="ask about retries", by="hana", run="r-1")
    clock.move(days=1)
    second = desk.reviews.decide("billing", WHO, "advance", reason="explained them", by="omar", run="r-1")
    desk.reviews.decide("parts", WHO, "decline", reason="another role", by="omar")
    assert desk.reviews.decisions("billing", WHO) == (first, second)
    assert desk.reviews.current_decisions("billing") == {WHO: second}
    assert (second.by, second.at, second.reason) == ("omar", clock.now, "explained them")


def test_a_decision_needs_a_reason_and_is_one_of_three(desk: Desk) -> None:
    with pytest.raises(DeskError, match="The reason is missing"):
        desk.reviews.decide("billing", WHO, "decline", reason=" \n", by="hana")
    with pytest.raises(ValidationError):
        desk.reviews.decide("billing", WHO, "reject", reason="x", by="hana")  # type: ignore[arg-type]  # on purpose
    assert desk.reviews.history("billing") == ()


def test_a_level_stands_beside_the_computed_one(desk: Desk) -> None:
    desk.reviews.override("billing", WHO, "cause", 3, computed=1.4, reason="told us why", by="hana", run="r-1")
    desk.reviews.override("billing", WHO, "other", 2, computed=None, reason="not judged", by="hana", run="r-1")
    last = desk.reviews.override("billing", WHO, "cause", 2.5, computed=1.4, reason="on reflection", by="omar")
    kept = desk.reviews.overrides("billing", WHO)
    assert [(one.criterion, one.level, one.computed) for one in kept] == [
        ("cause", 3, 1.4),
        ("other", 2, None),
        ("cause", 2.5, 1.4),
    ]
    assert kept[-1] == last


@pytest.mark.parametrize("level", [-0.1, 4.1, float("nan"), float("inf")])
def test_a_level_that_is_none_is_refused(desk: Desk, level: float) -> None:
    with pytest.raises(DeskError, match="from 0 to 4"):
        desk.reviews.override("billing", WHO, "cause", level, computed=1, reason="x", by="hana")


def test_a_name_is_uncovered_for_one_user_and_noted_once(desk: Desk) -> None:
    first = desk.reviews.reveal("billing", WHO, by="hana", reason="inviting")
    assert desk.reviews.reveal("billing", WHO, by="hana") == first
    assert desk.reviews.revealed("billing", by="hana") == {WHO}
    assert desk.reviews.revealed("billing", by="omar") == frozenset()
    assert desk.reviews.revealed("parts", by="hana") == frozenset()
    assert len(desk.chain.told("name.revealed")) == 1


def test_opened_evidence_is_noted_once_for_each_user_and_run(desk: Desk) -> None:
    for run in ("r-1", "r-1", "r-2"):
        desk.reviews.open_evidence("billing", WHO, "cause", by="hana", run=run)
    assert desk.reviews.opened("billing", by="hana", run="r-1") == {(WHO, "cause")}
    assert desk.reviews.opened("billing", by="hana", run="r-3") == frozenset()
    assert desk.reviews.opened("billing", by="omar") == frozenset()
    assert len(desk.chain.told("level.opened")) == 2


def test_outcomes_are_kept_by_kind_and_the_latest_counts(desk: Desk) -> None:
    desk.reviews.record_outcome("billing", WHO, "interview_passed", "yes", by="hana")
    desk.reviews.record_outcome("billing", WHO, "hired", "unknown", by="hana")
    last = desk.reviews.record_outcome("billing", WHO, "hired", "no", by="hana")
    current = desk.reviews.current_outcomes("billing")
    assert current[WHO]["interview_passed"].value == "yes"
    assert current[WHO]["hired"] == last


def test_exports_are_noted(desk: Desk) -> None:
    desk.reviews.note_explanation("billing", WHO, by="hana", sha256="a" * 64, run="r-1")
    desk.reviews.note_export("billing", by="hana", format="csv", run="r-1")
    assert [told.event.kind for told in desk.reviews.history("billing", WHO)] == ["explanation.exported"]
    assert [told.event.kind for told in desk.reviews.history("billing")][-1] == "shortlist.exported"
    assert len(desk.reviews.history("billing", newest=1)) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=80), candidate=st.text(st.characters(), min_size=1, max_size=30))
def test_whatever_people_write_about_whomever_is_read_back_and_verifies(desk: Desk, text: str, candidate: str) -> None:
    try:
        made = desk.reviews.comment("billing", candidate, text, by="hana")
    except DeskError:
        assert not "".join(letter for letter in text if letter.isprintable()).strip()
        return
    assert desk.reviews.comments("billing", candidate)[-1] == made
    assert desk.verify().ok
