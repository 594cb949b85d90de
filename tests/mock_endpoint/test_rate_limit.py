import time
from email.utils import parsedate_to_datetime

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mock_endpoint.asking import ask, body, client
from tests.mock_endpoint.behaviour import Fault, RateLimit, RetryAfter, When
from tests.mock_endpoint.endpoint import MockEndpoint
from tests.mock_endpoint.rate_limit import RateLimiter, duration


@pytest.mark.parametrize("form", ["seconds", "date", "milliseconds", "none"])
def test_a_429_tells_the_wait_in_the_form_that_is_asked_for(endpoint: MockEndpoint, form: RetryAfter) -> None:
    endpoint.configure(faults=[Fault(kind="rate_limited", seconds=2.5, retry_after=form)])
    before = time.time()
    with pytest.raises(openai.RateLimitError) as caught:
        ask(endpoint)
    after = time.time()
    headers = caught.value.response.headers
    told = {name: headers[name] for name in ("retry-after", "retry-after-ms") if name in headers}
    match form:
        case "seconds":
            assert told == {"retry-after": "2.5"}
        case "milliseconds":
            assert told == {"retry-after-ms": "2500"}
        case "none":
            assert told == {}
        case "date":
            until = parsedate_to_datetime(told["retry-after"]).timestamp()
            assert before + 2.5 <= until < after + 2.5 + 1


def test_the_clients_own_waiting_gets_through(endpoint: MockEndpoint) -> None:
    fault = Fault(kind="rate_limited", seconds=0.2, when=When(attempts=1))
    endpoint.configure(faults=[fault])
    with client(endpoint, max_retries=3) as asking:
        for number in range(3):
            asking.chat.completions.create(**body(f"a text with number {number}"))
    seen = endpoint.stats()
    assert seen.answered == 3
    assert seen.statuses[429] == seen.faults["rate_limited"] == 3


def test_the_headers_tell_limits_and_what_is_left(endpoint: MockEndpoint) -> None:
    endpoint.configure(rate_limit=RateLimit(requests_per_second=10, tokens_per_minute=60_000, burst_seconds=2))
    with client(endpoint) as asking:
        headers = asking.chat.completions.with_raw_response.create(**body()).headers
    assert headers["x-ratelimit-limit-requests"] == "600"
    assert headers["x-ratelimit-limit-tokens"] == "60000"
    assert headers["x-ratelimit-remaining-requests"] == "19"
    assert 1_900 < int(headers["x-ratelimit-remaining-tokens"]) < 2_000
    assert headers["x-ratelimit-reset-requests"] == "100ms"


def test_too_many_tokens_are_turned_away_like_too_many_requests(endpoint: MockEndpoint) -> None:
    endpoint.configure(rate_limit=RateLimit(requests_per_second=1_000, tokens_per_minute=600, burst_seconds=1))
    ask(endpoint, body("word " * 70))
    with pytest.raises(openai.RateLimitError) as caught:
        ask(endpoint, body("word " * 70))
    assert caught.value.type == "tokens"
    assert caught.value.response.headers["x-ratelimit-reset-tokens"].endswith(("ms", "s"))


@given(
    rate=st.floats(0.5, 200),
    burst=st.floats(0.1, 5),
    gaps=st.lists(st.floats(0, 2), min_size=1, max_size=60),
)
def test_no_more_passes_than_the_bucket_and_the_time_allow(rate: float, burst: float, gaps: list[float]) -> None:
    now = 0.0
    limiter = RateLimiter(RateLimit(requests_per_second=rate, burst_seconds=burst), clock=lambda: now)
    passed = 0
    for gap in gaps:
        now += gap
        decision = limiter.admit(1)
        if decision.wait == 0:
            passed += 1
            continue
        now += decision.wait  # Who waits as told gets through.
        assert limiter.admit(1).wait == 0
        passed += 1
    assert passed <= max(1, rate * burst) + rate * now + 1e-6


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.12, "120ms"), (1, "1s"), (1.5, "1.5s"), (360, "6m0s"), (3_603, "1h0m3s"), (0, "0ms"), (59.9, "59.9s")],
)
def test_durations_are_written_as_openai_writes_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text
