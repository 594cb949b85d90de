"""Recording or playing back, by pytest-recording's `--record-mode`."""

import os
from collections.abc import Sequence
from typing import Protocol

import pytest

from evaluators.chat import judge as chat_judge
from evaluators.chat.judge import ChatJudge
from pipeline.ledger import request_key
from pipeline.models.dossier import Question
from pipeline.models.verdicts import Answer, Request
from tests.real_model.recording import REPLAYED_URL, Recording
from tests.real_model.server import MODEL, URL_VARIABLE

SLOW_SECONDS = 900.0
"""A prompt with its worked examples takes a small machine half a minute."""


class Ask(Protocol):
    """Asks the chat judge over a recording; answers come in the order of the questions."""

    def __call__(
        self, recording: Recording, questions: Sequence[Question], *, max_output_tokens: int
    ) -> list[Answer]: ...


@pytest.fixture(scope="session")
def rewrite(record_mode: str) -> bool:
    if record_mode not in ("none", "rewrite"):
        pytest.fail(f"Cassettes are played back or written anew; {record_mode!r} would mix two recordings.")
    return record_mode == "rewrite"


@pytest.fixture(scope="session")
def base_url(rewrite: bool) -> str:
    if rewrite and URL_VARIABLE not in os.environ:
        pytest.fail("There is no server to record from; run `make record`, which starts one.")
    return os.environ[URL_VARIABLE] if rewrite else REPLAYED_URL


@pytest.fixture(scope="session")
def ask(base_url: str) -> Ask:
    def run(recording: Recording, questions: Sequence[Question], *, max_output_tokens: int) -> list[Answer]:
        with pytest.MonkeyPatch.context() as patch:
            # The judge leaves room for a model that thinks; this one would fill it with repetitions.
            patch.setattr(chat_judge, "THINKING_TOKENS", max_output_tokens)
            judge = ChatJudge(MODEL, base_url=base_url, in_flight=1, timeout=SLOW_SECONDS, retries=0)
        contents = [judge.request(question) for question in questions]
        requests = [Request(key=request_key(judge.fingerprint, content), content=content) for content in contents]
        try:
            answers = {answer.key: answer for answer in judge.answer(requests)}
        finally:
            recording.check()
        return [answers[request.key] for request in requests]

    return run
