"""The chat judge with a real model behind a real server, as recorded.

The model has 135 million parameters and understands next to nothing: whether a check is met it answers by chance. What
is tested is everything around it: the wire, the strict form, log-probabilities, the look-up of quotes, the repair.
"""

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pytest

from evaluators.chat import exchange as chat_exchange
from evaluators.chat.client import Token
from evaluators.chat.schema import ChatRequest, Read, read_answer
from evaluators.grounding import ground
from pipeline.models.dossier import Dossier
from pipeline.models.verdicts import Answer, GroundedVerdict, Verdict
from tests.real_model.conftest import Ask
from tests.real_model.questions import FERRY, RUBRIC, WEIR, dossier, question
from tests.real_model.recording import Recording, open_recording
from tests.real_model.server import MODEL

CHECKS = [check.id for check in RUBRIC.checks]


class Conversation(NamedTuple):
    ferry: Answer
    weir: Answer
    recording: Recording


@pytest.fixture(scope="module")
def answered(ask: Ask, rewrite: bool) -> Conversation:
    """Two questions with room for whole answers."""
    # The model invents every quote of one answer. How that is repaired is tested with scripted answers; here the answer
    # itself is looked at, and whether grounding withdraws what it says all the same.
    with open_recording("whole_answers", rewrite=rewrite) as recording, pytest.MonkeyPatch.context() as patch:
        patch.setattr(chat_exchange, "read_answer", unquestioned)
        ferry, weir = ask(recording, [question(FERRY), question(WEIR)], max_output_tokens=400)
    return Conversation(ferry, weir, recording)


@pytest.fixture(scope="module")
def cut(ask: Ask, rewrite: bool) -> tuple[Answer, Recording]:
    """A question with room for a few words of an answer."""
    with open_recording("cut_answers", rewrite=rewrite) as recording:
        (answer,) = ask(recording, [question(FERRY)], max_output_tokens=24)
    return answer, recording


def unquestioned(text: str, request: ChatRequest, *, tokens: Sequence[Token] = ()) -> Read:
    """An answer that is taken though none of its quotes is found."""
    return read_answer(text, request, tokens=tokens)._replace(unproven=())


def grounded(answer: Answer, read: Dossier) -> GroundedVerdict:
    verdict = Verdict(subject="choices", findings=answer.findings, unscored=answer.unscored)
    return ground(verdict, rubric=RUBRIC, dossier=read)


def test_whole_answers_keep_the_strict_form(answered: Conversation) -> None:
    assert len(answered.recording.responses) == 2
    for asked, response in zip(answered.recording.requests, answered.recording.responses, strict=True):
        assert asked["response_format"]["json_schema"]["strict"] is True
        assert response["choices"][0]["finish_reason"] == "stop"
        stated = json.loads(response["choices"][0]["message"]["content"])
        assert list(stated) == ["findings"]
        assert list(stated["findings"]) == CHECKS
        assert [list(finding) for finding in stated["findings"].values()] == [["quotes", "met", "p"]] * len(CHECKS)


def test_whole_answers_are_used_without_a_repair(answered: Conversation) -> None:
    for answer in (answered.ferry, answered.weir):
        assert answer.unscored is None
        assert [finding.check for finding in answer.findings] == CHECKS
        assert answer.provider["calls"] == 1
        assert "repaired" not in answer.provider


def test_probabilities_are_the_odds_between_true_and_false(answered: Conversation) -> None:
    for answer, response in zip((answered.ferry, answered.weir), answered.recording.responses, strict=True):
        assert answer.provider["p_from"] == "logprob"
        reason, cost = odds(response)
        by_check = {finding.check: finding.p for finding in answer.findings}
        assert by_check["reason"] == pytest.approx(reason, abs=1e-5)
        assert by_check["cost"] == pytest.approx(reason * cost, abs=1e-5)
        assert 0 < by_check["cost"] < by_check["reason"] < 1


def odds(response: dict[str, Any]) -> Iterator[float]:
    """P(true) wherever the model wrote `true` or `false`, which no quote of these answers holds."""
    for token in response["choices"][0]["logprobs"]["content"]:
        if token["token"].strip() in ("true", "false"):
            weights = {"true": 0.0, "false": 0.0}
            for other in token["top_logprobs"]:
                if other["token"].strip() in weights:
                    weights[other["token"].strip()] += math.exp(other["logprob"])
            yield weights["true"] / sum(weights.values())


def test_alternatives_are_weighed_before_the_grammar_forbids_any(answered: Conversation) -> None:
    forbidden = {
        other["token"].strip()
        for response in answered.recording.responses
        for token in response["choices"][0]["logprobs"]["content"]
        if token["token"].strip() in ("true", "false")
        for other in token["top_logprobs"]
    } - {"true", "false"}
    assert forbidden, "the server has begun to renormalise: read its log-probabilities anew"


def test_words_that_stand_in_a_passage_are_cited(answered: Conversation) -> None:
    verdict = grounded(answered.ferry, dossier(FERRY))
    cited = [citation for finding in verdict.findings for citation in finding.citations]
    assert cited
    assert all(any(citation.quote in text for text in FERRY) for citation in cited)
    kept = [finding for finding in verdict.findings if finding.citations]
    assert all(finding.withdrawn is None and finding.p > 0 for finding in kept)


def test_words_that_the_model_has_from_elsewhere_are_withdrawn(answered: Conversation) -> None:
    stated = {finding.check: finding for finding in answered.weir.findings}
    invented = [
        check
        for check, finding in stated.items()
        if finding.p >= 0.2 and not any(quote.text in text for quote in finding.quotes for text in WEIR)
    ]
    assert invented
    verdict = grounded(answered.weir, dossier(WEIR))
    for finding in verdict.findings:
        if finding.check in invented:
            assert (finding.p, finding.met, finding.citations) == (0.0, False, ())
            assert finding.withdrawn is not None


def test_what_the_server_says_of_itself_is_kept(answered: Conversation) -> None:
    for answer, response in zip((answered.ferry, answered.weir), answered.recording.responses, strict=True):
        facts = answer.provider
        assert facts["model"] == MODEL
        assert facts["system_fingerprint"] == response["system_fingerprint"]
        assert facts["input_tokens"] == response["usage"]["prompt_tokens"] > 1_024
        assert facts["output_tokens"] == response["usage"]["completion_tokens"] < 400
        assert (facts["answer_form"], facts["temperature"], facts["seed"]) == ("json_schema", 0, 7)


def test_the_static_part_is_found_in_the_servers_cache(answered: Conversation) -> None:
    system, other = (body["messages"][0]["content"] for body in answered.recording.requests)
    assert system == other
    cached, read = answered.weir.provider["cached_tokens"], answered.weir.provider["input_tokens"]
    assert isinstance(cached, int)
    assert isinstance(read, int)
    assert cached > 0.9 * read


def test_a_cut_answer_is_repaired_once_and_then_unscored(cut: tuple[Answer, Recording]) -> None:
    answer, recording = cut
    assert [response["choices"][0]["finish_reason"] for response in recording.responses] == ["length", "length"]
    first, second = (body["messages"] for body in recording.requests)
    assert second[:2] == first
    assert [message["role"] for message in second[2:]] == ["assistant", "user"]
    assert second[2]["content"] == recording.responses[0]["choices"][0]["message"]["content"]
    assert "cut off" in second[3]["content"]
    assert answer.unscored == "judge_failed"
    assert answer.findings == ()
    assert "cut off" in answer.detail
    assert answer.provider["calls"] == 2


def test_an_unscored_answer_shows_nothing_and_denies_nothing(cut: tuple[Answer, Recording]) -> None:
    verdict = grounded(cut[0], dossier(FERRY))
    assert verdict.unscored == "judge_failed"
    assert verdict.findings == ()
