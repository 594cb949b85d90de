import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from openai._response import APIResponse
from openai.resources import Batches, Files

from evaluators.batches.api import BatchApi, ProviderBatch
from evaluators.batches.files import Bounds
from evaluators.batches.provider_batches import BatchJudge
from evaluators.chat.dialect import Refusal
from evaluators.judging import Judged, judge_questions
from evaluators.money.prices import Price
from evaluators.money.spending import Spending
from pipeline.errors import ConfigurationError
from pipeline.ledger import Ledger
from pipeline.ledger_schema import StoredBatch
from pipeline.models.dossier import QuestionPlan
from tests.evaluators.batches.batch_asking import MODEL, Desk, chat_judge, plans, text_of
from tests.mock_endpoint.behaviour import BatchBehaviour, Behaviour, Fault, When
from tests.mock_endpoint.endpoint import MockEndpoint

QUICK: dict[str, Any] = {
    "validating_seconds": 0.02, "in_progress_seconds": 0.1, "finalizing_seconds": 0.02, "cancelling_seconds": 0.02,
}  # fmt: skip

STILL_GOING: dict[str, Any] = {"in_progress_seconds": 3}
"""Long enough that a batch is not over before anybody has looked, on a slow machine too."""


@pytest.fixture(scope="module")
def running() -> Iterator[MockEndpoint]:
    with MockEndpoint() as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(running: MockEndpoint) -> MockEndpoint:
    defaults = Behaviour(batches=BatchBehaviour(**QUICK))
    running.configure(**{name: getattr(defaults, name) for name in Behaviour.model_fields})
    for file in _client(running).files.list():
        _client(running).files.delete(file.id)
    running.reset()
    return running


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.db") as opened:
        yield opened


def _client(endpoint: MockEndpoint) -> openai.OpenAI:
    return openai.OpenAI(base_url=endpoint.base_url, api_key="none", max_retries=0)


def behave(endpoint: MockEndpoint, *faults: Fault, **changes: Any) -> None:
    endpoint.configure(batches=BatchBehaviour(**{**QUICK, **changes}, faults=faults))


def live_verdicts(endpoint: MockEndpoint, asked: dict[str, QuestionPlan], tmp_path: Path) -> Any:
    """What single calls give; then the endpoint forgets that it was asked."""
    with Ledger.open(tmp_path / "live.db") as ledger:
        judged = judge_questions(asked, judge=chat_judge(endpoint.base_url), ledger=ledger, run_id="live")
    endpoint.reset()
    return judged.verdicts


def unscored(judged: Judged) -> list[tuple[str, str | None]]:
    return [
        (candidate, verdict.unscored)
        for candidate, verdicts in judged.verdicts.items()
        for verdict in verdicts
        if verdict.unscored is not None
    ]


def details(judged: Judged) -> set[str]:
    return {verdict.detail for verdicts in judged.verdicts.values() for verdict in verdicts if verdict.unscored}


def open_batches(desk: Desk, run_id: str = "run") -> tuple[Any, ...]:
    keys = [asking.request_key for asking in desk.ledger.askings(run_id)]
    return desk.ledger.batches.holding(keys, judge=desk.judge.fingerprint, endpoint=desk.judge._setting.endpoint)


# The endpoint hands results out in another order than it was asked, always.
def test_a_batch_gives_the_verdicts_of_single_calls(endpoint: MockEndpoint, ledger: Ledger, tmp_path: Path) -> None:
    behave(endpoint, **STILL_GOING)
    asked = plans(15)
    expected = live_verdicts(endpoint, asked, tmp_path)
    desk = Desk(endpoint.base_url, ledger)
    judged = desk.run(asked)
    assert judged.verdicts == expected
    assert judged.unavailable is None
    assert (judged.statistics.asked, judged.statistics.failed) == (30, 0)
    stats = endpoint.stats()
    assert (stats.batch_lines, stats.doubled, stats.calls) == (30, 0, 0)
    assert desk.told[-1] == "batch 1 of 1: 30 of 30 done"
    assert desk.beats >= 3


def test_each_answer_says_which_batch_it_came_from_and_what_it_took(endpoint: MockEndpoint, ledger: Ledger) -> None:
    price = Price(input=Decimal(2), output=Decimal(8), batch_discount=Decimal("0.5"))
    desk = Desk(endpoint.base_url, ledger, spending=Spending(price, model=MODEL, batch=True))
    desk.run(plans(2))
    (batch,) = {answer.provider["batch"] for answer in desk.answers().values()}
    assert str(batch).startswith("batch_")
    for answer in desk.answers().values():
        facts = dict(answer.provider)
        expected = (facts["input_tokens"] - facts["cached_tokens"]) * 1 + facts["output_tokens"] * 4  # type: ignore[operator]
        expected += facts["cached_tokens"] * 1  # type: ignore[operator]
        assert facts["cost"] == pytest.approx(expected / 1e6)
        assert (facts["model"], facts["answer_form"], facts["p_from"]) == ("mock-mock", "json_schema", "logprob")
        assert (facts["seed"], facts["temperature"], facts["calls"], facts["sample"]) == (7, 0.0, 1, 0)
    costs = [answer.provider["cost"] for answer in desk.answers().values()]
    assert float(desk.spending.spent or 0) == pytest.approx(sum(float(cost) for cost in costs))
    assert desk.spending.requests == 4


def test_answers_are_shared_with_single_calls(endpoint: MockEndpoint, ledger: Ledger) -> None:
    desk = Desk(endpoint.base_url, ledger)
    first = desk.run(plans(3))
    endpoint.reset()
    live = judge_questions(plans(3), judge=chat_judge(endpoint.base_url), ledger=ledger, run_id="live")
    again = desk.run(plans(3), "again")
    assert live.verdicts == again.verdicts == first.verdicts
    assert endpoint.stats().bodies == 0


def test_the_provider_keeps_no_file_once_the_answers_are_in_the_ledger(endpoint: MockEndpoint, ledger: Ledger) -> None:
    desk = Desk(endpoint.base_url, ledger)
    judge_questions(plans(3), judge=desk.judge, ledger=ledger, run_id="run")
    assert endpoint.stats().files == 2
    assert len(open_batches(desk)) == 1
    desk.judge.tidy()
    assert endpoint.stats().files == 0
    assert open_batches(desk) == ()


def test_more_than_a_batch_takes_becomes_several(endpoint: MockEndpoint, ledger: Ledger, tmp_path: Path) -> None:
    expected = live_verdicts(endpoint, plans(10), tmp_path)
    desk = Desk(endpoint.base_url, ledger, bounds=Bounds(requests=8))
    judged = desk.run(plans(10))
    assert judged.verdicts == expected
    stats = endpoint.stats()
    assert (stats.batches, stats.doubled) == ({"completed": 3}, 0)
    assert {"batch 1 of 3: 8 of 8 done", "batch 3 of 3: 4 of 4 done"} <= set(desk.told)


def test_bytes_bound_a_batch_too(endpoint: MockEndpoint, ledger: Ledger) -> None:
    judged = Desk(endpoint.base_url, ledger, bounds=Bounds(bytes=60_000)).run(plans(5))
    assert unscored(judged) == []
    assert 1 < endpoint.stats().batches["completed"] < 10


def test_what_failed_in_passing_is_sent_once_more(endpoint: MockEndpoint, ledger: Ledger, tmp_path: Path) -> None:
    expected = live_verdicts(endpoint, plans(10), tmp_path)
    behave(endpoint, Fault(kind="status_500", when=When(share_of_bodies=0.4, attempts=1)))
    desk = Desk(endpoint.base_url, ledger)
    judged = desk.run(plans(10))
    hit = endpoint.stats().faults["status_500"]
    assert 0 < hit < 20
    assert judged.verdicts == expected
    assert endpoint.stats().batch_lines == 20 + hit
    assert sum(int(answer.provider.get("retries", 0)) for answer in desk.answers().values()) == hit


@pytest.mark.parametrize("kind", ["status_503", "rate_limited", "status_502"])
def test_what_fails_twice_is_unscored_and_asked_anew_by_the_next_run(
    endpoint: MockEndpoint, ledger: Ledger, kind: Any
) -> None:
    behave(endpoint, Fault(kind=kind, when=When(containing=text_of(3))))
    desk = Desk(endpoint.base_url, ledger)
    judged = desk.run(plans(5))
    assert unscored(judged) == [("c003", "judge_failed")] * 2
    assert all("in 2 batches" in detail for detail in details(judged))
    behave(endpoint)
    endpoint.reset()
    assert unscored(desk.run(plans(5), "next")) == []
    assert endpoint.stats().batch_lines == 2


def test_what_the_provider_refuses_for_good_is_not_sent_again(endpoint: MockEndpoint, ledger: Ledger) -> None:
    behave(endpoint, Fault(kind="logprobs_forbidden", when=When(containing=text_of(1))))
    judged = Desk(endpoint.base_url, ledger).run(plans(3))
    assert unscored(judged) == [("c001", "judge_failed")] * 2
    assert details(judged) == {"the endpoint answered 403"}
    assert endpoint.stats().batch_lines == 6


def test_lines_that_are_in_no_file_are_sent_once_more(endpoint: MockEndpoint, ledger: Ledger) -> None:
    behave(endpoint, missing_share=0.3)
    judged = Desk(endpoint.base_url, ledger).run(plans(10))
    # Which lines are left out depends on their ids alone, so they are left out again.
    left_out = unscored(judged)
    assert 0 < len(left_out) < 20
    assert details(judged) == {"the provider gave no result, in 2 batches"}
    assert endpoint.stats().batch_lines == 20 + len(left_out)


def test_an_expired_batch_gives_what_was_done_and_the_rest_is_sent_once_more(
    endpoint: MockEndpoint, ledger: Ledger, tmp_path: Path
) -> None:
    expected = live_verdicts(endpoint, plans(10), tmp_path)
    behave(endpoint, expire_after=0.5)
    desk = Desk(endpoint.base_url, ledger)
    judged = desk.run(plans(10))
    assert endpoint.stats().batches == {"expired": 2}
    assert len(unscored(judged)) == 5
    assert details(judged) == {"the provider did not get to it in time, in 2 batches"}
    behave(endpoint)
    assert desk.run(plans(10), "next").verdicts == expected
    assert (endpoint.stats().batch_lines, endpoint.stats().doubled) == (20, 0)


@pytest.mark.parametrize("kind", ["off_schema", "empty", "no_choices", "cut_off"])
def test_an_unusable_answer_is_repaired_in_a_second_batch(endpoint: MockEndpoint, ledger: Ledger, kind: Any) -> None:
    behave(endpoint, Fault(kind=kind, when=When(first=3)))
    desk = Desk(endpoint.base_url, ledger)
    assert unscored(desk.run(plans(5))) == []
    assert endpoint.stats().batches == {"completed": 2}
    assert endpoint.stats().batch_lines == 13
    repaired = [answer.provider for answer in desk.answers().values() if answer.provider.get("repaired")]
    assert [facts["calls"] for facts in repaired] == [2, 2, 2]
    assert desk.spending.requests == 13


def test_an_answer_that_stays_unusable_is_unscored_and_asked_anew(endpoint: MockEndpoint, ledger: Ledger) -> None:
    behave(endpoint, Fault(kind="off_schema", when=When(containing=text_of(2))))
    desk = Desk(endpoint.base_url, ledger)
    judged = desk.run(plans(3))
    assert unscored(judged) == [("c002", "judge_failed")] * 2
    assert endpoint.stats().batch_lines == 8
    behave(endpoint)
    assert unscored(desk.run(plans(3), "next")) == []
    assert endpoint.stats().batch_lines == 10


def test_a_failure_is_asked_anew_although_nobody_has_tidied_up(endpoint: MockEndpoint, ledger: Ledger) -> None:
    behave(endpoint, Fault(kind="logprobs_forbidden", when=When(containing=text_of(2))))
    desk = Desk(endpoint.base_url, ledger)
    first = judge_questions(plans(3), judge=desk.judge, ledger=ledger, run_id="first")
    assert unscored(first) == [("c002", "judge_failed")] * 2
    behave(endpoint)
    second = judge_questions(plans(3), judge=Desk(endpoint.base_url, ledger).judge, ledger=ledger, run_id="second")
    assert unscored(second) == []
    assert endpoint.stats().batch_lines == 8


def test_a_refusal_stands(endpoint: MockEndpoint, ledger: Ledger) -> None:
    behave(endpoint, Fault(kind="refusal", when=When(containing=text_of(0))))
    desk = Desk(endpoint.base_url, ledger)
    assert unscored(desk.run(plans(2))) == [("c000", "judge_refused")] * 2
    behave(endpoint)
    endpoint.reset()
    assert unscored(desk.run(plans(2), "next")) == [("c000", "judge_refused")] * 2
    assert endpoint.stats().batch_lines == 0


def test_refused_fields_are_left_out_of_the_next_batch(endpoint: MockEndpoint, ledger: Ledger) -> None:
    behave(endpoint, Fault(kind="logprobs_refused"), Fault(kind="response_format_refused"))
    desk = Desk(endpoint.base_url, ledger)
    judged = desk.run(plans(3))
    assert endpoint.stats().faults == {"logprobs_refused": 6, "response_format_refused": 6}
    # The mock's answers have no findings where it is given no schema.
    assert {answer.provider["answer_form"] for answer in desk.answers().values()} <= {"json_object"}
    assert judged.statistics.failed == 6


def test_a_batch_refused_for_a_field_is_written_anew_without_it(
    endpoint: MockEndpoint, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    behave(endpoint, fail_validation="unsupported_parameter")
    get = BatchApi.get

    # The mock tells no parameter when it refuses a whole batch.
    def telling(api: BatchApi, id: str) -> ProviderBatch | None:
        found = get(api, id)
        if found is None or found.status != "failed":
            return found
        behave(endpoint)
        return found._replace(refusals=(Refusal("unsupported_parameter", "logprobs", "'logprobs' is not supported"),))

    monkeypatch.setattr(BatchApi, "get", telling)
    desk = Desk(endpoint.base_url, ledger)
    assert unscored(desk.run(plans(3))) == []
    assert endpoint.stats().batches == {"failed": 1, "completed": 1}
    assert {answer.provider["p_from"] for answer in desk.answers().values()} == {"stated"}


@pytest.mark.parametrize(
    ("code", "step"), [("token_limit_exceeded", "--max-requests"), ("something_else", "run without --batch")]
)
def test_a_batch_refused_as_a_whole_stops_the_run_with_the_reason(
    endpoint: MockEndpoint, ledger: Ledger, code: str, step: str
) -> None:
    behave(endpoint, fail_validation=code)
    desk = Desk(endpoint.base_url, ledger)
    judged = desk.run(plans(3))
    assert judged.unavailable is not None
    assert f"({code})" in judged.unavailable
    assert step in judged.unavailable
    assert {reason for _, reason in unscored(judged)} == {"not_asked"}
    assert open_batches(desk) == ()
    behave(endpoint)
    assert unscored(desk.run(plans(3), "next")) == []


def test_an_unknown_model_stops_the_run_and_is_asked_anew(endpoint: MockEndpoint, ledger: Ledger) -> None:
    behave(endpoint, Fault(kind="unknown_model", when=When(after=2)))
    desk = Desk(endpoint.base_url, ledger)
    judged = desk.run(plans(4))
    assert judged.unavailable is not None
    assert "knows no model 'mock'" in judged.unavailable
    assert [reason for _, reason in unscored(judged)] == ["not_asked"] * 6
    behave(endpoint)
    endpoint.reset()
    assert unscored(desk.run(plans(4), "next")) == []
    assert endpoint.stats().batch_lines == 6


def test_a_cancelled_batch_gives_what_was_done_and_the_next_run_sends_the_rest(
    endpoint: MockEndpoint, ledger: Ledger
) -> None:
    behave(endpoint, in_progress_seconds=30)
    client = _client(endpoint)

    def cancelling(told: str) -> None:
        done = told.removeprefix("batch 1 of 1: ").partition(" ")[0]
        if done.isdigit() and 0 < int(done) < 20 and "done" in told:
            client.batches.cancel(next(iter(client.batches.list())).id)

    desk = Desk(endpoint.base_url, ledger, tell=lambda told: cancelling(told) if "cancelling" not in told else None)
    judged = desk.run(plans(10))
    left = unscored(judged)
    assert judged.unavailable is not None
    assert "cancelled" in judged.unavailable
    assert 0 < len(left) < 20
    assert {reason for _, reason in left} == {"not_asked"}
    behave(endpoint)
    assert unscored(Desk(endpoint.base_url, ledger).run(plans(10), "next")) == []
    assert (endpoint.stats().batch_lines, endpoint.stats().doubled) == (20, 0)


def test_an_endpoint_that_fails_now_and_then_doubles_nothing(endpoint: MockEndpoint, ledger: Ledger) -> None:
    behave(endpoint, flaky_share=0.3)
    desk = Desk(endpoint.base_url, ledger, bounds=Bounds(requests=4), pause=lambda seconds: None)
    assert unscored(desk.run(plans(10))) == []
    assert (endpoint.stats().batches, endpoint.stats().doubled) == ({"completed": 5}, 0)


def test_an_endpoint_without_batches_is_named(endpoint: MockEndpoint, ledger: Ledger) -> None:
    desk = Desk(f"{endpoint.base_url}/elsewhere", ledger)
    with pytest.raises(ConfigurationError, match="offers no batches"):
        desk.run(plans(1))


def test_nobody_at_the_endpoint_is_told_after_a_few_tries(ledger: Ledger) -> None:
    judged = Desk("http://127.0.0.1:9/v1", ledger, pause=lambda seconds: None).run(plans(1))
    assert judged.unavailable is not None
    assert "3 times in a row" in judged.unavailable


def test_a_wrong_key_is_told(endpoint: MockEndpoint, ledger: Ledger) -> None:
    endpoint.configure(api_key="another")
    judged = Desk(endpoint.base_url, ledger).run(plans(1))
    assert judged.unavailable is not None
    assert "OPENAI_API_KEY" in judged.unavailable


def test_without_waiting_the_same_command_fetches_later(endpoint: MockEndpoint, ledger: Ledger, tmp_path: Path) -> None:
    behave(endpoint, **STILL_GOING)
    asked = plans(6)
    expected = live_verdicts(endpoint, asked, tmp_path)
    desk = Desk(endpoint.base_url, ledger, wait=False)
    first = desk.run(asked)
    assert first.unavailable is not None
    assert "12 requests wait in 1 batch" in first.unavailable
    assert "same command" in first.unavailable
    assert {reason for _, reason in unscored(first)} == {"not_asked"}
    waiting = Desk(endpoint.base_url, ledger)
    assert waiting.run(asked, "later").verdicts == expected
    assert "12 of 12 requests are at the provider already" in waiting.told
    assert (endpoint.stats().batch_lines, endpoint.stats().doubled) == (12, 0)


def test_an_interrupted_run_says_so_and_is_continued(endpoint: MockEndpoint, ledger: Ledger) -> None:
    behave(endpoint, **STILL_GOING)

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    desk = Desk(endpoint.base_url, ledger, pause=interrupt)
    with pytest.raises(KeyboardInterrupt):
        desk.run(plans(4))
    assert desk.told[-1].startswith("Interrupted. 8 requests")
    assert unscored(Desk(endpoint.base_url, ledger).run(plans(4), "next")) == []
    assert (endpoint.stats().batch_lines, endpoint.stats().doubled) == (8, 0)


def test_another_batch_of_candidates_leaves_the_rest_of_a_batch_for_later(
    endpoint: MockEndpoint, ledger: Ledger
) -> None:
    behave(endpoint, **STILL_GOING)
    Desk(endpoint.base_url, ledger, wait=False).run(plans(6))
    assert unscored(Desk(endpoint.base_url, ledger).run(plans(2), "some")) == []
    assert unscored(Desk(endpoint.base_url, ledger).run(plans(8), "all and more")) == []
    assert (endpoint.stats().batch_lines, endpoint.stats().doubled) == (16, 0)
    assert endpoint.stats().files == 0


def test_a_batch_that_was_made_but_not_noted_is_adopted(ledger: Ledger) -> None:
    with MockEndpoint(batches=BatchBehaviour(**QUICK)) as crowded:
        _interrupted_while_making(crowded, ledger, plans(3), make=True)
        _make_others(_client(crowded), 100)  # It stands on the second page then.
        desk = Desk(crowded.base_url, ledger)
        assert unscored(desk.run(plans(3))) == []
        assert "6 of 6 requests are at the provider already" in desk.told
        assert sorted(crowded.answers().values())[:6] == [1] * 6


def test_a_batch_that_never_arrived_is_made_anew_and_its_file_deleted(endpoint: MockEndpoint, ledger: Ledger) -> None:
    _interrupted_while_making(endpoint, ledger, plans(3), make=False)
    desk = Desk(endpoint.base_url, ledger)
    assert unscored(desk.run(plans(3))) == []
    assert (endpoint.stats().batch_lines, endpoint.stats().files) == (6, 0)


def _interrupted_while_making(
    endpoint: MockEndpoint, ledger: Ledger, asked: dict[str, QuestionPlan], *, make: bool
) -> None:
    """Leave behind what a run leaves that is killed between the making of a batch and the note of it."""
    with pytest.MonkeyPatch.context() as patch:

        def interrupted(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(
            "pipeline.ledger_batches.BatchStore." + ("note_submission" if make else "note_upload"), interrupted
        )
        with pytest.raises(KeyboardInterrupt):
            Desk(endpoint.base_url, ledger).run(asked)


def _lose_the_first_answer(patch: pytest.MonkeyPatch, owner: type, name: str) -> None:
    """The endpoint does what it is asked, and the connection breaks before it has said so. The mock cannot do that."""
    original, calls = getattr(owner, name), []

    def losing(*arguments: Any, **options: Any) -> Any:
        done = original(*arguments, **options)
        calls.append(name)
        if len(calls) == 1:
            raise openai.APIConnectionError(request=httpx2.Request("POST", "http://127.0.0.1"))
        return done

    patch.setattr(owner, name, losing)


@pytest.mark.parametrize("owner", [Batches, Files])
def test_what_took_effect_although_its_answer_was_lost_is_not_done_twice(
    endpoint: MockEndpoint, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, owner: type
) -> None:
    _lose_the_first_answer(monkeypatch, owner, "create")
    desk = Desk(endpoint.base_url, ledger, pause=lambda seconds: None)
    assert unscored(desk.run(plans(3))) == []
    stats = endpoint.stats()
    assert (stats.batches, stats.doubled, stats.files) == ({"completed": 1}, 0, 0)


def test_a_download_that_breaks_is_begun_anew(
    endpoint: MockEndpoint, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, calls = APIResponse.iter_bytes, []

    def breaking(response: Any, size: int | None = None) -> Iterator[bytes]:
        calls.append(size)
        content = b"".join(original(response, size))
        yield content[: len(content) // 2]
        if len(calls) == 1:
            raise httpx2.ReadError("reset")
        yield content[len(content) // 2 :]

    monkeypatch.setattr(APIResponse, "iter_bytes", breaking)  # The mock's files always arrive whole.
    judged = Desk(endpoint.base_url, ledger, pause=lambda seconds: None).run(plans(3))
    assert unscored(judged) == []
    assert (len(calls), endpoint.stats().batch_lines) == (2, 6)


def _make_others(client: openai.OpenAI, count: int) -> None:
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Something else."}]}
    line = {"custom_id": "other", "method": "POST", "url": "/v1/chat/completions", "body": body}
    file = client.files.create(file=("other.jsonl", json.dumps(line).encode()), purpose="batch")
    for number in range(count):
        client.batches.create(
            input_file_id=file.id,
            endpoint="/v1/chat/completions",
            completion_window="24h",
            metadata={"shortlist_batch": f"other {number}"},
        )


def _lost(ledger: Ledger, judge: BatchJudge, asked: dict[str, QuestionPlan]) -> StoredBatch:
    """A batch in the ledger that the endpoint has never heard of."""
    from pipeline.ledger import request_key

    contents = [judge.request(question) for plan in asked.values() for question in plan.questions]
    keys = [request_key(judge.fingerprint, content) for content in contents]
    form = '{"answer_form": "json_schema", "fields": []}'
    stored = ledger.batches.create(judge=judge.fingerprint, endpoint=judge._setting.endpoint, sent=form, keys=keys)
    return ledger.batches.note_submission(stored, provider_id="batch_unheard_of", input_file="file")


def test_a_young_batch_that_is_not_known_stops_the_run_rather_than_paying_twice(
    endpoint: MockEndpoint, ledger: Ledger
) -> None:
    desk = Desk(endpoint.base_url, ledger)
    _lost(ledger, desk.judge, plans(2))
    judged = desk.run(plans(3))
    assert judged.unavailable is not None
    assert "batch_unheard_of" in judged.unavailable
    assert [candidate for candidate, _ in unscored(judged)] == ["c000", "c000", "c001", "c001"]


def test_an_old_batch_that_is_not_known_is_sent_anew(endpoint: MockEndpoint, tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with Ledger.open(path, clock=lambda: datetime.now(UTC) - timedelta(days=4)) as past:
        _lost(past, Desk(endpoint.base_url, past).judge, plans(2))
    with Ledger.open(path) as ledger:
        assert unscored(Desk(endpoint.base_url, ledger).run(plans(2))) == []
    assert endpoint.stats().batch_lines == 4


def test_another_endpoint_is_not_asked_for_a_batch(endpoint: MockEndpoint, ledger: Ledger) -> None:
    behave(endpoint, **STILL_GOING)
    Desk(endpoint.base_url, ledger, wait=False).run(plans(2))
    other = endpoint.base_url.replace("127.0.0.1", "localhost")
    assert unscored(Desk(other, ledger).run(plans(2), "elsewhere")) == []
    assert endpoint.stats().batches["completed"] >= 1
    assert sum(endpoint.answers().values()) == 8


def test_no_more_requests_go_out_than_allowed(endpoint: MockEndpoint, ledger: Ledger) -> None:
    spending = Spending(None, model=MODEL, max_requests=7, batch=True)
    judged = Desk(endpoint.base_url, ledger, spending=spending).run(plans(5))
    assert judged.unavailable is not None
    assert "--max-requests" in judged.unavailable
    # The first candidates are done, and at most one in half.
    assert [candidate for candidate, _ in unscored(judged)] == ["c003", "c004", "c004"]
    assert endpoint.stats().batch_lines == spending.requests == 7


def test_a_budget_holds_over_all_batches_of_a_run(endpoint: MockEndpoint, ledger: Ledger) -> None:
    price = Price(input=Decimal(2), output=Decimal(8), batch_discount=Decimal("0.5"))
    spending = Spending(price, model=MODEL, budget="0.30", batch=True)  # type: ignore[arg-type]  # as exact as Decimal
    desk = Desk(endpoint.base_url, ledger, spending=spending)
    judged = desk.run(plans(30))
    assert judged.unavailable is not None
    assert "--budget" in judged.unavailable
    answered = 60 - len(unscored(judged))
    assert answered == endpoint.stats().batch_lines == spending.requests > 8
    assert Decimal(0) < (spending.spent or Decimal(0)) <= Decimal("0.30")
    scored = [name for name, verdicts in judged.verdicts.items() if not any(verdict.unscored for verdict in verdicts)]
    assert scored == sorted(judged.verdicts)[: len(scored)]


def test_a_continued_run_counts_what_the_first_one_sent(endpoint: MockEndpoint, ledger: Ledger) -> None:
    behave(endpoint, **STILL_GOING)
    first = Spending(None, model=MODEL, max_requests=6, batch=True)
    Desk(endpoint.base_url, ledger, spending=first, wait=False).run(plans(5))
    assert first.requests == 0
    second = Spending(None, model=MODEL, max_requests=6, batch=True)
    judged = Desk(endpoint.base_url, ledger, spending=second).run(plans(5), "next")
    assert len(unscored(judged)) == 4
    assert endpoint.stats().batch_lines == second.requests == 6


def test_what_was_sent_under_a_larger_limit_is_fetched_and_counted(endpoint: MockEndpoint, ledger: Ledger) -> None:
    behave(endpoint, **STILL_GOING)
    Desk(endpoint.base_url, ledger, wait=False).run(plans(3))
    spending = Spending(None, model=MODEL, max_requests=2, batch=True)
    assert unscored(Desk(endpoint.base_url, ledger, spending=spending).run(plans(3), "next")) == []
    assert spending.requests == 6
