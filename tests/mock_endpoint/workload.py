"""Questions about made-up candidates, as many as wanted, with evidence like that of the development role."""

import hashlib
import json
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from evaluators.rubric_library import load_rubric_library
from pipeline.models.dossier import EvidencePassage, Question, QuestionPlan
from pipeline.models.scorecard import Scorecard
from pipeline.scorecard import load_scorecard

ROLE = Path(__file__).parents[2] / "datasets" / "benchmarks" / "billing-reliability"
EVIDENCE_CHARACTERS = 6_000
_SHORTEST = 80


def load_role() -> Scorecard:
    """The development role with its seven criteria."""
    return load_scorecard(ROLE / "scorecard.yaml", library=load_rubric_library())


def make_plans(requests: int, scorecard: Scorecard) -> dict[str, QuestionPlan]:
    """Plans of as many distinct questions: every criterion for one candidate after the other."""
    material = _material()
    per_candidate = len(scorecard.criteria)
    plans: dict[str, QuestionPlan] = {}
    for number in range(-(-requests // per_candidate)):
        evidence = _evidence(material, number)
        left = min(per_candidate, requests - number * per_candidate)
        questions = tuple(islice(_questions(scorecard, evidence), left))
        plans[f"candidate-{number:05d}"] = QuestionPlan(questions=questions)
    return plans


def plain_bodies(count: int, *, top_logprobs: int | None = None) -> list[bytes]:
    """Chat requests of about 25 KB, for clients that know nothing of judges."""
    scorecard = load_role()
    material = _material()
    return [json.dumps(plain_body(scorecard, material, n, top_logprobs=top_logprobs)).encode() for n in range(count)]


def plain_body(
    scorecard: Scorecard, material: list[str], number: int, *, top_logprobs: int | None
) -> dict[str, object]:
    """One such request; another number makes another one."""
    criterion = scorecard.criteria[number % len(scorecard.criteria)]
    shown = [
        f"⟦P{n} {passage.kind}, {passage.sense}⟧\n{passage.text}\n⟦end of P{n}⟧"
        for n, passage in enumerate(_evidence(material, number), start=1)
    ]
    body: dict[str, object] = {
        "model": "mock",
        "temperature": 0.0,
        "max_tokens": 4_000,
        "messages": [
            {"role": "system", "content": "\n".join([criterion.statement, *material])[:16_000]},
            {"role": "user", "content": "\n".join(shown)},
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": {
                "name": "findings",
                "strict": True,
                "schema": _schema([c.id for c in criterion.rubric.checks]),
            },
        },
    }
    if top_logprobs is not None:
        body |= {"logprobs": True, "top_logprobs": top_logprobs}
    return body


def _schema(checks: list[str]) -> dict[str, object]:
    quote = _strict({"passage": {"type": "string"}, "text": {"type": "string"}})
    quotes = {"type": "array", "items": quote}
    finding = _strict({"quotes": quotes, "met": {"type": "boolean"}, "p": {"type": "number"}})
    return _strict({"findings": _strict(dict.fromkeys(checks, finding))})


def _strict(properties: dict[str, object]) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def _material() -> list[str]:
    """Paragraphs and bullets of the role's resumes, each once."""
    found: dict[str, None] = {}
    for path in sorted((ROLE / "candidates").glob("*/resume.md")):
        for line in path.read_text(encoding="utf-8").splitlines():
            text = line.removeprefix("- ").strip()
            if len(text) >= _SHORTEST and "@" not in text:
                found[text] = None
    return [*found]


def _evidence(material: list[str], number: int) -> tuple[EvidencePassage, ...]:
    shuffled = random.Random(number).sample(material, len(material))
    passages: list[EvidencePassage] = []
    length = 0
    for position, text in enumerate(shuffled):
        # One more sentence, so that no two candidates say the same.
        own = f"{text} That was change {number * 100 + position}, and we counted what it broke."
        if length + len(own) > EVIDENCE_CHARACTERS:
            break
        length += len(own)
        id = hashlib.sha256(own.encode()).hexdigest()[:16]
        passages.append(EvidencePassage(id=id, text=own, kind="narrative", sense="work"))
    return tuple(sorted(passages, key=lambda passage: passage.id))


def _questions(scorecard: Scorecard, evidence: tuple[EvidencePassage, ...]) -> Iterator[Question]:
    for criterion in scorecard.criteria:
        yield Question(
            subject=criterion.id,
            kind="mission_fit" if criterion.rubric.id == "mission_fit" else "rubric",
            statement=criterion.statement,
            rubric=criterion.rubric,
            role=scorecard.role,
            evidence=evidence,
        )
