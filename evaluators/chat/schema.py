"""What a chat model is asked and how its answer is read: one rubric gives schema, check list and validation."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from evaluators.chat.client import JsonSchema, Token
from evaluators.chat.json_in_text import json_parts
from evaluators.chat.token_probability import met_probabilities
from evaluators.grounding import quotable
from pipeline.errors import JudgeError
from pipeline.models.base import FrozenModel
from pipeline.models.scorecard import Rubric
from pipeline.models.verdicts import Finding, Quote

FORMAT: Literal["chat findings 2"] = "chat findings 2"
"""Raise the number when the answer's form changes; stored answers to the old form are then not used."""

M = TypeVar("M", bound="_Lenient")

AnswerKind = Literal["findings", "pair", "follow_up"]


class OffSchema(JudgeError):
    """An answer that cannot be used; the message tells the model why, without repeating what it wrote."""


class AskedCheck(FrozenModel):
    """What is needed of a check to read its answer."""

    id: str
    requires: tuple[str, ...] = ()


_BLOCK = re.compile(
    r"^⟦(?P<label>\w+) (?P<kind>\w+)[^⟧]*⟧\n(?P<text>.*?)\n⟦end of (?P=label)⟧$", re.DOTALL | re.MULTILINE
)


class ShownPassage(NamedTuple):
    """A passage as a request shows it."""

    id: str
    kind: str
    text: str


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

    @property
    def shown(self) -> dict[str, ShownPassage]:
        """The passages by label, as they stand between the markers of what is sent."""
        # Values cannot hold a marker bracket, so a block ends where its own end stands.
        blocks = {found["label"]: found for found in _BLOCK.finditer(self.user)}
        return {
            name: ShownPassage(id, blocks[name]["kind"], blocks[name]["text"])
            for name, id in self.ids.items()
            if name in blocks
        }


class Read(NamedTuple):
    """What a model's answer says."""

    findings: tuple[Finding, ...]
    p_from: Literal["logprob", "stated"] = "stated"
    """Where its probabilities come from."""
    quotes: int = 0
    """Quotes that it gave for findings."""
    quotes_found: int = 0
    """Those that stand in a passage that was shown."""
    conflicts: int = 0
    """Checks that are met with a `p` below one half, or not met with one above."""
    unproven: tuple[str, ...] = ()
    """Checks that are said to be met, with quotes, when not one quote of the answer stands in a passage."""


class _Lenient(BaseModel):
    """Part of a model's answer: what else it holds is left aside; numbers and truth values may be written as text."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def _no_truth_value(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("a truth value is no probability")  # noqa: TRY004  # what pydantic takes for a wrong value
    return value


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


_P = Annotated[float, BeforeValidator(_no_truth_value), Field(ge=0, le=1, allow_inf_nan=False)]
_Label = Annotated[str, BeforeValidator(_as_text)]


class _StatedQuote(_Lenient):
    passage: _Label
    text: str


class _StatedFinding(_Lenient):
    quotes: tuple[_StatedQuote, ...]
    met: bool
    p: _P


class _Stated(_Lenient):
    findings: dict[str, _StatedFinding]


class _StatedPair(_Lenient):
    quotes: tuple[_StatedQuote, ...]
    preferred: Literal["A", "B", "neither"]
    p: _P


class _StatedFollowUp(_Lenient):
    passage: _Label
    quote: str
    question: str


class _StatedFollowUps(_Lenient):
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


def read_answer(text: str, request: ChatRequest, *, tokens: Sequence[Token] = ()) -> Read:
    """Read a model's answer.

    Quotes are looked up among the passages that were shown, the named one first; those that stand in none are kept
    under the name they came with, and dropped if it names no passage.

    Raises:
        OffSchema: The answer is not what the schema asks for.
    """
    match request.answer:
        case "pair":
            return Read(_read_pair(text, request))
        case "follow_up":
            return Read(tuple(_read_follow_ups(text, request)))
    stated, written = _stated_findings(text, request)
    own = met_probabilities(written, tokens)
    # Half of one kind and half of the other would be multiplied with each other along `requires`.
    if set(own) != {check.id for check in request.checks}:
        own = {}
    ids, shown = request.ids, request.shown
    quotes = {check: [_look_up(quote, ids, shown) for quote in finding.quotes] for check, finding in stated.items()}
    offered = [quote for listed in quotes.values() for quote in listed]
    found = sum(quote.stands for quote in offered)
    claimed = tuple(check for check, finding in stated.items() if finding.met and finding.quotes)
    return Read(
        _findings(stated, quotes, request, own),
        "logprob" if own else "stated",
        quotes=len(offered),
        quotes_found=found,
        conflicts=sum(_contradicts_itself(finding) for finding in stated.values()),
        unproven=claimed if not found else (),
    )


def read_findings(text: str, request: ChatRequest) -> tuple[Finding, ...]:
    """Read findings; P of a check is the p stated for it times the p of everything it requires.

    Raises:
        OffSchema: The answer is not what the schema asks for.
    """
    return read_answer(text, request).findings


def _stated_findings(text: str, request: ChatRequest) -> tuple[dict[str, _StatedFinding], str]:
    """The findings of the checks that were asked, and the part of the text that they stand in."""
    expected = [check.id for check in request.checks]
    stated, written = _validated(text, _Stated, lambda value: _wrapped(value, expected))
    missing = [check for check in expected if check not in stated.findings]
    if missing:
        raise OffSchema(f"it must hold the checks {', '.join(expected)}, each once; missing: {', '.join(missing)}.")
    return {check: stated.findings[check] for check in expected}, written


def _wrapped(value: object, checks: Sequence[str]) -> object:
    """Findings in the form that was asked for, from the other forms that can mean only one thing."""
    if isinstance(value, list):
        listed = [one for one in value if isinstance(one, dict) and isinstance(one.get("check"), str)]
        names = [one["check"] for one in listed]
        # Two answers to one check are a contradiction, not a form.
        if listed and len(listed) == len(value) and len(set(names)) == len(names):
            return {"findings": dict(zip(names, listed, strict=True))}
        return value
    if not isinstance(value, dict):
        return value
    if "findings" not in value:
        return {"findings": value} if set(checks) <= set(value) else value
    inner = value["findings"]
    if isinstance(inner, list):
        return _wrapped(inner, checks)
    # What does not answer a check is not looked at, whatever it is.
    return (
        {"findings": {name: one for name, one in inner.items() if name in checks}} if isinstance(inner, dict) else value
    )


class _Looked(NamedTuple):
    quote: Quote | None
    """None if it stands nowhere and names no passage."""
    stands: bool


def _look_up(quote: _StatedQuote, ids: Mapping[str, str], shown: Mapping[str, ShownPassage]) -> _Looked:
    name, text = _plain_label(quote.passage, ids), quote.text
    ordered = [shown[name]] if name in shown else []
    ordered += [passage for other, passage in shown.items() if other != name]
    for passage in ordered:
        if quotable(text, passage.text, kind=passage.kind) is not None:
            return _Looked(Quote(passage=passage.id, text=text), stands=True)
    return _Looked(Quote(passage=ids[name], text=text) if name in ids else None, stands=False)


def _plain_label(named: str, labels: Mapping[str, str]) -> str:
    """The label in what a model calls a passage, such as `[P1]` or `p1 narrative, work`."""
    words = [word.upper() for word in re.findall(r"\w+", named)]
    return next((name for word in words for name in (word, f"P{word}") if name in labels), "")


def _findings(
    stated: Mapping[str, _StatedFinding],
    quotes: Mapping[str, Sequence[_Looked]],
    request: ChatRequest,
    token_p: Mapping[str, float],
) -> tuple[Finding, ...]:
    own = token_p or {check: _probability(finding) for check, finding in stated.items()}
    requires = {check.id: check.requires for check in request.checks}
    return tuple(
        Finding(
            check=check,
            p=round(_joint(check, own, requires), 6),
            quotes=tuple(one.quote for one in quotes[check] if one.quote is not None),
        )
        for check in requires
    )


def _read_pair(text: str, request: ChatRequest) -> tuple[Finding, ...]:
    stated = _validated(text, _StatedPair)[0]
    ids, shown = request.ids, request.shown
    looked = [_look_up(quote, ids, shown) for quote in stated.quotes]
    quotes = tuple(one.quote for one in looked if one.quote is not None)
    return tuple(
        Finding(check=card, p=round(stated.p, 6), quotes=quotes)
        if card == stated.preferred
        else Finding(check=card, p=0)
        for card in (check.id for check in request.checks)
    )


def _read_follow_ups(text: str, request: ChatRequest) -> Iterator[Finding]:
    ids, shown = request.ids, request.shown
    stated = [
        (one, looked.quote)
        for one in _validated(text, _StatedFollowUps)[0].questions
        if (looked := _look_up(_StatedQuote(passage=one.passage, text=one.quote), ids, shown)).quote is not None
    ]
    for index, check in enumerate(request.checks):
        if index < len(stated):
            one, quote = stated[index]
            yield Finding(check=check.id, p=1.0, quotes=(quote,) if quote else (), note=one.question.strip())
        else:
            yield Finding(check=check.id, p=0.0)


def _validated(text: str, model: type[M], formed: Callable[[object], object] = lambda value: value) -> tuple[M, str]:
    """The one value in a text that fits, and how it is written.

    Raises:
        OffSchema: None fits, or several that differ.
    """
    fitting: list[tuple[M, str]] = []
    problem = "it is not valid JSON"
    for value, written in json_parts(text):
        try:
            fitting.append((model.model_validate(formed(value)), written))
        except ValidationError as error:
            if isinstance(value, dict):
                problem = _problem(error)
    if not fitting:
        raise OffSchema(f"{problem}.")
    if any(one != fitting[0][0] for one, _ in fitting):
        raise OffSchema("it holds several answers that differ; one JSON object is wanted.")
    return fitting[0]


def _problem(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    # Keys of an answer may hold a candidate's words; only places that we named are repeated.
    named = ".".join(str(part) for part in first["loc"] if part in _NAMED)
    where = f" at {named!r}" if named else ""
    only = "; each check has only quotes, met and p" if named.startswith("findings") else ""
    return f"it breaks the schema ({first['type']}){where}{only}"


_NAMED = frozenset(("findings", "quotes", "met", "p", "preferred", "questions", "passage", "quote", "question", "text"))


def _contradicts_itself(finding: _StatedFinding) -> bool:
    return finding.p < 0.5 if finding.met else finding.p > 0.5


def _probability(finding: _StatedFinding) -> float:
    if finding.met:
        # "met, p = 0.05" is a contradiction; what it can least mean is that the model is sure of no.
        return max(finding.p, 0.5)
    # "not met, p = 0.95" means "I am sure that it is not": some models give the probability of their own answer.
    return 1 - finding.p if finding.p > 0.5 else finding.p


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
