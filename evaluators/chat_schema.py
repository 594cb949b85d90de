"""What a chat model is asked and how its answer is read: one rubric gives schema, check list and validation."""

import json
from collections.abc import Sequence
from typing import Literal

from pydantic import Field, ValidationError

from pipeline.errors import JudgeError
from pipeline.models.base import FrozenModel
from pipeline.models.scorecard import Rubric
from pipeline.models.verdicts import Finding, Quote

FORMAT: Literal["chat findings 1"] = "chat findings 1"
"""Raise the number when the answer's form changes; stored answers to the old form are then not used."""


class OffSchema(JudgeError):
    """An answer that cannot be used; the message tells the model why, without repeating what it wrote."""


class AskedCheck(FrozenModel):
    """What is needed of a check to read its answer."""

    id: str
    requires: tuple[str, ...] = ()


class ChatRequest(FrozenModel):
    """One question as it is asked; its bytes are what the ledger's key is made of."""

    format: Literal["chat findings 1"] = FORMAT
    system: str
    user: str
    passages: tuple[str, ...]
    """Ids behind the labels P1, P2, ...; not sent, but equal texts of different ids are different requests."""
    checks: tuple[AskedCheck, ...]

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        return json.dumps(self.model_dump(), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


class _StatedQuote(FrozenModel):
    passage: str
    text: str


class _StatedFinding(FrozenModel):
    quotes: tuple[_StatedQuote, ...]
    met: bool
    p: float = Field(ge=0, le=1, allow_inf_nan=False)


class _Stated(FrozenModel):
    findings: dict[str, _StatedFinding]


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


def response_format(checks: Sequence[AskedCheck]) -> dict[str, object]:
    """The strict JSON schema of an answer, in the order in which the model shall think: quotes, met, p.

    Ranges are not in it, since some endpoints refuse them; `read_findings` checks them.
    """
    quote = _strict_object({"passage": {"type": "string"}, "text": {"type": "string"}})
    finding = _strict_object(
        {"quotes": {"type": "array", "items": quote}, "met": {"type": "boolean"}, "p": {"type": "number"}}
    )
    findings = _strict_object({check.id: finding for check in checks})
    schema = _strict_object({"findings": findings})
    return {"type": "json_schema", "json_schema": {"name": "findings", "strict": True, "schema": schema}}


def _strict_object(properties: dict[str, object]) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def read_findings(text: str, request: ChatRequest) -> tuple[Finding, ...]:
    """Read a model's answer; P of a check is its own p times the p of everything it requires.

    Quotes from passages that were not shown are dropped: they cannot be verified.

    Raises:
        OffSchema: The answer is not what the schema asks for.
    """
    stated = _validated(text)
    expected = [check.id for check in request.checks]
    if set(stated) != set(expected):
        missing = [check for check in expected if check not in stated]
        raise OffSchema(
            f"it must hold the checks {', '.join(expected)}, each once, and no others"
            + (f"; missing: {', '.join(missing)}." if missing else ".")
        )
    own = {check: _probability(finding) for check, finding in stated.items()}
    requires = {check.id: check.requires for check in request.checks}
    ids = {label(index): passage for index, passage in enumerate(request.passages)}
    return tuple(
        Finding(
            check=check,
            p=round(_joint(check, own, requires), 6),
            quotes=tuple(
                Quote(passage=ids[quote.passage.strip()], text=quote.text)
                for quote in stated[check].quotes
                if quote.passage.strip() in ids
            ),
        )
        for check in expected
    )


def _validated(text: str) -> dict[str, _StatedFinding]:
    body = text.strip()
    # Endpoints that only imitate structured output wrap it in a code fence.
    if body.startswith("```") and body.endswith("```"):
        body = body.removesuffix("```").partition("\n")[2]
    try:
        return _Stated.model_validate_json(body, strict=True).findings
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        # Keys of an answer may hold a candidate's words; only places that we named are repeated.
        named = ".".join(str(part) for part in first["loc"] if part in ("findings", "quotes", "met", "p"))
        where = f" at {named!r}" if named else ""
        what = "it is not valid JSON" if first["type"] == "json_invalid" else f"it breaks the schema ({first['type']})"
        raise OffSchema(f"{what}{where}.") from None


def _probability(finding: _StatedFinding) -> float:
    # "not met, p = 0.95" means "I am sure that it is not": some models give the probability of their own answer.
    return 1 - finding.p if not finding.met and finding.p > 0.5 else finding.p


def _joint(check: str, own: dict[str, float], requires: dict[str, tuple[str, ...]]) -> float:
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
