"""How an endpoint wants to be asked: which optional fields of OpenAI's protocol it takes, learnt from its refusals.

Endpoints that call themselves compatible differ in the fields they know, and OpenAI's own models differ among each
other. A field that is refused by name is left out from then on, so that a run costs one refused call a field and not
its life. Nothing here changes which answer counts: what was really sent stands beside each stored answer.
"""

import re
from typing import Literal, NamedTuple

from evaluators.chat.client import Call, ChatParameters, temperature_of, texts

AnswerForm = Literal["json_schema", "json_object", "text"]

_WEAKER: dict[AnswerForm, AnswerForm] = {"json_schema": "json_object", "json_object": "text"}
_FORM = re.compile(r"response_format|json_schema|json_object|structured output|guided|grammar", re.IGNORECASE)
_LENGTH = re.compile(r"max_(?:completion_|new_)?tokens|maximum context|context length|context size", re.IGNORECASE)
TOP_ALTERNATIVES = 5
"""Alternatives asked for at each token; enough to hold both `true` and `false` in their usual spellings."""


class Refusal(NamedTuple):
    """What an endpoint said to a request that it did not take (HTTP 400 or 422)."""

    code: str
    param: str
    message: str


class Dialect:
    """What one endpoint takes; starts with all that OpenAI documents.

    Args:
        official: The endpoint is OpenAI's own.
        logprobs: Whether to ask for log-probabilities.
        keeps_limit: Never send a request without a limit on its answer: a budget rests on it.
    """

    def __init__(self, *, official: bool, logprobs: bool = True, keeps_limit: bool = False) -> None:
        self.form: AnswerForm = "json_schema"
        self.version = 0
        """Raised with every lesson, so that calls sent before it know that they may be sent again."""
        self._keeps_limit = keeps_limit
        self._optional = {"temperature", "seed"} | ({"logprobs"} if logprobs else set())
        # Only OpenAI's own models insist on the newer name; many compatible servers know only the older.
        names = ("max_completion_tokens", "max_tokens")
        self._length_names = list(names if official else reversed(names))

    def body(self, parameters: ChatParameters, call: Call) -> dict[str, object]:
        """The JSON body of a chat completion request."""
        body: dict[str, object] = {"model": parameters.model, "messages": texts(call.messages)}
        temperature = temperature_of(parameters, call)
        if temperature is not None and "temperature" in self._optional:
            body["temperature"] = temperature
        if "seed" in self._optional:
            body["seed"] = parameters.seed + call.sample
        if self._length_names:
            body[self._length_names[0]] = parameters.max_output_tokens
        if "logprobs" in self._optional:
            body |= {"logprobs": True, "top_logprobs": TOP_ALTERNATIVES}
        if self.form == "json_schema":
            schema = {"name": call.schema_name, "strict": True, "schema": call.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif self.form == "json_object":
            body["response_format"] = {"type": "json_object"}
        return body

    def learn(self, refusal: Refusal, *, sent: int) -> bool:
        """Find out which field was refused and leave it out from now on.

        Args:
            refusal: What the endpoint said.
            sent: `version` when the refused body was made.

        Returns:
            Whether asking again makes sense; False if nothing that we could leave out was named.
        """
        if sent < self.version:
            return True  # Another call has met this refusal, and the body would be another one by now.
        if not self._give_up(refusal):
            return False
        self.version += 1
        return True

    def _give_up(self, refusal: Refusal) -> bool:
        # The beginning: some servers go on with the whole request, and a candidate may have written of temperatures.
        named = f"{refusal.param} {refusal.message[:300]}"
        if "logprobs" in self._optional and "logprob" in named:
            self._optional.discard("logprobs")
            return True
        for field in ("temperature", "seed"):
            if field in self._optional and re.search(rf"\b{field}\b", named):
                self._optional.discard(field)
                return True
        if _FORM.search(named) and self.form in _WEAKER:
            self.form = _WEAKER[self.form]
            return True
        if self._length_names and (_LENGTH.search(named) or refusal.code == "context_length_exceeded"):
            # First the other name, then no limit at all: some servers refuse a limit that exceeds their room.
            other_name = self._length_names[1:] if "unsupported" in refusal.code + refusal.message else []
            if not other_name and self._keeps_limit:
                return False
            self._length_names = other_name
            return True
        return False

    def facts(self, parameters: ChatParameters, call: Call) -> dict[str, str | int | float]:
        """What was really sent, for the record beside an answer."""
        facts: dict[str, str | int | float] = {"answer_form": self.form}
        temperature = temperature_of(parameters, call)
        if temperature is not None and "temperature" in self._optional:
            facts["temperature"] = temperature
        if "seed" in self._optional:
            facts["seed"] = parameters.seed + call.sample
        return facts
