"""What is logged of an unexpected error: its kind and its place, never what it is about."""

import pytest
from pydantic import ValidationError

from flows.traces import StageFailed, trace_of, without_messages
from pipeline.errors import StorageError
from pipeline.models.submissions import SubmittedFile

RESUME = "Anna Lindqvist kept the ledger"


def read_it() -> None:
    SubmittedFile.model_validate({"name": RESUME})


def give_up() -> None:
    try:
        read_it()
    except ValidationError:
        raise KeyError(RESUME) from None


def test_a_trace_tells_kinds_and_places_of_the_whole_chain_and_quotes_nothing() -> None:
    with pytest.raises(KeyError) as caught:
        give_up()
    trace = trace_of(caught.value)
    assert all(word in trace for word in ("KeyError", "ValidationError", "test_traces.py", "in read_it"))
    assert "Anna" not in trace


def test_an_error_that_leads_back_to_itself_has_a_trace() -> None:
    first, second = ValueError(RESUME), KeyError(RESUME)
    first.__cause__, second.__cause__ = second, first
    assert trace_of(first).count("ValueError") == 1


def test_a_stage_raises_the_trace_of_what_nobody_expected() -> None:
    with pytest.raises(StageFailed, match="ValidationError") as caught:
        without_messages(read_it)()
    assert "Anna" not in str(caught.value)
    assert caught.value.__suppress_context__
    assert "in read_it" in trace_of(caught.value), "where it arose is not lost a second time"


def test_what_a_stage_says_for_people_is_passed_on() -> None:
    def full() -> None:
        raise StorageError("The disk is full.")

    with pytest.raises(StorageError, match="The disk is full"):
        without_messages(full)()
