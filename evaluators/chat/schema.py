"""What a chat model is asked and how its answer is read: one rubric gives schema, check list and validation."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeVar

from pydantic import Field, ValidationError

from evaluators.chat.client import JsonSchema, Token
from evaluators.chat.token_probability import met_probabilities
from pipeline.errors import JudgeError
from pipeline.models.base import FrozenModel
from pipeline.models.scorecard import Rubric
from pipeline.models.verdicts import Finding, Quote

FORMAT: Literal["chat findings 2"] = "chat findings 2"
"""Raise the number when the answer's form changes; stored answers to the old form are then not used."""

M = TypeVar("M", bound=FrozenModel)

AnswerKind = Literal["findings", "pair", "follow_up"]


class OffSchema(JudgeError):
    """An answer that cannot be used; the message tells the model why, without repeating what it wrote."""


class AskedCheck(FrozenModel):
    """What is needed of a check to read its answer."""

    id: str
    requires: tuple[str, ...] = ()


class ChatRequest(FrozenModel):
    """One question as it is asked; its bytes are what the ledger's key is made of."""

    format: Literal["chat findings 2"] = FORMAT
    answer: AnswerKind = "findings"
    prompt: str = ""
    """Id, version and start of the hash of the prompt, such as `rubric@2 3f9c0a11`."""
    system: str
    user: str
    passages: tuple[str, ...]
    """Ids behind the labels; not sent, but equal texts of different ids are different requests."""
    labels: tuple[str, ...] = ()
    """Names under which the passages are shown, in their order; P1, P2, ... if empty."""
    checks: tuple[AskedCheck, ...]

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        return json.dumps(self.model_dump(), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def ids(self) -> dict[str, str]:
        """Passage ids by label."""
        labels = self.labels or tuple(label(index) for index in range(len(self.passages)))
        return dict(zip(labels, self.passages, strict=True))


class _StatedQuote(FrozenModel):
    passage: str
    text: str


class _StatedFinding(FrozenModel):
    quotes: tuple[_StatedQuote, ...]
    met: bool
    p: float = Field(ge=0, le=1, allow_inf_nan=False)


class _Stated(FrozenModel):
    findings: dict[str, _StatedFinding]


class _StatedPair(FrozenModel):
    quotes: tuple[_StatedQuote, ...]
    preferred: Literal["A", "B", "neither"]
    p: float = Field(ge=0, le=1, allow_inf_nan=False)


class _StatedFollowUp(FrozenModel):
    passage: str
    quote: str
    question: str


class _StatedFollowUps(FrozenModel):
    questions: tuple[_StatedFollowUp, ...]


def label(index: int) -> str:
    """The name under which a passage is shown, from P1."""
    return f"P{index + 1}"


def asked_checks(rubric: Rubric) -> tuple[AskedCheck, ...]:
    """The part of a rubric that travels with the request."""
    return tuple(AskedCheck(id=check.id, requires=check.requires) for check in rubric.checks)


def check_list(rubric: Rubric) -> str:
    """The checks as the prompt shows them."""
    lines = []
    for check in rubric.checks:
        notes = [f"rests on {', '.join(check.requires)}"] if check.requires else []
        notes += [f"needs {check.quotes} separate quotes"] if check.quotes > 1 else []
        lines.append(f"- {check.id}{_in_brackets(notes)}: {check.question}")
    return "\n".join(lines)


def schema_of(request: ChatRequest) -> tuple[str, JsonSchema]:
    """Name and strict JSON schema of a request's answer.

    Fields stand in the order in which the model shall think: quotes, then what they show, then how sure it is.
    Ranges are not in it, since some endpoints refuse them; `read_answer` checks them.
    """
    quote = _strict_object({"passage": _TEXT, "text": _TEXT})
    quotes = {"type": "array", "items": quote}
    match request.answer:
        case "pair":
            preferred = {"type": "string", "enum": ["A", "B", "neither"]}
            return "comparison", _strict_object({"quotes": quotes, "preferred": preferred, "p": {"type": "number"}})
        case "follow_up":
            question = _strict_object({"passage": _TEXT, "quote": _TEXT, "question": _TEXT})
            return "questions", _strict_object({"questions": {"type": "array", "items": question}})
    finding = _strict_object({"quotes": quotes, "met": {"type": "boolean"}, "p": {"type": "number"}})
    findings = _strict_object({check.id: finding for check in request.checks})
    return "findings", _strict_object({"findings": findings})


_TEXT = {"type": "string"}


def _strict_object(properties: dict[str, object]) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def read_answer(
    text: str, request: ChatRequest, *, tokens: Sequence[Token] = ()
) -> tuple[tuple[Finding, ...], Literal["logprob", "stated"]]:
    """Read a model's answer, and say where its probabilities come from.

    Quotes from passages that were not shown are dropped: they cannot be verified.

    Raises:
        OffSchema: The answer is not what the schema asks for.
    """
    match request.answer:
        case "pair":
            return _read_pair(text, request), "stated"
        case "follow_up":
            return tuple(_read_follow_ups(text, request)), "stated"
    own = met_probabilities(_json_part(text), tokens)
    # Half of one kind and half of the other would be multiplied with each other along `requires`.
    if set(own) != {check.id for check in request.checks}:
        own = {}
    return read_findings(text, request, token_p=own), "logprob" if own else "stated"


def read_findings(
    text: str, request: ChatRequest, *, token_p: Mapping[str, float] | None = None
) -> tuple[Finding, ...]:
    """Read findings; P of a check is its own p times the p of everything it requires.

    Args:
        text: What the model wrote.
        request: What it was asked.
        token_p: P of each check by the model's own odds; what it states of itself where there are none.

    Raises:
        OffSchema: The answer is not what the schema asks for.
    """
    stated = _validated(text, _Stated).findings
    expected = [check.id for check in request.checks]
    if set(stated) != set(expected):
        missing = [check for check in expected if check not in stated]
        raise OffSchema(
            f"it must hold the checks {', '.join(expected)}, each once, and no others"
            + (f"; missing: {', '.join(missing)}." if missing else ".")
        )
    own = token_p or {check: _probability(finding) for check, finding in stated.items()}
    requires = {check.id: check.requires for check in request.checks}
    ids = request.ids
    return tuple(
        Finding(check=check, p=round(_joint(check, own, requires), 6), quotes=_quotes(stated[check].quotes, ids))
        for check in expected
    )


def _read_pair(text: str, request: ChatRequest) -> tuple[Finding, ...]:
    stated = _validated(text, _StatedPair)
    quotes = _quotes(stated.quotes, request.ids)
    return tuple(
        Finding(check=card, p=round(stated.p, 6), quotes=quotes)
        if card == stated.preferred
        else Finding(check=card, p=0)
        for card in (check.id for check in request.checks)
    )


def _read_follow_ups(text: str, request: ChatRequest) -> Iterator[Finding]:
    stated = [one for one in _validated(text, _StatedFollowUps).questions if one.passage.strip() in request.ids]
    for index, check in enumerate(request.checks):
        if index < len(stated):
            quote = Quote(passage=request.ids[stated[index].passage.strip()], text=stated[index].quote)
            yield Finding(check=check.id, p=1.0, quotes=(quote,), note=stated[index].question.strip())
        else:
            yield Finding(check=check.id, p=0.0)


def _quotes(stated: Sequence[_StatedQuote], ids: Mapping[str, str]) -> tuple[Quote, ...]:
    return tuple(
        Quote(passage=ids[quote.passage.strip()], text=quote.text) for quote in stated if quote.passage.strip() in ids
    )


def _json_part(text: str) -> str:
    """The JSON object of an answer; endpoints that only imitate structured output wrap it in prose or a fence."""
    body = text.strip()
    if not body.startswith("{"):
        body = body.rpartition("</think>")[2].strip()
    start, end = body.find("{"), body.rfind("}")
    return body[start : end + 1] if 0 <= start < end else body


def _validated(text: str, model: type[M]) -> M:
    try:
        return model.model_validate_json(_json_part(text), strict=True)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        # Keys of an answer may hold a candidate's words; only places that we named are repeated.
        named = ".".join(str(part) for part in first["loc"] if part in _NAMED)
        where = f" at {named!r}" if named else ""
        what = "it is not valid JSON" if first["type"] == "json_invalid" else f"it breaks the schema ({first['type']})"
        raise OffSchema(f"{what}{where}.") from None


_NAMED = frozenset(("findings", "quotes", "met", "p", "preferred", "questions", "passage", "quote", "question", "text"))


def _probability(finding: _StatedFinding) -> float:
    # "not met, p = 0.95" means "I am sure that it is not": some models give the probability of their own answer.
    return 1 - finding.p if not finding.met and finding.p > 0.5 else finding.p


def _joint(check: str, own: Mapping[str, float], requires: Mapping[str, tuple[str, ...]]) -> float:
    needed: set[str] = set()
    waiting = [check]
    while waiting:
        current = waiting.pop()
        if current not in needed:
            needed.add(current)
            waiting += [required for required in requires[current] if required in own]
    product = 1.0
    for one in sorted(needed):
        product *= own[one]
    return product


def _in_brackets(notes: list[str]) -> str:
    return f" ({'; '.join(notes)})" if notes else ""
