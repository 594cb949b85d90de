from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.errors import StorageError
from pipeline.ledger import Ledger, request_key
from pipeline.ledger_batches import BatchStore
from pipeline.ledger_schema import StoredBatch
from pipeline.models.verdicts import Answer, Finding

WHO = {"judge": "judge", "endpoint": "http://127.0.0.1/v1"}
MONTH = timedelta(days=30)


class SteppedClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: SteppedClock) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.db", clock=clock) as opened:
        yield opened


def keys(count: int) -> list[str]:
    return [request_key("judge", b"request %d" % number) for number in range(count)]


def create(store: BatchStore, wanted: list[str]) -> StoredBatch:
    return store.create(**WHO, sent="{}", keys=wanted)


def submit(store: BatchStore, wanted: list[str]) -> StoredBatch:
    return store.note_submission(create(store, wanted), provider_id="batch_1", input_file="file-1")


def held(store: BatchStore, wanted: list[str]) -> list[tuple[int, set[str]]]:
    return [(batch.stored.number, set(batch.keys)) for batch in store.holding(wanted, **WHO)]


def answer(ledger: Ledger, wanted: list[str]) -> None:
    ledger.claim(wanted, judge="judge")
    ledger.record([Answer(key=key, findings=(Finding(check="reason", p=0.5),)) for key in wanted], judge="judge")


def test_a_batch_is_read_back_as_it_was_written(tmp_path: Path, ledger: Ledger, clock: SteppedClock) -> None:
    made = create(ledger.batches, keys(3))
    uploaded = ledger.batches.note_upload(made, "file-1")
    submitted = ledger.batches.note_submission(uploaded, provider_id="batch_1", input_file="file-1")
    assert (made.state, uploaded.input_file, submitted.state) == ("creating", "file-1", "submitted")
    assert made.created == clock.now
    with Ledger.open(tmp_path / "ledger.db") as other:
        (found,) = other.batches.holding(keys(3), **WHO)
    assert found.stored == submitted
    assert set(found.keys) == set(keys(3))


def test_only_batches_that_hold_a_wanted_request_are_found_in_the_order_of_their_making(ledger: Ledger) -> None:
    wanted = keys(1_400)  # More than one look-up takes.
    first, second, third = (create(ledger.batches, part) for part in (wanted[:600], wanted[500:1_300], wanted[1_300:]))
    assert held(ledger.batches, wanted[:1_300]) == [
        (first.number, set(wanted[:600])),
        (second.number, set(wanted[500:1_300])),
    ]
    assert held(ledger.batches, wanted[1_350:]) == [(third.number, set(wanted[1_350:]))]


@pytest.mark.parametrize("other", [{"judge": "another"}, {"endpoint": "https://elsewhere.example/v1"}])
def test_another_judge_or_endpoint_has_other_batches(ledger: Ledger, other: dict[str, str]) -> None:
    submit(ledger.batches, keys(2))
    assert ledger.batches.holding(keys(2), **WHO | other) == ()
    assert ledger.batches.finished(**WHO | other, kept_for=timedelta(0)) == ()


def test_a_closed_batch_holds_nothing(ledger: Ledger) -> None:
    batch, still_open = submit(ledger.batches, keys(2)), submit(ledger.batches, keys(2))
    ledger.batches.close(batch, "fetched")
    assert held(ledger.batches, keys(2)) == [(still_open.number, set(keys(2)))]


def test_a_forgotten_request_is_forgotten_in_the_named_batches_only(ledger: Ledger) -> None:
    first, second = submit(ledger.batches, keys(3)), submit(ledger.batches, keys(3))
    ledger.batches.forget(keys(3)[:2], batches=[first.number])
    assert held(ledger.batches, keys(3)) == [(first.number, {keys(3)[2]}), (second.number, set(keys(3)))]


def test_a_batch_is_finished_when_every_request_in_it_is_answered_or_forgotten(ledger: Ledger) -> None:
    store, wanted = ledger.batches, keys(3)
    batch = submit(store, wanted)
    assert store.finished(**WHO, kept_for=MONTH) == ()
    answer(ledger, wanted[:2])
    assert store.unanswered(wanted) == wanted[2:]
    assert store.finished(**WHO, kept_for=MONTH) == ()
    ledger.claim(wanted, judge="judge")  # A lease is no answer.
    assert store.finished(**WHO, kept_for=MONTH) == ()
    store.forget(wanted[2:], batches=[batch.number])
    assert store.finished(**WHO, kept_for=MONTH) == (batch,)
    store.close(batch, "fetched")
    assert store.finished(**WHO, kept_for=MONTH) == ()


def test_a_batch_whose_files_are_no_longer_kept_is_finished(ledger: Ledger, clock: SteppedClock) -> None:
    batch = submit(ledger.batches, keys(1))
    clock.now += timedelta(days=31)
    assert ledger.batches.finished(**WHO, kept_for=MONTH) == (batch,)
    assert ledger.batches.age(batch) == timedelta(days=31)


def test_a_batch_that_cannot_be_written_leaves_nothing_behind(ledger: Ledger) -> None:
    (key,) = keys(1)
    with pytest.raises(StorageError, match="note a provider batch"):
        create(ledger.batches, [key, key])
    assert held(ledger.batches, [key]) == []
