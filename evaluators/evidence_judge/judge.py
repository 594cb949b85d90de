"""The judge that needs no LLM: small trained models over embedding, counted features and terms.

`evaluators/README.md` says what it was trained on, what was tried and how well it does.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from evaluators.evidence_judge.dossier_scoring import (
    combine,
    library_support,
)
from evaluators.evidence_judge.features import FeatureReader, embedded
from evaluators.evidence_judge.paired_answers import GATE_CHECKS, MISSION_CHECKS, Chances, PairedAnswers
from evaluators.evidence_judge.pairing import Pairing, WordTable
from evaluators.evidence_judge.passage_scoring import Matrix, Memory, ReadPassage, score_passages, sentence_scores
from evaluators.evidence_judge.quoting import quotable, quotes_from
from evaluators.evidence_judge.weights import JudgeWeights, LinearHeads, load_weights
from evaluators.rubric_library import GATE
from pipeline.errors import ConfigurationError
from pipeline.models.dossier import EvidencePassage, Question
from pipeline.models.scorecard import Check, RoleContext, Rubric
from pipeline.models.verdicts import Answer, Finding, Request

QUOTED_FROM = 0.2
"""Findings below this count as 0 and carry no quote."""

_SILENT_KINDS = frozenset(("inventory", "addressed"))
_KEPT_PASSAGES = 2_000
# In a section on what was assumed or left out, a sentence needs no marker word to be an assumption,
# and what it tells of was not built.
_SENSE_SHIFT = {
    ("assumptions", "communication.assumptions"): 1.5,
    ("not_done", "communication.assumptions"): 1.5,
    ("not_done", "production_ownership.production"): -1.5,
    ("not_done", "testing_and_operability.claimed"): -1.0,
    ("not_done", "testing_and_operability.observability"): -1.5,
}


class TextEmbedder(Protocol):
    """The part of an embedder that the judge needs."""

    name: str

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of unit length a text."""


QUOTES = "quotes-6"
"""Changes when the same weights pick other words to quote: answers in a ledger are those of one way to quote."""


class EvidenceJudge:
    """Answers every check of every rubric, gates and mission fit included."""

    fingerprint: str

    def __init__(self, weights: JudgeWeights, embedder: TextEmbedder) -> None:
        if embedder.name != weights.embedder:
            raise ConfigurationError(
                f"The evidence judge was trained with the embedder {weights.embedder!r} and cannot read "
                f"{embedder.name!r}. Give it the default embedder; retrieval may use another one."
            )
        self._weights = weights
        self._embedder = embedder
        self._reader = FeatureReader()
        self._pairing = Pairing(self._reader, weights, WordTable(embedder.embed))
        self._passages: Memory[tuple[str, str], ReadPassage] = Memory(_KEPT_PASSAGES)
        self._paired = PairedAnswers(weights, self._pairing, embedder.embed)
        self.fingerprint = f"evidence:{embedder.name}:{weights.digest}:{QUOTES}"

    @classmethod
    def load(cls, embedder: TextEmbedder) -> "EvidenceJudge":
        """Build the judge from the weights that are shipped.

        Raises:
            ConfigurationError: The weights cannot be read, or belong to another embedder.
        """
        return cls(load_weights(), embedder)

    def request(self, question: Question) -> bytes:
        """Render what this judge uses of a question; names, weights and places do not enter."""
        asked = {
            "kind": question.kind,
            "statement": question.statement,
            "about": question.about,
            "rubric": question.rubric.model_dump(mode="json"),
            "role": question.role.model_dump(mode="json") if question.kind == "mission_fit" else None,
            "evidence": [
                passage.model_dump(mode="json", exclude={"card"})
                for passage in sorted(question.evidence, key=lambda p: p.id)
            ],
        }
        return json.dumps(asked, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    def answer(self, requests: Iterable[Request]) -> Iterator[Answer]:
        """Answer each request from its bytes, in order."""
        for request in requests:
            asked = json.loads(request.content)
            rubric = Rubric.model_validate(asked["rubric"])
            evidence = [EvidencePassage.model_validate(passage) for passage in asked["evidence"]]
            speaking = [p for p in evidence if p.kind not in _SILENT_KINDS and quotable(p)]
            if not speaking:
                yield Answer(key=request.key, findings=tuple(Finding(check=c.id, p=0.0) for c in rubric.checks))
                continue
            findings = self._judge(asked, rubric, speaking)
            yield Answer(key=request.key, findings=findings)

    def _judge(
        self, asked: dict[str, object], rubric: Rubric, evidence: Sequence[EvidencePassage]
    ) -> tuple[Finding, ...]:
        statement = str(asked["statement"])
        checks = {check.id for check in rubric.checks}
        self._prepare(evidence)
        passages = [self._passage(p) for p in evidence]
        if asked["kind"] == "gate" and checks <= GATE_CHECKS:
            found = self._paired.gate(statement, asked["about"] == "future", evidence, passages, rubric)
        elif asked["kind"] == "mission_fit" and checks <= MISSION_CHECKS:
            found = self._paired.mission(RoleContext.model_validate(asked["role"]), passages, rubric)
        elif rubric.id in _passage_rubrics(self._weights.families["passage"]) and checks <= _known(
            rubric.id, self._weights.families["passage"]
        ):
            found = self._library(rubric, evidence, passages)
        else:
            found = self._paired.own(statement, passages, rubric)
        return self._findings(rubric, found, evidence, passages)

    # -- the rubrics that are shipped ----------------------------------------------------------------------------------

    def _library(self, rubric: Rubric, evidence: Sequence[EvidencePassage], passages: Sequence[ReadPassage]) -> Chances:
        heads = self._weights.families["passage"]
        logits = np.array([passage.alone for passage in passages])
        for (sense, head), shift in _SENSE_SHIFT.items():
            rows = [row for row, passage in enumerate(evidence) if passage.sense == sense]
            logits[rows, heads.names.index(head)] += shift
        columns = np.array([heads.names.index(f"{rubric.id}.{check.id}") for check in rubric.checks])
        supports = library_support(np.round(logits, 9), rubric, columns)
        table = self._weights.calibration["passage"]
        chances = {
            check.id: combine(supports[check.id].features, table[column])
            for check, column in zip(rubric.checks, columns, strict=True)
        }
        return Chances(chances, {check: support.passages for check, support in supports.items()})

    # -- from chances to findings ------------------------------------------------------------------------------------

    def _findings(
        self,
        rubric: Rubric,
        found: Chances,
        evidence: Sequence[EvidencePassage],
        passages: Sequence[ReadPassage],
    ) -> tuple[Finding, ...]:
        capped: dict[str, float] = {}
        findings: dict[str, Finding] = {}
        for check in _required_first(rubric):
            p = min([found.chances[check.id], *(capped.get(required, 0.0) for required in check.requires)])
            p = round(min(1.0, max(0.0, p)), 3)
            wanted = check.quotes
            quoted = quotes_from(
                [
                    (
                        evidence[i],
                        passages[i].reading,
                        self._sentence_weights(rubric.id, check.id, passages[i], found.near[i] if found.near else None),
                    )
                    for i in found.carriers[check.id][: max(3, wanted)]
                ],
                wanted=wanted,
            )
            if len(quoted) < wanted:
                p = min(p, QUOTED_FROM - 0.001)
            capped[check.id] = p
            findings[check.id] = Finding(check=check.id, p=p, quotes=quoted if p >= QUOTED_FROM else ())
        in_code = frozenset(passage.id for passage in evidence if passage.kind in ("code", "comment"))
        return tuple(_with_spare(findings[check.id], rubric, findings, in_code) for check in rubric.checks)

    def _sentence_weights(self, rubric: str, check: str, passage: ReadPassage, near: Matrix | None) -> Matrix:
        """How much each sentence speaks for a check: by its words, for a must-have also by what it is about."""
        gate = self._weights.families["gate"]
        if rubric == GATE and check in gate.names:
            said = sentence_scores(passage, self._weights, gate)[:, gate.names.index(check)]
            return said if near is None else np.round(_standard(said) + _standard(near[: len(said)]), 9)
        names = self._weights.families["passage"].names
        name = f"{rubric}.{check}"
        column = names.index(name) if name in names else names.index("communication.explained")
        return passage.by_sentence[:, column]

    # -- reading -----------------------------------------------------------------------------------------------------

    def _passage(self, passage: EvidencePassage) -> ReadPassage:
        return self._passages.get(_content(passage), lambda: self._read([passage])[0])

    def _prepare(self, evidence: Sequence[EvidencePassage]) -> None:
        """Read what is new in one go, since embedding one text at a time costs more than all together."""
        fresh = {_content(p): p for p in evidence if _content(p) not in self._passages}
        for key, read in zip(fresh, self._read(list(fresh.values())), strict=True):
            self._passages.put(key, read)

    def _read(self, passages: Sequence[EvidencePassage]) -> list[ReadPassage]:
        if not passages:
            return []
        embeddings = self._embedder.embed([embedded(passage.text) for passage in passages])
        read = []
        for passage, embedding in zip(passages, embeddings, strict=True):
            reading = self._reader.read(passage.text, code=passage.kind == "code")
            read.append(self._pairing.read(reading, embedding.astype(np.float64)))
        heads = self._weights.families["passage"]
        alone = score_passages(read, heads)
        return [
            replace(passage, alone=row, by_sentence=sentence_scores(passage, self._weights, heads))
            for passage, row in zip(read, alone, strict=True)
        ]


def _standard(values: Matrix) -> Matrix:
    return np.asarray((values - values.mean()) / max(1e-9, float(values.std()))) if len(values) else values


def _content(passage: EvidencePassage) -> tuple[str, str]:
    return passage.kind, passage.text


def _known(rubric: str, heads: LinearHeads) -> frozenset[str]:
    return frozenset(name.partition(".")[2] for name in heads.names if name.partition(".")[0] == rubric)


def _passage_rubrics(heads: LinearHeads) -> frozenset[str]:
    return frozenset(name.partition(".")[0] for name in heads.names)


def _required_first(rubric: Rubric) -> list[Check]:
    """The checks of a rubric, each after those it requires."""
    ordered: list[Check] = []
    placed: set[str] = set()
    waiting = list(rubric.checks)
    while waiting:
        # A rubric whose requirements run in a circle is refused when it is loaded; here it must only not hang.
        ready = [check for check in waiting if placed.issuperset(check.requires)] or waiting
        ordered += ready
        placed.update(check.id for check in ready)
        waiting = [check for check in waiting if check.id not in placed]
    return ordered


def _with_spare(finding: Finding, rubric: Rubric, findings: Mapping[str, Finding], in_code: frozenset[str]) -> Finding:
    """A finding that rests on code alone, with a quote of a check that rests on it.

    Code may turn out to be the starter's, which no judge can know; what shows the further check shows this one too.
    """
    if not finding.quotes or not in_code.issuperset(quote.passage for quote in finding.quotes):
        return finding
    spare = [
        findings[check.id].quotes[0]
        for check in rubric.checks
        if finding.check in check.requires and findings[check.id].quotes
    ]
    more = [quote for quote in dict.fromkeys(spare) if quote not in finding.quotes]
    return finding.model_copy(update={"quotes": (*finding.quotes, *more[:1])})
