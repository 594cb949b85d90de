"""A chat model that knows the gold labels of a development role, behind a real endpoint on loopback.

By hand (`Ctrl-C` ends it, and tells what it was not shown):

    python -m tests.gold_server --role billing-reliability --port 8124
    shortlist screen datasets/benchmarks/billing-reliability/candidates \\
        --scorecard datasets/benchmarks/billing-reliability/scorecard.yaml \\
        --judge openai:gold --base-url http://127.0.0.1:8124/v1

It finds out from the evidence of a request whose it is, and answers the checks so that the gold level comes out. What
is lost on the way to the shortlist is then lost by the pipeline and not by the model.
"""

import argparse
import csv
import json
import math
import re
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from evaluators.grounding import COUNTS_FROM, MIN_QUOTE_WORDS, find_quote, verify_quotes
from flows.reading_stage import read_chunk
from flows.wiring import open_workbench, read_scorecard
from pipeline.intake import open_batch
from pipeline.models.dossier import Passage
from pipeline.models.scorecard import Check, Rubric, Scorecard
from pipeline.models.verdicts import Quote
from pipeline.reading import read_brief
from pipeline.settings import Settings
from tests.evaluators.scripted_server import SNAPSHOT, Asked, Reply, ScriptedServer

BENCHMARKS = Path(__file__).parents[1] / "datasets" / "benchmarks"
ROLES = ("billing-reliability", "clinical-integration")
CLAUSE_WORDS = 12
SURE = 0.999
"""The most that log-probabilities are believed."""


class Gold(NamedTuple):
    """What one candidate has earned for one criterion, or the status of one gate, and the quote that shows it."""

    value: str
    quote: str


class GoldRole(NamedTuple):
    """A role with its gold and with the passages of its candidates as the pipeline reads them."""

    folder: Path
    scorecard: Scorecard
    passages: dict[str, tuple[Passage, ...]]
    """By candidate."""
    gold: dict[tuple[str, str], Gold]
    """By candidate and criterion or gate."""

    @classmethod
    def read(cls, name: str, *, home: Path) -> "GoldRole":
        """Read the candidates of a role through the real stages; what was read stays in `home` for a screening."""
        folder = BENCHMARKS / name
        scorecard = read_scorecard(folder / "scorecard.yaml")
        with open_workbench(Settings(home=home), scorecard) as bench:
            batch = open_batch(folder / "candidates", vault=bench.vault, reader=bench.reader)
            brief = read_brief(batch.brief_files, vault=bench.vault, reader=bench.reader)
            notes = read_chunk(batch.submissions, batch=batch, brief=brief, bench=bench)
            passages = {note.candidate: bench.readings[note.key].dossier.passages for note in notes}
        gold = {
            (row["candidate_id"], row[subject]): Gold(row[value], row["quote"])
            for file, subject, value in (
                ("levels.csv", "criterion_id", "level"),
                ("gates.csv", "non_negotiable_id", "status"),
            )
            for row in _rows(folder / "gold" / file)
        }
        return cls(folder, scorecard, passages, gold)

    def subject(self, asked: Asked) -> str:
        """The criterion or gate that a request is about: the one whose statement stands in it."""
        known = [*self.scorecard.criteria, *self.scorecard.non_negotiables]
        found = [one.id for one in known if one.statement.strip() in asked.system]
        if len(found) != 1:
            raise LookupError(f"a request is about {found}")
        return found[0]

    def candidate(self, shown: Sequence[str]) -> str:
        """The one whose dossier holds all passages that were shown."""
        held = Counter(
            name for text in shown for name, own in self.passages.items() if any(one.text == text for one in own)
        )
        found = [name for name, count in held.items() if count == len(shown)]
        if len(found) != 1:
            raise LookupError(f"{len(shown)} passages are of {found}")
        return found[0]

    def rubric(self, subject: str) -> Rubric:
        if any(gate.id == subject for gate in self.scorecard.non_negotiables):
            return self.scorecard.gate_rubric
        return self.scorecard.criterion(subject).rubric


class GoldJudge:
    """Answers requests about one role from its gold.

    Args:
        role: Whose.
        logprobs: Tell the probabilities by the odds of `true` and `false` alone, and state 0.5 everywhere.
        strict: Credit nothing where the passage with the gold quote was not shown.
    """

    def __init__(self, role: GoldRole, *, logprobs: bool = False, strict: bool = False) -> None:
        self._role = role
        self._logprobs = logprobs
        self._strict = strict
        self.unshown: dict[tuple[str, str], Gold] = {}
        """Gold quotes that were in none of the passages of their request."""
        self.errors: list[str] = []

    def __call__(self, asked: Asked) -> Reply:
        try:
            return self._reply(asked)
        except LookupError as error:
            self.errors.append(str(error))
            return Reply(status=400, error={"message": "not of this role"})

    def _reply(self, asked: Asked) -> Reply:
        role = self._role
        subject = role.subject(asked)
        candidate = role.candidate(list(asked.passages.values()))
        gold = role.gold[candidate, subject]
        shown = _shown(asked.passages, role.passages[candidate])
        best = _gold_passage(gold.quote, shown)
        if best is None and gold.quote:
            self.unshown[candidate, subject] = gold
        rubric = role.rubric(subject)
        levels = gate_answers(gold.value) if rubric is role.scorecard.gate_rubric else answers(rubric, int(gold.value))
        if best is None and self._strict:
            levels = dict.fromkeys(levels, 0.0)
        findings = {
            check.id: {
                "quotes": quotes_for(check, gold.quote, best, shown) if levels[check.id] >= COUNTS_FROM else [],
                "met": levels[check.id] >= 0.5,
                "p": 0.5 if self._logprobs else levels[check.id],
            }
            for check in rubric.checks
        }
        content = json.dumps({"findings": findings})
        return _with_odds(content, list(levels.values())) if self._logprobs else Reply(content)


def answers(rubric: Rubric, level: float) -> dict[str, float]:
    """Probabilities of the checks, in their order, that add up to a level."""
    left = level
    chosen: dict[str, float] = {}
    for check in rubric.checks:
        rests = all(chosen[required] == 1.0 for required in check.requires)
        chosen[check.id] = min(1.0, max(0.0, left) / check.points) if rests else 0.0
        left -= chosen[check.id] * check.points
    return chosen


def gate_answers(status: str) -> dict[str, float]:
    """Probabilities of a gate's checks that give a status."""
    done, denied = float(status == "met"), float(status == "not_met")
    return {"first_hand": done, "real": done, "willing": done, "denied": denied}


def quotes_for(check: Check, gold: str, best: str | None, shown: Mapping[str, Passage]) -> list[dict[str, str]]:
    """As many verifiable quotes as a check needs: the gold one first, then clauses from around it, then others.

    A gate is met only where all quotes are from one passage, so all checks are answered from the same places.
    """
    quotes: list[dict[str, str]] = []
    for label in sorted(shown, key=lambda one: one != best):
        passage = shown[label]
        exact = [part for part in _as_read(gold) if find_quote(part, passage.text)][:1] if label == best else []
        for text in (*exact, *_clauses(passage.text)):
            if len(quotes) == check.quotes:
                return quotes
            tried = [*quotes, {"passage": label, "text": text}]
            if len(_verified(tried, shown)) == len(tried):
                quotes = tried
    return quotes


def _verified(quotes: Sequence[Mapping[str, str]], shown: Mapping[str, Passage]) -> tuple[Any, ...]:
    given = [Quote(passage=shown[quote["passage"]].id, text=quote["text"]) for quote in quotes]
    return verify_quotes(given, {passage.id: passage for passage in shown.values()})


def _clauses(text: str) -> Iterator[str]:
    """Pieces of a text, none longer than twelve words."""
    for clause in re.split(r"(?<=[.;:!?,])\s+|\n+", text):
        words = clause.split()
        for start in range(0, len(words), CLAUSE_WORDS):
            piece = words[start : start + CLAUSE_WORDS]
            if len(piece) >= min(MIN_QUOTE_WORDS, len(words)):
                yield " ".join(piece)


def _shown(passages: Mapping[str, str], own: Sequence[Passage]) -> dict[str, Passage]:
    by_text = {passage.text: passage for passage in own}
    return {label: by_text[text] for label, text in passages.items()}


def _gold_passage(quote: str, shown: Mapping[str, Passage]) -> str | None:
    """The label of the passage with the gold quote, which is written as it stands in the candidate's file."""
    for part in _as_read(quote):
        for label, passage in shown.items():
            if find_quote(part, passage.visible) or find_quote(part, passage.text):
                return label
    return None


def _as_read(quote: str) -> list[str]:
    """A quote without what readers take away: the marks of markdown, and those of comments, which stand alone."""
    plain = quote.replace("`", "").replace("*", "")
    parts = re.split(r"\s*(?:#|//)\s+", plain)
    return [part for part in (quote, plain, *reversed(parts)) if part.strip()]


def _with_odds(content: str, odds: Sequence[float]) -> Reply:
    """A completion with log-probabilities: at the n-th `true` or `false`, the odds of the n-th check."""
    left = iter(odds)
    tokens = []
    # Text and values take turns; text is cut behind each space.
    for n, part in enumerate(re.split(r'((?<="met": )(?:true|false))', content)):
        beside: list[dict[str, Any]] = []
        if n % 2:
            yes = min(SURE, max(1 - SURE, next(left)))
            beside = [{"token": "true", "logprob": math.log(yes)}, {"token": "false", "logprob": math.log(1 - yes)}]
        pieces = [part] if n % 2 else re.split(r"(?<=\s)", part)
        tokens += [{"token": piece, "logprob": -0.1, "top_logprobs": beside} for piece in pieces]
    message = {"role": "assistant", "content": content, "refusal": None}
    completion = {
        "id": "chatcmpl-gold",
        "object": "chat.completion",
        "created": 0,
        "model": SNAPSHOT,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": {"content": tokens}}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150},
    }
    return Reply(raw=json.dumps(completion).encode())


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    parser = argparse.ArgumentParser(description="A chat endpoint that answers from the gold of a development role.")
    parser.add_argument("--role", choices=ROLES, default=ROLES[0])
    parser.add_argument("--port", type=int, default=8124)
    parser.add_argument("--logprobs", action="store_true", help="tell probabilities by log-probabilities alone")
    parser.add_argument("--strict", action="store_true", help="credit nothing where the gold quote was not shown")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        role = GoldRole.read(options.role, home=Path(home))
    judge = GoldJudge(role, logprobs=options.logprobs, strict=options.strict)
    with ScriptedServer.answer_from(judge, port=options.port) as server:
        print(f"--judge openai:gold --base-url {server.base_url}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print(f"{len(server.asked)} calls, {len(judge.errors)} of them not of this role")
            for (candidate, subject), gold in sorted(judge.unshown.items()):
                print(f"not shown: {candidate} {subject} ({gold.value}): {gold.quote}")


if __name__ == "__main__":
    main()
