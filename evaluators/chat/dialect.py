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
_FORM = re.compile(
    r"response[_ -]?formats?|json[_ -](?:schema|object|mode)|structured[_ -]outputs?|guided|grammar", re.IGNORECASE
)
_LENGTH = re.compile(
    r"max_(?:completion_|new_)?tokens|maximum context|context[_ ](?:length|window|size)", re.IGNORECASE
)
_TOO_MUCH = re.compile(r"too (?:large|long|many|high)|exceed|maximum|at most|less than|greater|>|limit", re.IGNORECASE)
_ROLE = re.compile(
    r"(?:system|developer)['\"`]? (?:role|messages?|instructions?|prompts?)\b"
    r"|role['\"`:]* ['\"`]?(?:system|developer)\b"
    r"|messages?[\[\].\d]+role|roles must alternate|only user and assistant roles"
    r"|does not support ['\"`]?(?:system|developer)\b",
    re.IGNORECASE,
)
_NOT_OF_FIELDS = re.compile(r"model_not_found|quota|billing|credit|api[_ ]key|model\b.{0,80}not (?:found|exist)", re.I)
"""Refusals that no other way of asking would change."""
LEAST_TOKENS = 1_000
"""Room that an answer needs; with less, more of them would be cut off than be read."""
_CONTEXT = re.compile(r"context (?:length|window|size)\D{0,40}?(\d[\d,]*)|(\d[\d,]*)[- ]tokens? context", re.IGNORECASE)
_INPUT = re.compile(
    r"(\d[\d,]*) (?:tokens )?(?:in|from) the (?:messages|prompt|input)|(\d[\d,]*) (?:input|prompt) tokens",
    re.IGNORECASE,
)
_AT_MOST = re.compile(
    r"(?:at most|less than or equal to|no more than|up to|<=) ['\"`]?(\d[\d,]*)"
    r"|maximum (?:value )?(?:of|is) (\d[\d,]*)",
    re.IGNORECASE,
)
TOP_ALTERNATIVES = 5
"""Alternatives asked for at each token; enough to hold both `true` and `false` in their usual spellings."""


Instructions = Literal["system", "developer", "user"]
"""The role that the instructions are sent in; `user`: before the question, in one message with it."""
_OTHER_ROLE: dict[Instructions, Instructions] = {"system": "developer", "developer": "user"}


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
        keeps_limit: Never send a request without a limit on its answer: a budget rests on it. A limit that is refused
            is lowered.
        tries_limit: Lower a limit that is refused before going on without any.
    """

    def __init__(
        self, *, official: bool, logprobs: bool = True, keeps_limit: bool = False, tries_limit: bool = False
    ) -> None:
        self.form: AnswerForm = "json_schema"
        self.version = 0
        """Raised with every lesson, so that calls sent before it know that they may be sent again."""
        self._keeps_limit = keeps_limit
        self._lowers_limit = keeps_limit or tries_limit
        self._most: int | None = None
        self._sent_most = 0
        self._instructions: Instructions = "system"
        self._worked = self._guessed = False
        self._before_guessing: tuple[set[str], AnswerForm, Instructions] | None = None
        self._optional = {"temperature", "seed"} | ({"logprobs"} if logprobs else set())
        # Only OpenAI's own models insist on the newer name; many compatible servers know only the older.
        names = ("max_completion_tokens", "max_tokens")
        self._length_names = list(names if official else reversed(names))

    def body(self, parameters: ChatParameters, call: Call) -> dict[str, object]:
        """The JSON body of a chat completion request."""
        body: dict[str, object] = {"model": parameters.model, "messages": self._messages(call)}
        temperature = temperature_of(parameters, call)
        if temperature is not None and "temperature" in self._optional:
            body["temperature"] = temperature
        if "seed" in self._optional:
            body["seed"] = parameters.seed + call.sample
        if self._length_names:
            body[self._length_names[0]] = self._sent_most = self.limit(parameters) or 0
        if "logprobs" in self._optional:
            body |= {"logprobs": True, "top_logprobs": TOP_ALTERNATIVES}
        if self.form == "json_schema":
            schema = {"name": call.schema_name, "strict": True, "schema": call.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif self.form == "json_object":
            body["response_format"] = {"type": "json_object"}
        return body

    def _messages(self, call: Call) -> list[dict[str, str]]:
        messages = texts(call.messages)
        if self._instructions == "developer":
            return [{**one, "role": "developer"} if one["role"] == "system" else one for one in messages]
        if self._instructions == "system":
            return messages
        # Whoever knows no system role mostly wants user and assistant in turns too.
        merged: list[dict[str, str]] = []
        for one in messages:
            role = "user" if one["role"] == "system" else one["role"]
            if merged and merged[-1]["role"] == role:
                merged[-1] = {"role": role, "content": f"{merged[-1]['content']}\n\n{one['content']}"}
            else:
                merged.append({"role": role, "content": one["content"]})
        return merged

    def note_success(self) -> None:
        """Note that the endpoint answers a request as it is asked now."""
        self._worked = True

    def learn(self, refusal: Refusal, *, sent: int, guess: bool = False) -> bool:
        """Find out which field was refused and leave it out from now on.

        Args:
            refusal: What the endpoint said.
            sent: `version` when the refused body was made.
            guess: Where no field is named and nothing was answered so far, leave one after the other out.

        Returns:
            Whether asking again makes sense; False if nothing that we could leave out was named.
        """
        if sent < self.version:
            return True  # Another call has met this refusal, and the body would be another one by now.
        changed = self._give_up(refusal)
        if changed is None:
            changed = guess and not self._worked and _NOT_OF_FIELDS.search(_named(refusal)) is None and self._guess()
        if not changed:
            return False
        self.version += 1
        return True

    def _give_up(self, refusal: Refusal) -> bool | None:
        """Whether something was changed; None if nothing was recognised."""
        named = _named(refusal)
        if "logprobs" in self._optional and re.search(r"log_?prob", named, re.IGNORECASE):
            self._optional.discard("logprobs")
            return True
        for field in ("temperature", "seed"):
            if field in self._optional and re.search(rf"\b{field}\b", named, re.IGNORECASE):
                self._optional.discard(field)
                return True
        if _ROLE.search(named):
            return self._other_role()
        if _FORM.search(named):
            return self._weaker_form()
        return self._other_length(refusal) if speaks_of_length(refusal) else None

    def _other_role(self) -> bool:
        other = _OTHER_ROLE.get(self._instructions)
        self._instructions = other or self._instructions
        return other is not None

    def _weaker_form(self) -> bool:
        weaker = _WEAKER.get(self.form)
        self.form = weaker or self.form
        return weaker is not None

    def _other_length(self, refusal: Refusal) -> bool:
        """First the other name, then a lower limit, then none at all: some servers refuse more than they have room for.

        A lower limit holds for all later requests; under a budget too little room for one request is no reason to
        take it from all others, so that the limit is what it was when none is low enough.
        """
        if not self._length_names:
            return False
        named = _named(refusal).lower()
        others = self._length_names[1:]
        wrong_name = "unsupported" in named or (bool(others) and others[0] in named and not _TOO_MUCH.search(named))
        if others and wrong_name:
            self._length_names = others
            return True
        if self._lowers_limit and (lower := _lower_limit(named, self._sent_most)) is not None:
            self._length_names, self._most = self._length_names[:1], lower
            return True
        if self._keeps_limit:
            self._most = None
            return False
        self._length_names = []
        return True

    def _guess(self) -> bool:
        """Leave one optional field more out; when that was the last, send all of them again and guess no more."""
        if self._guessed:
            return False
        if self._before_guessing is None:
            self._before_guessing = (set(self._optional), self.form, self._instructions)
        for field in ("logprobs", "seed"):
            if field in self._optional:
                self._optional.discard(field)
                return True
        if self._weaker_form():
            return True
        if "temperature" in self._optional:
            self._optional.discard("temperature")
            return True
        if self._other_role():
            return True
        # Whatever was wrong, it was none of these.
        self._optional, self.form, self._instructions = self._before_guessing
        self._guessed = True
        self.version += 1
        return False

    def limit(self, parameters: ChatParameters) -> int | None:
        """Tokens that an answer may take, as it is sent; None if no limit is."""
        return (
            min(parameters.max_output_tokens, self._most or parameters.max_output_tokens)
            if self._length_names
            else None
        )

    def facts(self, parameters: ChatParameters, call: Call) -> dict[str, str | int | float]:
        """What was really sent, for the record beside an answer."""
        facts: dict[str, str | int | float] = {"answer_form": self.form}
        temperature = temperature_of(parameters, call)
        if temperature is not None and "temperature" in self._optional:
            facts["temperature"] = temperature
        if "seed" in self._optional:
            facts["seed"] = parameters.seed + call.sample
        if self._instructions != "system":
            facts["instructions"] = self._instructions
        if self._most is not None:
            facts["max_output_tokens"] = self._most
        return facts


def speaks_of_length(refusal: Refusal) -> bool:
    """Whether a request was refused for its length or the room that it asked for."""
    return refusal.code == "context_length_exceeded" or _LENGTH.search(_named(refusal)) is not None


def _named(refusal: Refusal) -> str:
    # The beginning: some servers go on with the whole request, and a candidate may have written of temperatures.
    return f"{refusal.code} {refusal.param} {refusal.message[:300]}"


def _lower_limit(message: str, limit: int) -> int | None:
    """A lower limit on an answer, by the figures of a refusal or half of the refused one; None if there is no room."""
    context, given, most = (_figure(pattern, message) for pattern in (_CONTEXT, _INPUT, _AT_MOST))
    if context is not None and given is not None and context - given < LEAST_TOKENS:
        return None
    room = most if most is not None else context - given if context is not None and given is not None else None
    if room is not None and LEAST_TOKENS <= room < limit:
        return room
    return max(LEAST_TOKENS, limit // 2) if limit > LEAST_TOKENS else None


def _figure(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    return int(next(part for part in found.groups() if part).replace(",", "")) if found is not None else None
