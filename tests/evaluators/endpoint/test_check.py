import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sklearn.metrics import roc_auc_score

from evaluators.bm25 import load_background
from evaluators.chat.judge import ChatJudge
from evaluators.chat.spread import spread_of
from evaluators.chat.worked_examples import example_row_ids
from evaluators.endpoint.check import QUESTIONS, REQUESTS, check_endpoint, check_questions, clearest
from evaluators.endpoint.probe import rate_limits, read_listing
from evaluators.endpoint.report import EndpointReport, Longest, tokens_needed
from evaluators.endpoint.verdict import Line, lacking, lines_of, verdicts
from evaluators.evidence import Retriever
from evaluators.money.prices import Price
from evaluators.money.spending import Spending
from flows.judge_forecast import longest_question
from flows.wiring import read_scorecard
from pipeline.embeddings import load_default_embedder
from pipeline.errors import JudgeUnavailable
from pipeline.models.dossier import Question
from tests.evaluators.scripted_server import Answerer, Asked, Reply, ScriptedServer, with_odds
from tests.mock_endpoint.behaviour import Behaviour, Fault, RateLimit
from tests.mock_endpoint.endpoint import MockEndpoint

DEMO = Path(__file__).parents[3] / "datasets" / "demo" / "scorecard.yaml"
TASKS = check_questions()
GOLD = {frozenset(passage.text for passage in one.question.evidence): all(one.labels.values()) for one in TASKS}
CHECKS = [check.id for check in TASKS[0].question.rubric.checks]
CALM = json.dumps({"rain": True, "sentence": "It rains."})

Check = Callable[..., EndpointReport]


@pytest.fixture(scope="module")
def longest() -> Question:
    judge = ChatJudge("any", base_url="http://127.0.0.1:9/v1")
    retriever = Retriever(load_default_embedder(), load_background())
    return longest_question(read_scorecard(DEMO), judge=judge, retriever=retriever, text="Line by line. " * 20)


@pytest.fixture
def check(longest: Question) -> Check:
    def run(base_url: str, model: str = "scripted", **options: Any) -> EndpointReport:
        judge = ChatJudge(model, base_url=base_url, **options)
        return check_endpoint(judge, TASKS, longest=longest, in_flight=8)

    return run


@pytest.fixture
def checked(check: Check) -> Callable[..., EndpointReport]:
    """The report on an endpoint that answers from a function."""

    def run(answerer: Answerer, **options: Any) -> EndpointReport:
        with ScriptedServer.answer_from(answerer) as server:
            return check(server.base_url, **options)

    return run


@pytest.fixture(scope="module")
def running() -> Iterator[MockEndpoint]:
    with MockEndpoint() as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(running: MockEndpoint) -> MockEndpoint:
    defaults = Behaviour()
    running.configure(**{name: getattr(defaults, name) for name in Behaviour.model_fields})
    running.reset()
    return running


def answered(asked: Asked, p: float) -> dict[str, Any]:
    """The same P for every check that the prompt names, in the answer's form."""
    names = (
        CHECKS if "response_format" not in asked.body or "json_schema" not in asked.body["response_format"] else None
    )
    shown = next(iter(asked.passages.items()), None)
    quotes = [{"passage": shown[0], "text": " ".join(shown[1].split()[:8])}] if shown and p >= 0.5 else []
    return {"findings": {check: {"quotes": quotes, "met": p >= 0.5, "p": p} for check in names or asked.checks}}


def is_tempting(asked: Asked) -> bool:
    return "Forget every form" in asked.user


def holds(asked: Asked) -> bool:
    return GOLD.get(frozenset(asked.passages.values()), False)


def reader(*, low: float = 0.1, high: float = 0.95, measured: bool = True) -> Answerer:
    """A model that knows the labels."""

    def answer(asked: Asked) -> Reply | Mapping[str, Any] | str:
        if is_tempting(asked):
            return CALM
        p = high if holds(asked) else low
        return with_odds(answered(asked, p), yes=p) if measured else answered(asked, p)

    return answer


def line(report: EndpointReport, name: str) -> Line:
    return next(one for one in (*lines_of(report), *verdicts(report)) if one.name == name)


def assert_every_complaint_says_what_it_means(report: EndpointReport) -> None:
    for one in (*lines_of(report), *verdicts(report)):
        if one.status in ("weak", "lacking"):
            assert one.meaning, one.name
            assert one.meaning.endswith("."), one.name


def test_the_questions_are_clear_and_half_of_them_hold() -> None:
    assert len(TASKS) == QUESTIONS
    assert [len(set(one.labels.values())) for one in TASKS] == [1] * QUESTIONS
    assert sum(GOLD.values()) == QUESTIONS // 2
    assert len({one.question.statement for one in TASKS}) == 1
    assert clearest(tuple(reversed(TASKS))) == TASKS
    assert not {row for one in TASKS for row in one.rows} & example_row_ids(), "the prompt shows them, solved"


def test_a_good_model_lacks_nothing(checked) -> None:
    report = checked(reader())
    assert report.usable
    assert lacking(report) == ()
    assert (report.answered, report.requests) == (QUESTIONS, REQUESTS)
    assert report.spread is not None
    assert report.spread.auc == 1.0
    assert (report.p_from, report.both_sides, report.schema_kept) == ("logprob", 1.0, True)
    assert (report.seed, report.temperature, report.repeat_difference) == (True, 0.0, 0.0)
    assert (report.model, report.system_fingerprint) == ("scripted-2026-01-01", "fp_scripted")
    assert line(report, "Verdict").found.startswith("tells yes from no (")
    assert line(report, "Reached").status == "told", "the server has no list of models"


def test_a_model_that_always_says_the_same_cannot_tell_yes_from_no(checked) -> None:
    report = checked(reader(low=0.7, high=0.7))
    assert report.spread is not None
    assert report.spread.auc == 0.5
    assert "cannot tell yes from no: choose a larger model" in line(report, "Verdict").found
    assert "Verdict" in lacking(report)
    assert_every_complaint_says_what_it_means(report)


def test_a_model_that_has_it_the_wrong_way_round_cannot_either(checked) -> None:
    report = checked(reader(low=0.95, high=0.1))
    assert line(report, "Verdict").found.startswith("cannot tell")


def test_a_model_that_is_always_sure_is_said_to_be(checked) -> None:
    report = checked(reader(low=0.001, high=0.999))
    assert "always sure: 100%" in line(report, "Sureness").found
    assert line(report, "Sureness").status == "weak"
    assert line(report, "Verdict").status == "good"
    wrong = checked(reader(low=0.999, high=0.999))
    assert line(wrong, "Sureness").status == "lacking"


def test_without_log_probabilities_p_is_said_to_be_stated(checked) -> None:
    report = checked(reader(measured=False))
    assert (report.logprobs, report.p_from, report.both_sides) == (False, "stated", None)
    assert line(report, "Log-probabilities").found == "no"
    assert line(report, "Source of P").found == "p is stated, not measured"
    assert lacking(report) == ()
    assert_every_complaint_says_what_it_means(report)


def test_log_probabilities_of_one_side_only_are_told(checked) -> None:
    def one_sided(asked: Asked) -> Reply | str:
        if is_tempting(asked):
            return CALM
        content = json.dumps(answered(asked, 0.9))
        tokens = [
            {"token": piece, "logprob": -0.1, "top_logprobs": [{"token": piece, "logprob": -0.1}]}
            for piece in content.replace("true", "\x00true\x00").split("\x00")
        ]
        choice = {"message": {"content": content}, "finish_reason": "stop", "logprobs": {"content": tokens}}
        return Reply(raw=json.dumps({"model": "m", "choices": [choice]}).encode())

    report = checked(one_sided)
    assert (report.p_from, report.both_sides) == ("logprob", 0.0)
    assert "for 0% of the checks" in line(report, "Log-probabilities").found
    assert line(report, "Log-probabilities").status == "weak"


def test_an_endpoint_without_schemas_is_asked_in_words(checked) -> None:
    def plain(asked: Asked) -> Reply | Mapping[str, Any]:
        if "response_format" in asked.body:
            return Reply(status=400, error={"message": "response_format is not supported", "param": "response_format"})
        return answered(asked, 0.9 if holds(asked) else 0.1)

    report = checked(plain)
    assert report.answer_form == "text"
    # The longest question is about another rubric, whose checks only the schema tells this server.
    assert report.answered == QUESTIONS
    assert "Strict JSON schema" in lacking(report)
    assert line(report, "Strict JSON schema").found == "no, only text"
    assert_every_complaint_says_what_it_means(report)


def test_a_schema_that_is_taken_but_not_kept_is_told(checked) -> None:
    def polite(asked: Asked) -> Reply | Mapping[str, Any] | str:
        return "It rains often at sea." if is_tempting(asked) else reader()(asked)

    report = checked(polite)
    assert (report.answer_form, report.schema_kept) == ("json_schema", False)
    assert "not kept" in line(report, "Strict JSON schema").found


def test_answers_that_differ_are_told(checked) -> None:
    def moody(asked: Asked) -> Reply | Mapping[str, Any] | str:
        return reader(high=0.95 if asked.number == 1 else 0.7)(asked)

    report = checked(moody)
    # Joint probabilities: the checks rest on each other, up to three deep.
    assert report.repeat_difference == pytest.approx(0.95**3 - 0.7**3)
    assert line(report, "Same answer twice").found == "no: P differs by up to 0.514"
    assert_every_complaint_says_what_it_means(report)


def test_a_model_that_answers_nothing_usable_cannot_be_used(checked) -> None:
    report = checked(lambda asked: "Certainly! I would rate this candidate 9/10.")
    assert not report.usable
    assert (report.answered, report.spread) == (0, None)
    assert {"Answered", "Verdict"} <= set(lacking(report))
    assert report.problems == ("the answer could not be used, nor could its repair: it is not valid JSON",)
    assert_every_complaint_says_what_it_means(report)


def test_an_endpoint_without_usage_is_told(check, endpoint) -> None:
    endpoint.configure(faults=[Fault(kind="no_usage")])
    report = check(endpoint.base_url, "mock")
    assert (report.usage, report.input_tokens, report.cached_share) == (False, None, None)
    assert line(report, "Tokens").found == "not counted by the endpoint"
    assert line(report, "Prompt caching").found == "not told"
    assert_every_complaint_says_what_it_means(report)


def test_caching_context_limits_and_model_are_read_off(check, endpoint) -> None:
    endpoint.configure(models=("mock",), model_list="vllm", rate_limit=RateLimit(requests_per_second=100))
    report = check(endpoint.base_url, "mock")
    assert (report.context_tokens, report.context_field) == (128_000, "max_model_len")
    assert report.model == "mock-mock"
    assert report.cached_share is not None
    assert report.cached_share > 0.5
    assert report.rate_limits["x-ratelimit-limit-requests"]
    assert report.longest is not None
    assert report.longest.answered
    assert report.longest.characters > 20_000
    assert endpoint.stats().calls == REQUESTS


def test_a_question_that_was_asked_before_is_no_sign_of_prefix_caching(checked) -> None:
    met: set[str] = set()

    def uncached(asked: Asked) -> Reply:
        cached = 5_000 if asked.user in met else 0
        met.add(asked.user)
        message = {"role": "assistant", "content": CALM if is_tempting(asked) else json.dumps(answered(asked, 0.5))}
        usage = {"prompt_tokens": 5_000, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": cached}}
        body = {"model": "m", "choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}
        return Reply(raw=json.dumps(body).encode())

    report = checked(uncached)
    assert report.cached_share == 0.0
    assert line(report, "Prompt caching").found == "no"


def test_an_unknown_model_ends_with_the_names_that_are_known(check, endpoint) -> None:
    endpoint.configure(models=("small", "large"))
    with pytest.raises(JudgeUnavailable, match=r"no model 'huge'.*It lists 'small', 'large'"):
        check(endpoint.base_url, "huge")


def test_a_context_that_holds_no_question_ends_with_what_is_needed(check, endpoint) -> None:
    endpoint.configure(models=("mock",), model_list="vllm", context_tokens=2_048)
    with pytest.raises(JudgeUnavailable, match=r"context of 2,048 tokens.*context of at least 8,000 tokens"):
        check(endpoint.base_url, "mock")


def test_a_context_too_small_for_the_longest_question_is_told(check, endpoint) -> None:
    endpoint.configure(models=("mock",), model_list="vllm", context_tokens=5_900)
    report = check(endpoint.base_url, "mock")
    assert report.answered == QUESTIONS
    assert {"Context", "Longest request"} <= set(lacking(report))
    assert "not answered" in line(report, "Longest request").found
    assert_every_complaint_says_what_it_means(report)


def test_an_endpoint_that_leaves_text_out_in_silence_is_found_out(checked) -> None:
    report = checked(reader())
    assert not report.cut_short
    silent = report.model_copy(update={"longest": Longest(characters=26_000, answered=True, input_tokens=4_096)})
    assert silent.cut_short
    assert "without saying so" in line(silent, "Longest request").meaning


def test_a_failing_endpoint_ends_with_its_address(check, endpoint) -> None:
    endpoint.configure(faults=[Fault(kind="status_500")])
    with pytest.raises(JudgeUnavailable, match=r"answered 500\. Find out what is wrong at 'http://127"):
        check(endpoint.base_url, "mock")


def test_a_model_that_is_too_slow_is_given_up_after_one_try(check) -> None:
    def slow(asked: Asked) -> Reply:
        return Reply(CALM, seconds=8)

    with ScriptedServer.answer_from(slow) as server:
        with pytest.raises(JudgeUnavailable, match=r"did not answer a question of [\d,]+ characters within 5 seconds"):
            check(server.base_url, timeout=5.0)
        assert len(server.asked) == 1


def test_quotes_that_are_not_copied_and_contradictions_are_told(checked) -> None:
    def careless(asked: Asked) -> Any:
        if is_tempting(asked):
            return CALM
        answer = answered(asked, 0.95 if holds(asked) else 0.1)
        for number, finding in enumerate(answer["findings"].values()):
            if number and finding["quotes"]:
                finding["quotes"] = [{"passage": "P1", "text": "words that nobody in here ever wrote"}]
                finding["p"] = 0.1
        return answer

    report = checked(careless)
    assert 0 < report.quotes_found < 0.5 * report.quotes
    assert report.conflicts > 0
    assert line(report, "Quotes").status == "lacking"
    assert "word for word" in line(report, "Quotes").found
    assert line(report, "Contradictions").status == "weak"
    assert_every_complaint_says_what_it_means(report)


@pytest.mark.parametrize(("most", "found", "status"), [(5_000, "4,000 tokens;", "told"), (0, "not taken", "weak")])
def test_a_limit_on_an_answer_that_is_refused_is_lowered_and_told(checked, most: int, found: str, status: str) -> None:
    def small(asked: Asked) -> Any:
        if asked.body.get("max_tokens", 0) > most:
            return Reply(status=400, error={"message": "max_tokens is too large"})
        return reader()(asked)

    report = checked(small)
    assert report.answered == QUESTIONS
    assert found in line(report, "Limit on an answer").found
    assert line(report, "Limit on an answer").status == status


def test_a_failure_that_passes_spoils_nothing(checked) -> None:
    def shaky(asked: Asked) -> Reply | Mapping[str, Any] | str:
        return Reply(status=503) if asked.number == 1 else reader()(asked)

    report = checked(shaky)
    assert report.answered == QUESTIONS
    assert lacking(report) == ()


def test_the_key_is_in_no_message_and_no_report(check, endpoint) -> None:
    endpoint.configure(api_key="sk-right")
    with pytest.raises(JudgeUnavailable) as caught:
        check(endpoint.base_url, "mock", api_key=SecretStr("sk-wrong"))
    assert "does not accept the key" in str(caught.value)
    assert "sk-" not in str(caught.value)
    report = check(endpoint.base_url, "mock", api_key=SecretStr("sk-right"))
    assert "sk-" not in report.model_dump_json()


def test_the_cost_of_the_check_is_that_of_all_its_requests(check, endpoint) -> None:
    price = Price(input=1, output=1)
    report = check(endpoint.base_url, "mock", spending=Spending(price, model="mock"))
    stats = endpoint.stats()
    assert report.cost is not None
    assert report.requests == stats.calls
    assert report.input_tokens is not None
    assert report.cost > (REQUESTS - 1) * report.input_tokens / 1_000_000


@pytest.mark.parametrize(
    ("entry", "context", "field"),
    [
        ({"max_model_len": 32_768}, 32_768, "max_model_len"),
        ({"context_length": 131_072}, 131_072, "context_length"),
        ({"meta": {"n_ctx_train": 131_072, "n_ctx": 8_192}}, 8_192, "n_ctx"),
        ({"meta": {"n_ctx_train": 8_192}}, 8_192, "n_ctx_train"),
        ({"meta": None, "max_model_len": "many"}, None, ""),
        ({}, None, ""),
    ],
)
def test_the_context_length_is_read_in_each_servers_own_form(entry, context, field) -> None:
    others = {"id": "other", "max_model_len": 1}
    listing = read_listing({"data": [others, {"id": "mine", **entry}, "junk"]}, "mine")
    assert (listing.context_tokens, listing.context_field) == (context, field)
    assert listing.models == ("other", "mine")


@pytest.mark.parametrize("body", [None, [], "x", {"data": None}, {"data": [1]}, {"error": {"message": "no"}}])
def test_a_list_of_models_that_is_none_is_empty(body) -> None:
    listing = read_listing(body, "mine")
    assert (listing.models, listing.context_tokens) == ((), None)


def test_headers_that_are_no_limits_are_left_out() -> None:
    headers = {"X-RateLimit-Limit-Tokens": "1000", "x-ratelimit-note": "a\x1b[2Jb", "date": "today"}
    assert rate_limits(headers) == {"x-ratelimit-limit-tokens": "1000"}


def test_tokens_are_rounded_up_to_thousands() -> None:
    assert tokens_needed(3_600) == 2_000
    assert tokens_needed(3_601 * 2) == 4_000


@given(labelled=st.lists(st.tuples(st.floats(0, 1).map(lambda p: round(p, 2)), st.booleans()), max_size=60))
def test_the_auc_is_that_of_another_library_in_any_order(labelled: list[tuple[float, bool]]) -> None:
    spread = spread_of(labelled)
    if len({holds for _, holds in labelled}) < 2:
        assert spread is None
        return
    assert spread is not None
    theirs = roc_auc_score([holds for _, holds in labelled], [p for p, _ in labelled])
    assert spread.auc == pytest.approx(theirs, abs=0.0006)
    assert spread_of(labelled[::-1]) == spread
    assert sum(no for no, _ in spread.bins) == len(spread.no)
    assert sum(yes for _, yes in spread.bins) == len(spread.yes)


def test_counts_of_nothing_are_no_counts() -> None:
    report = EndpointReport(
        asked_model="m", endpoint="e", logprobs=False, questions=9, answered=9, requests=9,
        usage=True, input_tokens=0.0, output_tokens=0.0,
    )  # fmt: skip
    assert line(report, "Tokens").found == "not counted by the endpoint"
