import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from pydantic import SecretStr

from evaluators.chat import langchain_client
from evaluators.chat.client import Call, ChatParameters, Reply
from evaluators.chat.completions import alternatives
from evaluators.chat.endpoints import PROVIDERS, endpoint_for, judge_name
from evaluators.chat.judge import ChatJudge
from evaluators.chat.langchain_client import LangChainClient
from evaluators.chat.langchain_replies import in_order, read_message
from evaluators.judging import judge_questions
from evaluators.rubric_library import load_rubric_library
from pipeline.errors import ConfigurationError, JudgeUnavailable
from pipeline.ledger import Ledger
from pipeline.models.dossier import QuestionPlan
from pipeline.models.verdicts import Answer
from tests.evaluators.batches.provider_server import SNAPSHOT, Answerer, Asked, ProviderServer, Said, findings
from tests.evaluators.chat.test_judge import TEXT, question, requests_for

CHECKS = [check.id for check in load_rubric_library()["tradeoff_reasoning"].checks]
SCHEMA = {
    "type": "object",
    "properties": {"quotes": {"type": "array"}, "preferred": {"type": "string"}, "p": {"type": "number"}},
}
Ask = Callable[..., tuple[list[Answer], ProviderServer]]


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever keys and addresses the machine has: no test sees them."""
    for name in list(os.environ):
        if name.startswith(("ANTHROPIC_", "GOOGLE_", "GEMINI_", "GROQ_", "MISTRAL_", "OLLAMA_", "LANG")):
            monkeypatch.delenv(name)


@pytest.fixture
def ask() -> Ask:
    """Ask some questions of a provider that answers from a function; answers come in the order of the questions."""

    def run(
        answerer: Answerer, *texts: str, provider: str = "anthropic", model: str = "claude-test", **options: Any
    ) -> tuple[list[Answer], ProviderServer]:
        with ProviderServer(answerer) as server:
            judge = ChatJudge(model, provider=provider, base_url=server.url(provider), **options)
            requests = requests_for(judge, *(question(text) for text in texts or (TEXT,)))
            answers = {answer.key: answer for answer in judge.answer(requests)}
        assert len(answers) == len(requests)
        return [answers[request.key] for request in requests], server

    return run


def good(asked: Asked) -> Said:
    return Said(findings(asked))


def refuse(offends: Callable[[Asked], bool], message: str) -> Answerer:
    return lambda asked: (
        Said(status=400, kind="invalid_request_error", message=message) if offends(asked) else good(asked)
    )


def test_the_whole_judge_works_with_another_provider(tmp_path: Path) -> None:
    def quoting(asked: Asked) -> Said:
        quote = {"passage": "P1", "text": TEXT}
        return Said({"findings": {check: {"quotes": [quote], "met": True, "p": 0.9} for check in asked.checks}})

    plans = {f"c{n}": QuestionPlan(questions=(question(f"{TEXT} {n}"),)) for n in range(5)}
    with ProviderServer(quoting) as server, Ledger.open(tmp_path / "ledger.db") as ledger:
        judge = ChatJudge("claude-test", provider="anthropic", base_url=server.url("anthropic"))
        first = judge_questions(plans, judge=judge, ledger=ledger, run_id="1")
        assert (first.statistics.asked, first.statistics.failed) == (5, 0)
        second = judge_questions(plans, judge=judge, ledger=ledger, run_id="2")
        assert len(server.asked) == 5
    assert second.verdicts == first.verdicts
    assert first.verdicts["c0"][0].findings[0].quotes[0].text == TEXT


def test_anthropic_is_asked_by_strict_schema_with_the_static_part_marked_for_its_cache(ask: Ask) -> None:
    _, server = ask(good)
    body = server.asked[0].body
    assert list(body["output_config"]["format"]["schema"]["properties"]["findings"]["properties"]) == CHECKS
    assert body["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert "six people" in body["system"][0]["text"]
    assert TEXT not in json.dumps(body["system"])
    assert TEXT in json.dumps(body["messages"])
    assert body["temperature"] == 0
    assert {"seed", "tools", "stream", "response_format"}.isdisjoint(body)


def test_tokens_are_counted_as_for_every_other_provider(ask: Ask) -> None:
    answers, _ = ask(good, *(f"text {number}" for number in range(4)))
    wrote, *read = sorted(answers, key=lambda answer: -int(answer.provider["written_tokens"]))
    assert wrote.provider["cached_tokens"] == 0
    assert 1_024 < int(wrote.provider["written_tokens"]) < int(wrote.provider["input_tokens"])
    for answer in read:
        assert answer.provider["cached_tokens"] == wrote.provider["written_tokens"]
        assert answer.provider["input_tokens"] == wrote.provider["input_tokens"]
    facts = wrote.provider
    assert (facts["model"], facts["output_tokens"], facts["answer_form"]) == (SNAPSHOT, 50, "json_schema")
    assert facts["temperature"] == 0
    assert "seed" not in facts


def test_a_model_without_schemas_answers_by_a_tool_from_then_on(ask: Ask) -> None:
    message = "output_config.format: structured outputs are not available for this model"
    answers, server = ask(refuse(lambda asked: not asked.by_tool, message), "one", "two", "three", "four", in_flight=1)
    assert [answer.unscored for answer in answers] == [None] * 4
    assert {answer.provider["answer_form"] for answer in answers} == {"tool"}
    assert [finding.check for finding in answers[0].findings] == CHECKS
    assert len(server.asked) == 5
    tool = server.asked[-1].body["tools"][0]
    assert list(tool["input_schema"]["properties"]["findings"]["properties"]) == CHECKS
    assert server.asked[-1].body["tool_choice"] == {"type": "tool", "name": "findings"}


def test_a_model_without_schemas_and_tools_is_told_by_the_prompt_alone(ask: Ask) -> None:
    def words(asked: Asked) -> Said:
        if asked.by_tool or asked.schema:
            message = "tool_choice is not supported" if asked.by_tool else "output_config: Extra inputs"
            return Said(status=400, kind="invalid_request_error", message=message)
        one = {"quotes": [], "met": False, "p": 0.1}
        return Said("Here it is:\n" + json.dumps({"findings": dict.fromkeys(CHECKS, one)}))

    (answer,), server = ask(words)
    assert answer.unscored is None
    assert answer.provider["answer_form"] == "text"
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("`temperature` is deprecated for this model.", "temperature"),
        ("max_tokens: 16000 > 4096, which is the maximum allowed number of output tokens", "max_tokens"),
    ],
)
def test_a_field_that_the_provider_refuses_is_left_out(ask: Ask, message: str, field: str) -> None:
    sent = {"temperature": 0.0, "max_tokens": 16_000}[field]
    answers, server = ask(
        refuse(lambda asked: asked.body.get(field) == sent, message), "one", "two", "three", in_flight=1
    )
    assert [answer.unscored for answer in answers] == [None] * 3
    assert len(server.asked) == 4


def test_a_field_that_the_library_refuses_is_left_out_too(ask: Ask) -> None:
    # LangChain knows of this model that it takes no temperature, and raises before anything is sent.
    (answer,), server = ask(good, model="claude-sonnet-5-5")
    assert answer.unscored is None
    assert "temperature" not in answer.provider
    assert [asked.body.get("temperature") for asked in server.asked] == [None]


def test_an_answer_off_the_schema_is_repaired_by_the_model_and_by_nobody_else(ask: Ask) -> None:
    def cut_in_the_middle(asked: Asked) -> Said:
        whole = json.dumps(findings(asked))
        return Said(whole if asked.number > 1 else whole[:-30])

    (answer,), server = ask(cut_in_the_middle)
    assert (answer.unscored, answer.provider["repaired"]) == (None, 1)
    assert [message["role"] for message in server.asked[1].body["messages"]] == ["user", "assistant", "user"]
    (answer,), _ = ask(lambda asked: Said({"findings": {"reason": {"quotes": [], "met": True, "p": 1}}}))
    assert answer.unscored == "judge_failed"


@pytest.mark.parametrize(
    ("stop", "reason", "detail"), [("max_tokens", "judge_failed", "too long"), ("refusal", "judge_refused", "refused")]
)
def test_stop_reasons_are_told_apart(ask: Ask, stop: str, reason: str, detail: str) -> None:
    (answer,), server = ask(lambda asked: Said(findings(asked), stop=stop))
    assert answer.unscored == reason
    assert detail in answer.detail
    assert len(server.asked) == 2


@pytest.mark.parametrize(("status", "kind"), [(429, "rate_limit_error"), (500, "api_error"), (529, "overloaded_error")])
def test_transient_errors_are_retried_in_one_layer(ask: Ask, status: int, kind: str) -> None:
    broken = Said(status=status, kind=kind, headers={"Retry-After": "0.01"})
    (answer,), server = ask(lambda _: broken, retries=2)
    assert len(server.asked) == (3 if status == 500 else 7)
    assert (answer.unscored, answer.detail) == ("judge_failed", f"the endpoint answered {status} ({kind})")


def test_a_request_that_is_turned_down_is_unscored_without_repeating_what_it_held(ask: Ask) -> None:
    (answer,), server = ask(
        lambda asked: Said(status=400, kind="invalid_request_error", message=f"bad words in {TEXT}")
    )
    assert answer.detail == "the endpoint answered 400 (invalid_request_error)"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (Said(status=401, kind="authentication_error"), "ANTHROPIC_API_KEY"),
        (Said(status=404, kind="not_found_error"), "knows no model 'claude-test'"),
        (
            Said(status=400, kind="invalid_request_error", message="Your credit balance is too low to access the API"),
            "no credit left",
        ),
        (Said(status=429, kind="rate_limit_error", headers={"Retry-After": "7200"}), "120 minutes"),
    ],
    ids=["wrong key", "unknown model", "no credit", "daily quota"],
)
def test_an_error_for_every_request_stops_the_judge_with_the_next_step(said: Said, told: str) -> None:
    with ProviderServer(lambda _: said) as server:
        judge = ChatJudge("claude-test", provider="anthropic", base_url=server.url("anthropic"), retries=1)
        with pytest.raises(JudgeUnavailable, match=told):
            list(judge.answer(requests_for(judge, *(question(f"text {number}") for number in range(40)))))
        assert len(server.asked) < 20


def test_a_slow_answer_and_one_that_is_none_are_unscored(ask: Ask) -> None:
    (slow,), _ = ask(lambda _: Said("{}", seconds=0.6), timeout=0.2, retries=0)
    assert "did not answer in time" in slow.detail
    (page,), _ = ask(lambda _: Said(raw=b"<html>gateway</html>"), retries=0)
    assert "no usable answer" in page.detail
    (elsewhere,), server = ask(lambda _: Said(status=307, headers={"Location": "/v1/messages"}), retries=0)
    assert "307" in elsewhere.detail
    assert len(server.asked) == 1


def test_a_provider_that_is_not_there_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://user:secret@127.0.0.1:{taken.getsockname()[1]}"
        judge = ChatJudge("claude-test", provider="anthropic", base_url=url, retries=0)
        with pytest.raises(JudgeUnavailable, match=r"cannot connect to the chat endpoint 'http://127") as caught:
            list(judge.answer(requests_for(judge, question())))
    assert "secret" not in str(caught.value)


def test_the_judge_can_be_asked_again_in_another_event_loop(recwarn: pytest.WarningsRecorder) -> None:
    with ProviderServer(good) as server:
        judge = ChatJudge("claude-test", provider="anthropic", base_url=server.url("anthropic"))
        for text in ("first", "second", "third"):
            (answer,) = judge.answer(requests_for(judge, question(text)))
            assert answer.unscored is None
    assert not recwarn.list


ASK_ONCE = """
import sys
from langchain_core.tracers.langchain import wait_for_all_tracers
from evaluators.chat.judge import ChatJudge
from tests.evaluators.chat.test_judge import question, requests_for
judge = ChatJudge("claude-test", provider="anthropic", base_url=sys.argv[1])
(answer,) = judge.answer(requests_for(judge, question()))
wait_for_all_tracers()
sys.exit(0 if answer.unscored is None else 1)
"""


def test_no_variable_of_another_program_sends_texts_elsewhere() -> None:
    # In a process of its own: the tracing library reads its variables once.
    addresses = ("LANGSMITH_ENDPOINT", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_URL", "ANTHROPIC_PROXY")
    switches = ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "LANGSMITH_GATEWAY")
    with ProviderServer(good) as server, ProviderServer(good) as elsewhere:
        variables = {
            **dict.fromkeys(addresses, elsewhere.url("anthropic")),
            **dict.fromkeys(switches, "true"),
            "LANGSMITH_API_KEY": "not-a-key",
        }
        subprocess.run(
            [sys.executable, "-c", ASK_ONCE, server.url("anthropic")],
            cwd=Path(__file__).parents[3],
            env={**os.environ, **variables},
            check=True,
            timeout=100,
        )
        assert len(server.asked) == 1
        assert elsewhere.paths == []


def test_anthropics_own_tracing_is_off(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_OPEN_TELEMETRY", "true")
    monkeypatch.setenv("ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE", "content")
    traced: list[object] = []
    monkeypatch.setattr("opentelemetry.trace.get_tracer", lambda *_, **__: traced.append("tracer"))
    (answer,), _ = ask(good)
    assert (answer.unscored, traced) == (None, [])


def test_openais_key_goes_to_no_other_provider(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    _, server = ask(good, api_key=SecretStr("sk-openai"))
    assert "sk-openai" not in str(server.asked[0].headers)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test")
    _, server = ask(good)
    assert "sk-ant-test" in str(server.asked[0].headers)


def test_what_is_missing_is_said_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="needs a key: set ANTHROPIC_API_KEY"):
        ChatJudge("claude-test", provider="anthropic")
    with pytest.raises(ConfigurationError, match="is no URL"):
        ChatJudge("claude-test", provider="anthropic", base_url="localhost:1")
    monkeypatch.setattr("evaluators.chat.endpoints.find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match=r'pip install "shortlist\[mistral\]"'):
        ChatJudge("mistral-test", provider="mistralai")
    with pytest.raises(ConfigurationError, match="is not known"):
        ChatJudge("m", provider="nobody")


def test_a_judges_name_is_a_provider_and_a_model() -> None:
    assert judge_name("openai:gpt-5-mini") == ("openai", "gpt-5-mini")
    assert judge_name("ollama:llama3.1:8b") == ("ollama", "llama3.1:8b")
    for wrong in ("gpt-5-mini", "claude:opus", "", "OpenAI:gpt-5-mini", ":x"):
        with pytest.raises(ConfigurationError, match="openai, anthropic, google_genai, groq, mistralai, ollama"):
            judge_name(wrong)
    with pytest.raises(ConfigurationError, match="names no model"):
        judge_name("anthropic:")


def test_the_extras_of_the_providers_exist() -> None:
    import tomllib

    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for provider in PROVIDERS.values():
        packages = " ".join(project["optional-dependencies"][provider.extra])
        assert provider.package.replace("_", "-") in packages


def test_the_fingerprint_knows_the_provider() -> None:
    one = ChatJudge("m", provider="anthropic", base_url="http://localhost:1")
    assert one.fingerprint != ChatJudge("m", base_url="http://localhost:1").fingerprint
    assert one.fingerprint == ChatJudge("m", provider="anthropic", base_url="http://localhost:2").fingerprint


def test_making_the_judge_does_not_import_langchain() -> None:
    code = (
        "import sys, evaluators.chat.judge as c;"
        "c.ChatJudge('m', provider='anthropic', base_url='http://localhost:1');"
        "sys.exit(any(name.split('.')[0] in ('langchain', 'langchain_core', 'anthropic') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=False).returncode == 0


def needs(provider: str) -> Any:
    package = PROVIDERS[provider].package
    installed = subprocess.run([sys.executable, "-c", f"import {package}"], capture_output=True, check=False)
    return pytest.param(
        provider,
        marks=pytest.mark.skipif(installed.returncode != 0, reason=f"needs the extra {PROVIDERS[provider].extra!r}"),
    )


@pytest.mark.parametrize("provider", [needs(provider) for provider in PROVIDERS])
def test_every_provider_answers_tires_and_refuses(ask: Ask, provider: str) -> None:
    def shaky(asked: Asked) -> Said:
        if asked.number == 1:
            return Said(status=503)
        if asked.number == 2:
            return Said(status=429, kind="rate_limit_error", headers={"Retry-After": "0.01"})
        return good(asked)

    answers, server = ask(shaky, "one", "two", "three", provider=provider)
    assert [answer.unscored for answer in answers] == [None] * 3
    assert len(server.asked) == 5
    facts = answers[0].provider
    assert facts["answer_form"] == "json_schema"
    assert (facts["temperature"], facts["output_tokens"]) == (0, 50)
    assert int(facts["input_tokens"]) > 50
    length = {"ollama": "num_predict", "google_genai": "maxOutputTokens"}.get(provider, "max_tokens")
    assert f'"{length}": 16000' in server.asked[-1].text
    assert ('seed": 7' in server.asked[-1].text) == ("seed" in facts) == (provider != "anthropic")

    (answer,), _ = ask(lambda _: Said("{}", seconds=0.6), provider=provider, timeout=0.2, retries=0)
    assert "in time" in answer.detail
    with pytest.raises(JudgeUnavailable, match="it does not accept the key"):
        ask(lambda _: Said(status=401, kind="unauthenticated"), provider=provider)


@pytest.mark.parametrize("provider", [needs(provider) for provider in PROVIDERS if provider != "ollama"])
def test_every_provider_can_answer_by_a_tool(ask: Ask, provider: str) -> None:
    message = "This model does not support response format json_schema"
    answers, server = ask(refuse(lambda asked: not asked.by_tool, message), "one", "two", provider=provider)
    assert [answer.unscored for answer in answers] == [None] * 2
    assert answers[0].provider["answer_form"] == "tool"
    assert server.asked[-1].by_tool


async def reply_of(message: AIMessage, monkeypatch: pytest.MonkeyPatch, *, provider: str = "ollama") -> Reply:
    """What the client makes of a message of LangChain's own fake model."""

    async def close() -> None:
        pass

    fake = GenericFakeChatModel(messages=iter([message]))
    monkeypatch.setattr(langchain_client, "_open", lambda *_, **__: SimpleNamespace(chat=fake, close=close))
    parameters = ChatParameters(model="m", temperature=0.0, max_output_tokens=100, seed=7)
    client = LangChainClient(
        parameters, provider=provider, base_url="http://localhost:1", api_key=SecretStr("x"), timeout=5, in_flight=1
    )
    reply = await client.ask(Call((("system", "s"), ("user", "u")), "comparison", SCHEMA))
    await client.close()
    return reply


def shaped(message: AIMessage, monkeypatch: pytest.MonkeyPatch) -> Reply:
    import asyncio

    return asyncio.run(reply_of(message, monkeypatch))


def test_thinking_is_no_part_of_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks: list[Any] = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": '{"p": 1}'}]
    assert shaped(AIMessage(content=blocks), monkeypatch).text == '{"p": 1}'


@pytest.mark.parametrize(
    ("metadata", "kind"),
    [
        ({"finish_reason": "stop"}, "answered"),
        ({"finish_reason": "STOP"}, "answered"),
        ({"done_reason": "length"}, "cut"),
        ({"finish_reason": "MAX_TOKENS"}, "cut"),
        ({"finish_reason": "model_length"}, "cut"),
        ({"stop_reason": "model_context_window_exceeded"}, "cut"),
        ({"finish_reason": "SAFETY"}, "refused"),
        ({"stop_reason": "refusal"}, "refused"),
        ({"prompt_feedback": {"block_reason": "PROHIBITED_CONTENT"}}, "refused"),
        ({"prompt_feedback": {"block_reason": 0}, "finish_reason": "STOP"}, "answered"),
    ],
)
def test_the_ways_to_say_how_an_answer_ended(
    monkeypatch: pytest.MonkeyPatch, metadata: dict[str, Any], kind: str
) -> None:
    assert shaped(AIMessage(content="{}", response_metadata=metadata), monkeypatch).kind == kind


def test_ollamas_log_probabilities_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = [
        {"token": " true", "logprob": -0.1, "top_logprobs": [{"token": " false", "logprob": -2.4}]},
        {"token": "}", "logprob": 0.0},
    ]
    reply = shaped(AIMessage(content=" true}", response_metadata={"logprobs": tokens}), monkeypatch)
    assert [token.text for token in reply.tokens] == [b" true", b"}"]
    assert alternatives(reply.tokens[0]) == {b" true": -0.1, b" false": -2.4}


def test_a_tool_call_that_is_no_json_is_passed_on_as_it_stands() -> None:
    broken = AIMessage(
        content="",
        invalid_tool_calls=[
            {"name": "comparison", "args": '{"p": ', "id": "1", "error": None, "type": "invalid_tool_call"}
        ],
    )
    assert read_message(broken, schema=SCHEMA, by_tool=True).text == '{"p": '
    words = AIMessage(content="I would rather talk")
    assert read_message(words, schema=SCHEMA, by_tool=True).text == "I would rather talk"


def test_arguments_of_a_tool_come_in_the_order_of_the_schema() -> None:
    called = AIMessage(
        content="",
        tool_calls=[{"name": "comparison", "id": "1", "args": {"p": 1, "extra": "ü", "preferred": "A", "quotes": []}}],
    )
    text = read_message(called, schema=SCHEMA, by_tool=True).text
    assert text == '{"quotes": [], "preferred": "A", "p": 1, "extra": "ü"}'


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=12,
)


@given(value=JSON)
def test_putting_fields_in_order_changes_nothing_else(value: Any) -> None:
    schema = {"properties": {"d": {"properties": {"b": {}, "a": {}}}, "a": {"items": {"properties": {"c": {}}}}}}
    assert in_order(value, schema) == value
    if isinstance(value, dict):
        assert list(in_order(value, schema)) == sorted(
            value, key=lambda name: ("d", "a").index(name) if name in "da" else 9
        )


def test_an_endpoint_of_openais_protocol_needs_no_langchain() -> None:
    endpoint = endpoint_for("m", base_url="http://localhost:1/v1", api_key=None, timeout=1)
    assert endpoint.provider == "openai"
