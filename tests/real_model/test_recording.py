import shutil
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr

from evaluators.chat import judge as chat_judge
from evaluators.chat.judge import ChatJudge
from pipeline.models.verdicts import Answer, Request
from prompts.loader import FOLDER, load_prompt
from tests.evaluators.scripted_server import ScriptedServer, first_sentences
from tests.real_model.cassette_format import deserialize
from tests.real_model.conftest import Ask
from tests.real_model.questions import FERRY, WEIR, question
from tests.real_model.recording import REPLAYED_URL, first_difference, open_recording


def test_a_changed_prompt_fails_and_names_the_command(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "prompts")
    changed = folder / "rubric.md"
    text = changed.read_text(encoding="utf-8")
    changed.write_text(text.replace("# Rules for quotes", "# Rules for all quotes"), encoding="utf-8")
    monkeypatch.setattr(chat_judge, "load_prompt", partial(load_prompt, folder=folder))
    message = r"differs from the recorded one in 'whole_answers': messages\[0\]\.content line \d+ is '# Rules for all"
    with (
        pytest.raises(pytest.fail.Exception, match=rf"{message}.*`make record`"),
        open_recording("whole_answers", rewrite=False) as recording,
    ):
        ask(recording, [question(FERRY), question(WEIR)], max_output_tokens=400)


def test_changed_evidence_fails(ask: Ask) -> None:
    with (
        pytest.raises(pytest.fail.Exception, match=r"messages\[1\]\.content line \d+ is 'The quay has two lines"),
        open_recording("whole_answers", rewrite=False) as recording,
    ):
        ask(recording, [question(("The quay has two lines of 2 Mbit.", *FERRY[1:]))], max_output_tokens=400)


def test_a_changed_parameter_fails(ask: Ask) -> None:
    with (
        pytest.raises(pytest.fail.Exception, match="max_tokens is 401, recorded 400"),
        open_recording("whole_answers", rewrite=False) as recording,
    ):
        ask(recording, [question(FERRY)], max_output_tokens=401)


def test_a_recorded_request_that_is_not_made_fails(ask: Ask) -> None:
    with (
        pytest.raises(pytest.fail.Exception, match="1 recorded requests of 'whole_answers' were not made"),
        open_recording("whole_answers", rewrite=False) as recording,
    ):
        ask(recording, [question(FERRY)], max_output_tokens=400)


def test_an_answer_is_played_once(ask: Ask) -> None:
    with (
        pytest.raises(pytest.fail.Exception, match=r"no further request.*`make record`"),
        open_recording("whole_answers", rewrite=False) as recording,
    ):
        ask(recording, [question(FERRY), question(WEIR), question(FERRY)], max_output_tokens=400)


def test_without_a_recording_nothing_is_asked(ask: Ask, tmp_path: Path) -> None:
    with (
        pytest.raises(pytest.fail.Exception, match=r"no further request.*`make record`"),
        open_recording("never_recorded", rewrite=False, folder=tmp_path) as recording,
    ):
        ask(recording, [question(FERRY)], max_output_tokens=400)
    assert not list(tmp_path.iterdir())


def answer_from(base_url: str, texts: tuple[str, ...] = FERRY) -> Answer:
    judge = ChatJudge("scripted", base_url=base_url, api_key=SecretStr("sk-secret"), in_flight=1, retries=0)
    (answer,) = judge.answer([Request(key="k", content=judge.request(question(texts)))])
    return answer


def test_a_recording_holds_neither_key_nor_place_nor_versions(tmp_path: Path) -> None:
    with (
        ScriptedServer.answer_from(first_sentences) as server,
        open_recording("scripted", rewrite=True, folder=tmp_path),
    ):
        recorded = answer_from(server.base_url)
        port = server.base_url.rpartition(":")[2].removesuffix("/v1")
    text = (tmp_path / "scripted.yaml").read_text(encoding="utf-8")
    assert "sk-secret" not in text
    assert f":{port}" not in text
    (exchange,) = deserialize(text)["interactions"]
    assert exchange["request"]["uri"] == f"{REPLAYED_URL}/chat/completions"
    assert exchange["request"]["headers"] == {"content-type": ["application/json"]}
    assert {name.lower() for name in exchange["response"]["headers"]} == {"content-type"}
    with open_recording("scripted", rewrite=False, folder=tmp_path):
        assert answer_from(REPLAYED_URL).findings == recorded.findings != ()


def test_recording_anew_replaces_what_was_recorded(tmp_path: Path) -> None:
    with ScriptedServer.answer_from(first_sentences) as server:
        for texts in (FERRY, WEIR):
            with open_recording("scripted", rewrite=True, folder=tmp_path):
                answer_from(server.base_url, texts)
    text = (tmp_path / "scripted.yaml").read_text(encoding="utf-8")
    assert WEIR[0] in text
    assert FERRY[0] not in text


def test_a_recording_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    with ScriptedServer.answer_from(first_sentences) as server:
        with open_recording("scripted", rewrite=True, folder=tmp_path):
            answer_from(server.base_url)
        before = (tmp_path / "scripted.yaml").read_bytes()

        def record_and_fail() -> None:
            with open_recording("scripted", rewrite=True, folder=tmp_path):
                answer_from(server.base_url, WEIR)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            record_and_fail()
    assert (tmp_path / "scripted.yaml").read_bytes() == before


def test_only_the_order_of_a_schemas_properties_counts() -> None:
    assert first_difference({"a": 1, "b": [2]}, {"b": [2], "a": 1}) == ""
    one = {"schema": {"properties": {"quotes": {"type": "array"}, "met": {"type": "boolean"}}}}
    other = {"schema": {"properties": {"met": {"type": "boolean"}, "quotes": {"type": "array"}}}}
    assert first_difference(one, other) == "schema.properties has the fields met, quotes, recorded quotes, met"


def test_values_that_only_compare_equal_differ() -> None:
    assert first_difference({"p": 1}, {"p": True}) == "p is True, recorded 1"
    assert first_difference({"p": [1]}, {"p": [1, 1]}) == "p is [1, 1], recorded [1]"
