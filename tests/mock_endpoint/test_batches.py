import json
import time
from collections.abc import Iterable
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types import Batch
from openai.types.chat import ChatCompletion

from tests.mock_endpoint.asking import ask, body, client, content
from tests.mock_endpoint.behaviour import BatchBehaviour, Fault, When
from tests.mock_endpoint.endpoint import MockEndpoint
from tests.mock_endpoint.statistics import body_digest

QUICK: dict[str, Any] = {
    "validating_seconds": 0.05, "in_progress_seconds": 0.1, "finalizing_seconds": 0.05, "cancelling_seconds": 0.05,
}  # fmt: skip
BODIES = {f"request-{number}": body(f"this is the text with number {number}") for number in range(20)}


def lines(bodies: dict[str, Any] = BODIES, **changes: Any) -> bytes:
    rows = [
        {"custom_id": id, "method": "POST", "url": "/v1/chat/completions", "body": asked} | changes
        for id, asked in bodies.items()
    ]
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def start(api: OpenAI, content: bytes, **options: Any) -> Batch:
    file = api.files.create(file=("requests.jsonl", content), purpose="batch")
    return api.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", **options
    )


def wait(api: OpenAI, batch: Batch) -> tuple[Batch, list[str]]:
    """The ended batch, and the states that were seen."""
    seen: list[str] = [batch.status]
    deadline = time.monotonic() + 60
    while batch.status not in ("completed", "failed", "expired", "cancelled"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
        batch = api.batches.retrieve(batch.id)
        if batch.status != seen[-1]:
            seen.append(batch.status)
    return batch, seen


def rows(api: OpenAI, file: str | None) -> list[dict[str, Any]]:
    return [json.loads(line) for line in api.files.content(file).text.splitlines()] if file else []


def ids(found: Iterable[dict[str, Any]]) -> list[str]:
    return [row["custom_id"] for row in found]


def test_a_batch_goes_through_its_states_to_the_answers_of_single_calls(endpoint: MockEndpoint) -> None:
    endpoint.configure(batches=BatchBehaviour(**QUICK))
    with client(endpoint) as api:
        batch, seen = wait(api, start(api, lines(), metadata={"run": "seven"}))
        found = rows(api, batch.output_file_id)
    # A state can be over before it is polled, but none comes out of order.
    assert [state for state in ("validating", "in_progress", "finalizing", "completed") if state in seen] == seen
    assert batch.status == "completed"
    assert batch.metadata == {"run": "seven"}
    assert batch.error_file_id is None
    assert batch.request_counts is not None
    assert (batch.request_counts.total, batch.request_counts.completed, batch.request_counts.failed) == (20, 20, 0)
    assert None not in (batch.in_progress_at, batch.finalizing_at, batch.completed_at, batch.expires_at)
    assert sorted(ids(found)) == sorted(BODIES)
    assert ids(found) != list(BODIES)
    for row in found:
        assert (row["error"], row["response"]["status_code"]) == (None, 200)
        completion = ChatCompletion.model_validate(row["response"]["body"])
        assert content(completion) == content(ask(endpoint, BODIES[row["custom_id"]]))
    assert endpoint.answers() == {body_digest(asked): 2 for asked in BODIES.values()}
    assert (endpoint.stats().batches, endpoint.stats().batch_lines) == ({"completed": 1}, 20)


def test_some_requests_can_fail_and_others_be_off_schema_or_missing(endpoint: MockEndpoint) -> None:
    faults = (
        Fault(kind="context_too_long", when=When(containing="number 3")),
        Fault(kind="status_502", when=When(containing="number 4")),
        Fault(kind="off_schema", when=When(containing="number 5")),
    )
    endpoint.configure(batches=BatchBehaviour(**QUICK, faults=faults, missing_share=0.2))
    with client(endpoint) as api:
        batch, _ = wait(api, start(api, lines()))
        good, bad = rows(api, batch.output_file_id), rows(api, batch.error_file_id)
    missing = set(BODIES) - set(ids(good)) - set(ids(bad))
    assert 0 < len(missing) < 10
    assert set(ids(bad)) == {"request-3", "request-4"} - missing
    statuses = {row["custom_id"]: row["response"]["status_code"] for row in bad}
    assert statuses.items() <= {"request-3": 400, "request-4": 502}.items()
    assert batch.status == "completed"
    assert batch.request_counts is not None
    assert batch.request_counts.failed == len(bad) + len(missing)
    off = next(row for row in good if row["custom_id"] == "request-5")
    assert "score" in off["response"]["body"]["choices"][0]["message"]["content"]


def test_a_batch_without_any_good_answer_has_no_output_file(endpoint: MockEndpoint) -> None:
    endpoint.configure(batches=BatchBehaviour(**QUICK, faults=(Fault(kind="unknown_model"),)))
    with client(endpoint) as api:
        batch, _ = wait(api, start(api, lines()))
        bad = rows(api, batch.error_file_id)
    assert (batch.status, batch.output_file_id) == ("completed", None)
    assert {row["response"]["body"]["error"]["code"] for row in bad} == {"model_not_found"}


def test_an_expired_batch_keeps_what_was_answered(endpoint: MockEndpoint) -> None:
    endpoint.configure(batches=BatchBehaviour(**QUICK, expire_after=0.25))
    with client(endpoint) as api:
        batch, _ = wait(api, start(api, lines()))
        good, bad = rows(api, batch.output_file_id), rows(api, batch.error_file_id)
    assert batch.status == "expired"
    assert (len(good), len(bad)) == (5, 15)
    assert {row["error"]["code"] for row in bad} == {"batch_expired"}
    assert {row["response"] for row in bad} == {None}
    assert sorted(ids(good) + ids(bad)) == sorted(BODIES)


def test_a_cancelled_batch_keeps_what_was_answered(endpoint: MockEndpoint) -> None:
    endpoint.configure(batches=BatchBehaviour(**(QUICK | {"in_progress_seconds": 30})))
    with client(endpoint) as api:
        batch = start(api, lines())
        deadline = time.monotonic() + 60
        while (counts := api.batches.retrieve(batch.id).request_counts) is None or counts.completed == 0:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert api.batches.cancel(batch.id).status == "cancelling"
        batch, _ = wait(api, batch)
        good, bad = rows(api, batch.output_file_id), rows(api, batch.error_file_id)
        with pytest.raises(openai.ConflictError):
            api.batches.cancel(batch.id)
    assert batch.status == "cancelled"
    assert good
    assert bad
    assert {row["error"]["code"] for row in bad} == {"batch_cancelled"}
    assert sorted(ids(good) + ids(bad)) == sorted(BODIES)


def test_a_batch_can_be_cancelled_before_it_begins(endpoint: MockEndpoint) -> None:
    endpoint.configure(batches=BatchBehaviour(**(QUICK | {"validating_seconds": 60})))
    with client(endpoint) as api:
        batch = start(api, lines())
        api.batches.cancel(batch.id)
        batch, _ = wait(api, batch)
    assert (batch.status, batch.output_file_id) == ("cancelled", None)
    assert endpoint.stats().batch_lines == 0


INVALID: dict[str, tuple[bytes, str, int | None]] = {
    "no JSON": (lines() + b"{oops\n", "invalid_json_line", 21),
    "the same id twice": (lines() + lines({"request-3": body()}), "duplicate_custom_id", 21),
    "another endpoint": (lines(url="/v1/embeddings"), "mismatched_endpoint", 1),
    "no body": (lines(body=None), "missing_required_parameter", 1),
    "no object": (b"[1]\n", "missing_required_parameter", 1),
    "two models": (lines() + lines({"more": body() | {"model": "other"}}), "model_mismatch", 21),
    "nothing": (b"", "empty_file", None),
}


@pytest.mark.parametrize(("content", "code", "line"), INVALID.values(), ids=INVALID.keys())
def test_a_wrong_file_fails_with_code_and_line(
    endpoint: MockEndpoint, content: bytes, code: str, line: int | None
) -> None:
    endpoint.configure(batches=BatchBehaviour(**QUICK))
    with client(endpoint) as api:
        batch, seen = wait(api, start(api, content))
    assert seen == ["validating", "failed"]
    assert batch.errors is not None
    assert batch.errors.data is not None
    assert (batch.errors.data[0].code, batch.errors.data[0].line) == (code, line)


def test_validation_can_be_made_to_fail(endpoint: MockEndpoint) -> None:
    endpoint.configure(batches=BatchBehaviour(**QUICK, fail_validation="token_limit_exceeded"))
    with client(endpoint) as api:
        batch, _ = wait(api, start(api, lines()))
    assert batch.status == "failed"
    assert batch.errors is not None
    assert batch.errors.data is not None
    assert batch.errors.data[0].code == "token_limit_exceeded"


def test_batches_are_listed_page_by_page_the_newest_first(endpoint: MockEndpoint) -> None:
    endpoint.configure(batches=BatchBehaviour(**QUICK))
    with client(endpoint) as api:
        started = [start(api, lines(), metadata={"number": str(number)}).id for number in range(5)]
        first = api.batches.list(limit=2)
        assert [batch.id for batch in first.data] == started[:-3:-1]
        assert first.has_more
        second = api.batches.list(limit=2, after=started[3])
        assert [batch.id for batch in second.data] == [started[2], started[1]]
        every = [batch.id for batch in api.batches.list(limit=3)]
        assert every[:5] == started[::-1]
        with pytest.raises(openai.BadRequestError):
            api.batches.list(after="batch_unknown")


def test_files_can_be_read_listed_and_deleted(endpoint: MockEndpoint) -> None:
    # A boundary and a divider inside the file are content.
    raw = b'{"a": "\r\n\r\n--x\r\n"}\n'
    with client(endpoint) as api:
        file = api.files.create(file=("my requests.jsonl", raw), purpose="batch")
        assert (file.bytes, file.filename, file.purpose, file.status) == (
            len(raw),
            "my requests.jsonl",
            "batch",
            "processed",
        )
        assert api.files.retrieve(file.id) == file
        assert api.files.content(file.id).content == raw
        assert file.id in [one.id for one in api.files.list(purpose="batch")]
        assert api.files.delete(file.id).deleted
        for gone in (api.files.retrieve, api.files.content, api.files.delete):
            with pytest.raises(openai.NotFoundError):
                gone(file.id)


def test_what_cannot_be_a_batch_is_refused_at_once(endpoint: MockEndpoint) -> None:
    with client(endpoint) as api:
        with pytest.raises(openai.BadRequestError, match="File"):
            api.batches.create(input_file_id="file-x", endpoint="/v1/chat/completions", completion_window="24h")
        for wrong in ({"metadata": {"k": "v" * 513}}, {"metadata": {str(n): "" for n in range(17)}}):
            with pytest.raises(openai.BadRequestError, match="metadata"):
                start(api, lines(), **wrong)
        with pytest.raises(openai.NotFoundError):
            api.batches.retrieve("batch_x")


def test_the_api_itself_can_be_flaky(endpoint: MockEndpoint) -> None:
    endpoint.configure(batches=BatchBehaviour(**QUICK, flaky_share=0.5))
    outcomes = set()
    with client(endpoint) as api:
        for _ in range(20):
            try:
                api.batches.list(limit=1)
                outcomes.add(200)
            except openai.InternalServerError as error:
                outcomes.add(error.status_code)
    assert outcomes == {200, 503}
