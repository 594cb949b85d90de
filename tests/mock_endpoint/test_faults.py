import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import openai
import pytest
from pydantic import ValidationError

from tests.mock_endpoint.asking import TEXT, ask, body, client, content
from tests.mock_endpoint.behaviour import BatchBehaviour, Fault, When
from tests.mock_endpoint.endpoint import MockEndpoint
from tests.mock_endpoint.schedule import FaultSchedule
from tests.mock_endpoint.statistics import Attempt, body_digest

REFUSED: dict[str, tuple[int, str | None, str | None]] = {
    "status_500": (500, None, None),
    "status_502": (502, None, None),
    "status_503": (503, None, None),
    "rate_limited": (429, "rate_limit_exceeded", None),
    "response_format_refused": (400, None, "response_format"),
    "logprobs_refused": (400, None, "logprobs"),
    "logprobs_forbidden": (403, None, None),
    "temperature_refused": (400, "unsupported_value", "temperature"),
    "max_tokens_refused": (400, "unsupported_parameter", "max_tokens"),
    "context_too_long": (400, "context_length_exceeded", "messages"),
    "wrong_key": (401, "invalid_api_key", None),
    "unknown_model": (404, "model_not_found", None),
    "no_quota": (429, "insufficient_quota", None),
}


def planned(kind: Any, when: When | None = None, **more: Any) -> list[Fault]:
    return [Fault(kind=kind, when=when or When(), **more)]


@pytest.mark.parametrize("kind", REFUSED)
def test_an_error_has_the_status_code_and_param_of_openai(endpoint: MockEndpoint, kind: str) -> None:
    endpoint.configure(faults=planned(kind))
    with pytest.raises(openai.APIStatusError) as caught:
        ask(endpoint, body(logprobs=True, temperature=0.0, max_tokens=100))
    assert (caught.value.status_code, caught.value.code, caught.value.param) == REFUSED[kind]
    seen = endpoint.stats()
    assert (seen.statuses, seen.faults, seen.answered) == ({REFUSED[kind][0]: 1}, {kind: 1}, 0)


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("response_format_refused", "response_format"),
        ("logprobs_refused", "logprobs"),
        ("logprobs_forbidden", "logprobs"),
        ("temperature_refused", "temperature"),
        ("max_tokens_refused", "max_tokens"),
    ],
)
def test_a_refused_field_is_no_error_once_it_is_left_out(endpoint: MockEndpoint, kind: str, field: str) -> None:
    asked = body(logprobs=True, temperature=0.0, max_tokens=100)
    del asked[field]
    endpoint.configure(faults=planned(kind))
    ask(endpoint, asked)
    assert endpoint.stats().faults == {}


def _schema_broken(text: str) -> bool:
    return "findings" not in json.loads(text)


def _not_json(text: str) -> bool:
    with pytest.raises(ValueError):
        json.loads(text)
    return True


UNUSABLE: dict[str, tuple[str, Callable[[str], bool]]] = {
    "off_schema": ("stop", _schema_broken),
    "cut_off": ("length", _not_json),
    "empty": ("stop", lambda text: text == ""),
    "fenced": ("stop", lambda text: text.startswith("```json\n{") and text.endswith("}\n```")),
}


@pytest.mark.parametrize("kind", UNUSABLE)
@pytest.mark.parametrize("top", [None, 3])
def test_bad_content_comes_with_status_200(endpoint: MockEndpoint, kind: str, top: int | None) -> None:
    endpoint.configure(faults=planned(kind))
    completion = ask(endpoint, body() if top is None else body(logprobs=True, top_logprobs=top))
    reason, is_bad = UNUSABLE[kind]
    assert completion.choices[0].finish_reason == reason
    assert is_bad(content(completion))
    if top is not None:
        logprobs = completion.choices[0].logprobs
        assert logprobs is not None
        text = "".join(token.token for token in logprobs.content or ())
        # A yes or no is never split: it is in both or in neither.
        assert text == content(completion)
    seen = endpoint.stats()
    assert (seen.unusable, seen.answered) == ((0, 1) if kind == "fenced" else (1, 0))


def test_refusals_filters_and_missing_content_look_like_openais(endpoint: MockEndpoint) -> None:
    endpoint.configure(faults=planned("refusal"))
    message = ask(endpoint).choices[0].message
    assert message.refusal
    assert message.content is None
    endpoint.configure(faults=planned("content_filter"))
    assert ask(endpoint).choices[0].finish_reason == "content_filter"
    endpoint.configure(faults=planned("null_content"))
    message = ask(endpoint).choices[0].message
    assert (message.content, message.refusal) == (None, None)
    endpoint.configure(faults=planned("no_choices"))
    assert ask(endpoint).choices == []
    assert endpoint.stats().unusable == 4


def test_usage_log_probabilities_and_true_quotes_can_be_missing(endpoint: MockEndpoint) -> None:
    endpoint.configure(faults=planned("no_usage"))
    assert ask(endpoint).usage is None
    endpoint.configure(faults=planned("no_logprobs"))
    assert ask(endpoint, body(logprobs=True)).choices[0].logprobs is None
    endpoint.configure(faults=planned("invented_quotes"), evidenced=1)
    findings = json.loads(content(ask(endpoint)))["findings"].values()
    quotes = [quote["text"] for finding in findings for quote in finding["quotes"]]
    assert quotes
    assert not any(quote in TEXT for quote in quotes)


@pytest.mark.parametrize("kind", ["malformed_json", "html"])
def test_bodies_that_are_no_json_come_with_status_200(endpoint: MockEndpoint, kind: str) -> None:
    endpoint.configure(faults=planned(kind))
    with client(endpoint) as asking:
        raw = asking.chat.completions.with_raw_response.create(**body())
    assert raw.status_code == 200
    with pytest.raises(ValueError):
        json.loads(raw.content)
    assert endpoint.stats().unusable == 1


@pytest.mark.parametrize("kind", ["reset_before", "reset_midway"])
def test_a_connection_can_break(endpoint: MockEndpoint, kind: str) -> None:
    endpoint.configure(faults=planned(kind))
    with pytest.raises(openai.APIConnectionError) as caught:
        ask(endpoint)
    assert not isinstance(caught.value, openai.APITimeoutError)
    seen = endpoint.stats()
    assert (seen.calls, seen.answered, seen.statuses, seen.undelivered) == (1, 0, {}, 0)
    assert (seen.bytes_out > 100) is (kind == "reset_midway")


def test_a_call_can_hang_until_the_client_loses_patience(endpoint: MockEndpoint) -> None:
    endpoint.configure(faults=planned("hang"))
    with pytest.raises(openai.APITimeoutError):
        ask(endpoint, timeout=0.2)
    assert endpoint.stats().statuses == {}


def test_a_body_can_drip_and_still_be_whole(endpoint: MockEndpoint) -> None:
    whole = content(ask(endpoint))
    endpoint.configure(faults=planned("drip", seconds=2))
    host = urlsplit(endpoint.base_url)
    asked = json.dumps(body()).encode()
    with socket.create_connection((host.hostname, host.port or 0), timeout=60) as raw:
        started = time.monotonic()
        raw.sendall(
            b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(asked)
            + asked
        )
        pieces = list(iter(lambda: raw.recv(65_536), b""))
    assert 1.5 < time.monotonic() - started < 60
    assert len(pieces) > 5
    assert json.loads(b"".join(pieces).partition(b"\r\n\r\n")[2])["choices"][0]["message"]["content"] == whole
    assert endpoint.stats().doubled == 1


@pytest.mark.parametrize("kind", [None, "slow", "status_500"])
def test_latency_holds_for_answers_and_errors(endpoint: MockEndpoint, kind: str | None) -> None:
    endpoint.configure(latency=0.15, jitter=0.05, faults=planned(kind, seconds=0.2) if kind else [])
    with client(endpoint) as asking:
        started = time.monotonic()
        try:
            asking.chat.completions.create(**body())
        except openai.InternalServerError:
            assert kind == "status_500"
        took = time.monotonic() - started
    assert (0.35 if kind == "slow" else 0.15) <= took < 60


def test_an_answer_whose_client_has_gone_is_not_counted_as_answered(endpoint: MockEndpoint) -> None:
    endpoint.configure(latency=120)
    with pytest.raises(openai.APITimeoutError):
        ask(endpoint, timeout=2)
    deadline = time.monotonic() + 60
    while (seen := endpoint.stats()).undelivered == 0:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert (seen.calls, seen.answered, seen.undelivered) == (1, 0, 1)


def test_answers_are_counted_by_body(endpoint: MockEndpoint) -> None:
    once, twice = body("a text that is asked once"), body("a text that is asked twice")
    for asked in (once, twice, twice):
        ask(endpoint, asked)
    assert endpoint.answers() == {body_digest(once): 1, body_digest(twice): 2}
    seen = endpoint.stats()
    assert (seen.calls, seen.bodies, seen.answered, seen.doubled) == (3, 2, 2, 1)
    assert seen.bytes_in > 3 * 900
    endpoint.reset()
    assert endpoint.stats().calls == 0


def test_only_the_right_key_model_and_length_pass(endpoint: MockEndpoint) -> None:
    endpoint.configure(api_key="right", models=("mock",), context_tokens=100)
    with pytest.raises(openai.AuthenticationError):
        ask(endpoint)
    ask(endpoint, api_key="right")
    with pytest.raises(openai.NotFoundError):
        ask(endpoint, body() | {"model": "other"}, api_key="right")
    with pytest.raises(openai.BadRequestError, match="maximum context length is 100 tokens"):
        ask(endpoint, body("word " * 100), api_key="right")


HITS: dict[str, tuple[When, list[int]]] = {
    "the first three": (When(first=3), [1, 2, 3]),
    "every fourth": (When(every=4), [4, 8, 12]),
    "all after the ninth": (When(after=9), [10, 11, 12]),
    "every second of the first six after two": (When(after=2, first=6, every=2), [4, 6, 8]),
    "those with a text": (When(containing="number 7"), [7]),
    "first attempts": (When(attempts=1), list(range(1, 13))),
    "later attempts": (When(from_attempt=2), []),
}


@pytest.mark.parametrize(("when", "numbers"), HITS.values(), ids=HITS.keys())
def test_a_fault_can_have_an_exact_schedule(when: When, numbers: list[int]) -> None:
    schedule = FaultSchedule([Fault(kind="empty", when=when)], seed=1)
    picked = [
        number
        for number in range(1, 13)
        if schedule.pick(Attempt(f"{number:064x}", 1), [f"text number {number}."], concerns=lambda _: True)
    ]
    assert picked == numbers


def test_shares_are_seeded_and_do_not_hang_on_the_order_of_arrival() -> None:
    attempts = [Attempt(f"{number:064x}", attempt) for number in range(1_000) for attempt in (1, 2)]

    def picked(when: When, seed: int, order: list[Attempt]) -> set[Attempt]:
        schedule = FaultSchedule([Fault(kind="empty", when=when)], seed=seed)
        return {attempt for attempt in order if schedule.pick(attempt, [], concerns=lambda _: True)}

    share = When(share=0.1)
    assert picked(share, 1, attempts) == picked(share, 1, attempts[::-1]) != picked(share, 2, attempts)
    assert 150 < len(picked(share, 1, attempts)) < 250
    bodies = picked(When(share_of_bodies=0.1), 1, attempts)
    assert 150 < len(bodies) < 250
    assert bodies == {Attempt(digest, number) for digest, _ in bodies for number in (1, 2)}


def test_the_first_fault_that_fits_befalls_a_call(endpoint: MockEndpoint) -> None:
    endpoint.configure(faults=[*planned("empty", When(first=1)), *planned("status_500")])
    assert content(ask(endpoint)) == ""
    with pytest.raises(openai.InternalServerError):
        ask(endpoint)
    assert endpoint.stats().faults == {"empty": 1, "status_500": 1}


def test_faults_of_the_wire_cannot_befall_a_line_of_a_batch() -> None:
    with pytest.raises(ValidationError, match="no HTTP exchange"):
        BatchBehaviour(faults=(Fault(kind="hang"),))


def test_the_endpoint_ends_with_its_owner() -> None:
    endpoint = MockEndpoint()
    with endpoint:
        pid = endpoint.pid
        assert Path(f"/proc/{pid}").exists()
    assert not Path(f"/proc/{pid}").exists()
