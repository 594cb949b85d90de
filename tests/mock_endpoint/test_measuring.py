import pytest

from tests.measure_chat_judge import Chosen, failures, measure, report
from tests.mock_endpoint.behaviour import Fault, When
from tests.mock_endpoint.endpoint import MockEndpoint

CHOSEN = Chosen(
    requests=45, latency=0.01, in_flight=8, failing=0.0, logprobs=True, report_only=False, clients=False
)  # fmt: skip


def test_every_request_is_asked_once_and_none_is_lost(endpoint: MockEndpoint) -> None:
    endpoint.configure(latency=CHOSEN.latency)
    measured = measure(CHOSEN, endpoint)
    assert (measured.lost, measured.rows) == (0, 45)
    assert (measured.seen.calls, measured.seen.bodies, measured.seen.answered) == (45, 45, 45)
    assert measured.seen.at_once <= 8
    assert len(measured.quarters.megabytes) == 5


def test_failures_are_asked_again_and_doubled_never(endpoint: MockEndpoint) -> None:
    endpoint.configure(latency=CHOSEN.latency, faults=failures(0.2))
    measured = measure(CHOSEN._replace(failing=0.2), endpoint)
    assert sum(measured.seen.faults.values()) > 0
    assert (measured.lost, measured.rows, measured.seen.doubled) == (0, 45, 0)


def test_what_is_lost_misses_a_goal(endpoint: MockEndpoint, capsys: pytest.CaptureFixture[str]) -> None:
    # A sentence of the first candidate, who is asked about seven criteria.
    endpoint.configure(faults=[Fault(kind="context_too_long", when=When(containing="That was change 0,"))])
    measured = measure(CHOSEN, endpoint)
    assert (measured.lost, measured.rows) == (7, 38)
    quick = measured._replace(seconds=CHOSEN.requests / CHOSEN.bound)
    assert not report(CHOSEN, quick, bare_share=1.0)
    printed = capsys.readouterr().out
    assert "A GOAL WAS MISSED" in printed
    assert "judge_failed" in printed
