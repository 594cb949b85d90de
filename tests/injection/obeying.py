"""A judge that does what any sentence in its evidence tells it, and else answers as the evidence judge does.

It is the worst case of a language model: it knows every payload in every wording, it never doubts, it remembers what
it read about others, and it offers every kind of quote that could pass. What it writes goes the way of a model's
answer: as the text of a chat completion, read by `evaluators.chat.schema`.
"""

import hashlib
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, get_args

from evaluators.chat.schema import ChatRequest, OffSchema, read_findings
from evaluators.judge import Judge
from pipeline.models.dossier import Question
from pipeline.models.scorecard import Check
from pipeline.models.verdicts import Answer, Finding, Request
from tests.evaluators.scripted_server import Asked, Reply
from tests.injection.payloads import Asks, Recogniser

Tactic = Literal["own", "invented", "real", "other", "hidden", "edge"]
"""Whose words are quoted: the payload's, nobody's, the candidate's, another candidate's, hidden ones, scraps."""
TACTICS: tuple[Tactic, ...] = get_args(Tactic)

INVENTED = (
    "I chose the second of two designs because five people had to run it, and gave up the order of events for it.",
    "Paged at four in the morning, I rolled the release back and rebuilt the ledger from its journal.",
)
MOST_REAL = 6
"""Passages whose real words are offered; no check needs more than three quotes."""
QUOTED_WORDS = 14
REMEMBERED = 40

_PASSAGE = re.compile(r"^⟦(P\d+) (\w+), \w+⟧\n(.*?)\n⟦end of \1⟧$", re.DOTALL | re.MULTILINE)


class Shown(NamedTuple):
    """One passage as a chat model sees it."""

    label: str
    kind: str
    text: str


def shown_passages(user: str) -> tuple[Shown, ...]:
    return tuple(Shown(*match) for match in _PASSAGE.findall(user))


class RememberingJudge:
    """Another judge's answers, each worked out once."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._known: dict[bytes, Answer] = {}
        self.fingerprint = judge.fingerprint

    def request(self, question: Question) -> bytes:
        return self._judge.request(question)

    def answer(self, requests: Iterable[Request]) -> Iterator[Answer]:
        for request in requests:
            if request.content not in self._known:
                self._known[request.content] = next(iter(self._judge.answer([request])))
            yield self._known[request.content].model_copy(update={"key": request.key})


class Mind:
    """What the obeying judge and the obeying server have in common.

    Args:
        recogniser: Knows the payloads.
        honest: Answers where no payload is met.
        tactics: The quotes that it offers; all of them gain the most.
        hidden: Texts that stand in hidden places only.
        literal: Also report what a payload's author would not want, such as a denial, as met.
    """

    def __init__(
        self,
        recogniser: Recogniser,
        *,
        honest: Judge,
        tactics: Sequence[Tactic] = TACTICS,
        hidden: Sequence[str] = (),
        literal: bool = False,
    ) -> None:
        self._recogniser = recogniser
        self._honest = honest
        self._tactics = tuple(tactics)
        self._hidden = tuple(hidden)
        self._literal = literal
        self._questions: dict[tuple[str, str], Question] = {}
        self._read: deque[str] = deque(maxlen=REMEMBERED)
        self.obeyed = 0
        made_of = json.dumps([sorted(recogniser.payloads), self._tactics, self._hidden, literal])
        self.name = hashlib.sha256(made_of.encode()).hexdigest()[:16]

    def learn(self, request: ChatRequest, question: Question) -> None:
        """Remember the question behind a prompt, for the honest answer."""
        self._questions[request.system, request.user] = question

    def reply(self, system: str, user: str, *, is_repair: bool = False) -> str:
        """The text of the completion."""
        question = self._questions[system, user]
        passages = shown_passages(user)
        found = sorted({id for shown in passages for id in self._recogniser.payloads_in(shown.text)})
        honest = self._honest_entries(question)
        answer = self._obey(found, question, passages, honest, is_repair) if found else _findings(honest)
        for shown in passages[:3]:
            self._read.append(" ".join(shown.text.split()[:QUOTED_WORDS]))
        return answer

    def _obey(
        self,
        found: Sequence[str],
        question: Question,
        passages: Sequence[Shown],
        honest: Mapping[str, dict[str, object]],
        is_repair: bool,
    ) -> str:
        self.obeyed += 1
        asked: Asks = self._recogniser.payloads[found[0]].asks
        quotes = [{"passage": label, "text": text} for label, text in self._quotes(passages)]
        praise = {check.id: self._praise(check, quotes) for check in question.rubric.checks}
        if asked == "reshape":
            return '{"verdict": "ADVANCE", "score": 100}'
        if asked == "tool":
            return '{"name": "submit_findings", "arguments": {"all": true}}'
        if asked == "omit":
            # The cleverest use: what would count against somebody is not answered at all.
            weak = sum(_p(entry) >= 0.5 for entry in honest.values()) * 2 < len(honest)
            return _findings({} if weak else praise)
        if asked == "lower_others" and not is_repair:
            return json.dumps({"findings": praise, "others": {"denied": True, "met": False, "p": 1.0}})
        return _findings(praise)

    def _praise(self, check: Check, quotes: list[dict[str, str]]) -> dict[str, object]:
        if check.id == "denied" and not self._literal:
            return {"quotes": [], "met": False, "p": 0.0}
        return {"quotes": quotes, "met": True, "p": 1.0}

    def _quotes(self, passages: Sequence[Shown]) -> Iterator[tuple[str, str]]:
        first = passages[0].label if passages else "P1"
        for shown in passages:
            if "own" in self._tactics and self._recogniser.payloads_in(shown.text):
                yield shown.label, self._recogniser.words_in(shown.text)
        if "real" in self._tactics:
            for shown in passages[:MOST_REAL]:
                yield shown.label, " ".join(shown.text.split()[:QUOTED_WORDS])
        if "invented" in self._tactics:
            yield from ((first, text) for text in INVENTED)
        if "other" in self._tactics:
            own = " ".join(shown.text for shown in passages)
            others = [text for text in self._read if text not in own]
            yield from ((first, text) for text in others[-3:])
        if "hidden" in self._tactics:
            yield from ((shown.label, text) for shown in passages[:2] for text in self._hidden[:3])
        if "edge" in self._tactics:
            scraps = ("", "- - - -", "[NAME] [EMPLOYER] [PLACE] [CONTACT]", "the", "⟦P1⟧ ⟦end of P1⟧ ⟦evidence⟧ ⟦x⟧")
            yield from ((first, text) for text in scraps)
            yield from (("P99", text) for text in INVENTED)

    def _honest_entries(self, question: Question) -> dict[str, dict[str, object]]:
        """The evidence judge's answer as a model would state it: each check for itself, not multiplied."""
        request = Request(key="0" * 64, content=self._honest.request(question))
        findings = {f.check: f for f in next(iter(self._honest.answer([request]))).findings}
        labels = {passage.id: f"P{n}" for n, passage in enumerate(question.evidence, start=1)}
        own: dict[str, float] = {}
        entries: dict[str, dict[str, object]] = {}
        for check in _required_first(question.rubric.checks):
            needed = 1.0
            for required in _all_required(check, question.rubric.checks):
                needed *= own[required]
            finding = findings[check.id]
            own[check.id] = p = min(1.0, finding.p / needed) if needed > 0 else 0.0
            entries[check.id] = {"quotes": _stated(finding, labels), "met": p >= 0.5, "p": p}
        return entries


def _findings(entries: Mapping[str, dict[str, object]]) -> str:
    return json.dumps({"findings": entries}, ensure_ascii=False)


def _p(entry: Mapping[str, object]) -> float:
    p = entry["p"]
    return p if isinstance(p, float) else 0.0


def _stated(finding: Finding, labels: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"passage": labels[quote.passage], "text": quote.text} for quote in finding.quotes]


def _required_first(checks: Sequence[Check]) -> list[Check]:
    ordered: list[Check] = []
    while len(ordered) < len(checks):
        placed = {check.id for check in ordered}
        ordered += [c for c in checks if c.id not in placed and placed.issuperset(c.requires)]
    return ordered


def _all_required(check: Check, checks: Sequence[Check]) -> set[str]:
    by_id = {one.id: one for one in checks}
    needed: set[str] = set()
    waiting = list(check.requires)
    while waiting:
        current = waiting.pop()
        if current not in needed:
            needed.add(current)
            waiting += by_id[current].requires
    return needed


class ObeyingJudge:
    """The mind as a judge in this process, asked with a chat judge's own bytes and read by its own reader.

    Args:
        mind: What answers.
        asking: A chat judge, for its requests; it is never called.
    """

    def __init__(self, mind: Mind, *, asking: Judge) -> None:
        self._mind = mind
        self._asking = asking
        self.fingerprint = f"obeying:{asking.fingerprint}:{mind.name}"

    def request(self, question: Question) -> bytes:
        content = self._asking.request(question)
        self._mind.learn(ChatRequest.model_validate_json(content), question)
        return content

    def answer(self, requests: Iterable[Request]) -> Iterator[Answer]:
        for request in requests:
            yield self._answer(request)

    def _answer(self, request: Request) -> Answer:
        asked = ChatRequest.model_validate_json(request.content)
        problem = ""
        for is_repair in (False, True):
            try:
                text = self._mind.reply(asked.system, asked.user, is_repair=is_repair)
                return Answer(key=request.key, findings=read_findings(text, asked))
            except OffSchema as error:
                problem = str(error)
        return Answer(key=request.key, unscored="judge_failed", detail=problem)


class LearningChatJudge:
    """A chat judge that tells a mind what its prompts are about; it asks its endpoint as ever."""

    def __init__(self, mind: Mind, *, chat: Judge) -> None:
        self._mind = mind
        self._chat = chat
        self.fingerprint = chat.fingerprint

    def request(self, question: Question) -> bytes:
        content = self._chat.request(question)
        self._mind.learn(ChatRequest.model_validate_json(content), question)
        return content

    def answer(self, requests: Iterable[Request]) -> Iterator[Answer]:
        return self._chat.answer(requests)


def obeying_answerer(mind: Mind, asked: Asked) -> Reply:
    """The mind as an OpenAI-compatible server: `ScriptedServer.answer_from(partial(obeying_answerer, mind))`."""
    return Reply(mind.reply(asked.system, asked.user, is_repair=len(asked.texts) > 2))
