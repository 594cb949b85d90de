"""What judging cost, counted from what stands beside the answers."""

from collections import Counter
from typing import Literal, NamedTuple

from pipeline.models.base import FrozenModel
from pipeline.models.verdicts import Answer

_TOKENS = ("input_tokens", "cached_tokens", "output_tokens")
_CALLS = {"calls": "calls", "repairs": "repaired", "retries": "retries"}
"""Names in the statistics, and in what is kept beside an answer."""
_SAID_BESIDE = ("quotes", "quotes_found", "part_read")
"""Counts beside an answer, under the same names in the statistics."""


class JudgingStatistics(FrozenModel):
    """What a run of judging cost."""

    questions: int
    """Candidate and subject pairs that could be asked."""
    requests: int
    """Distinct ones among them."""
    asked: int
    """Requests that the judge answered, or failed to, in this run."""
    from_ledger: int
    """Requests that were already answered, or that another process answered meanwhile."""
    failed: int
    """Asked requests that came back without a usable answer."""
    refused: int
    """Requests that the judge declined, now or in an earlier run."""
    not_asked: int
    """Requests left over because the judge became unavailable or another process kept them."""
    input_tokens: int = 0
    """Of this run's calls, as the provider counted them; likewise below."""
    cached_tokens: int = 0
    """Part of the input tokens that the provider had in its cache."""
    output_tokens: int = 0
    calls: int = 0
    """Answered HTTP requests of this run, repairs included."""
    repairs: int = 0
    retries: int = 0
    logprob: int = 0
    """Answers that count, new and old, with probabilities off the yes/no token; likewise below."""
    stated: int = 0
    """With probabilities as the model wrote them."""
    quotes: int = 0
    """Quotes in answers of a language model that count, new and old, and in those that were given up for them."""
    quotes_found: int = 0
    """Those that stand in a passage that was shown."""
    part_read: int = 0
    """Answers that count, new and old, to requests of which the endpoint counted too few tokens to have read all."""


class Spent(FrozenModel):
    """What the requests of one candidate took in this run."""

    requests: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    """US dollars; 0 where the price is not known."""

    def plus(self, other: "Spent") -> "Spent":
        """Both together."""
        return Spent(**{name: getattr(self, name) + getattr(other, name) for name in Spent.model_fields})


class Seen(NamedTuple):
    """Something that the provider said of itself beside an answer."""

    what: Literal["model", "system_fingerprint"]
    value: str


LeftOpen = Literal["refused", "cut", "unusable", "failed", "not_asked"]
"""How a question ended that the judge did not answer: declined; cut off as too long; with an answer that could not be
used; with a call that failed; not asked."""

_HOW: dict[str | int | float, LeftOpen] = {"cut": "cut", "unusable": "unusable"}


def left_open(answer: Answer) -> LeftOpen | None:
    """How a question ended without findings; None if it has some."""
    match answer.unscored:
        case None:
            return None
        case "judge_refused":
            return "refused"
        case "not_asked":
            return "not_asked"
        case _:
            return _HOW.get(answer.provider.get("ended", ""), "failed")


SAID_OF_ITSELF: tuple[Literal["model", "system_fingerprint"], ...] = ("model", "system_fingerprint")


class Tally:
    """Adds up what the calls of one run took."""

    def __init__(self) -> None:
        self.spent: dict[str, Spent] = {}
        """By the candidate who asked first."""
        self._calls: Counter[str] = Counter()
        self._beside: Counter[str] = Counter()
        self._said: dict[str, Counter[str]] = {fact: Counter() for fact in ("p_from", *SAID_OF_ITSELF)}

    def note(self, answer: Answer) -> None:
        """Note what the provider said beside an answer that counts, new or old."""
        for fact in _SAID_BESIDE:
            self._beside[fact] += int(answer.provider.get(fact, 0))
        for fact, counter in self._said.items():
            value = answer.provider.get(fact)
            if isinstance(value, str):
                counter[value] += 1

    def seen(self) -> dict[Seen, int]:
        """Model snapshots and system fingerprints, with the number of answers that named them."""
        return {
            Seen(what, value): count for what in SAID_OF_ITSELF for value, count in sorted(self._said[what].items())
        }

    def add(self, answer: Answer, *, candidate: str) -> None:
        """Count a fresh answer, scored or not; does nothing if no language model was called for it."""
        facts = answer.provider
        if "calls" not in facts and "input_tokens" not in facts:
            return
        for name, fact in _CALLS.items():
            self._calls[name] += int(facts.get(fact, 0))
        took = {name: int(facts.get(name, 0)) for name in _TOKENS}
        one = Spent(requests=1, cost=float(facts.get("cost", 0.0)), **took)
        self.spent[candidate] = self.spent.get(candidate, Spent()).plus(one)

    def counts(self) -> dict[str, int]:
        """Tokens, calls and sources of probabilities under their names in the statistics."""
        tokens = {name: sum(getattr(one, name) for one in self.spent.values()) for name in _TOKENS}
        sources = {source: self._said["p_from"][source] for source in ("logprob", "stated")}
        calls = {name: self._calls[name] for name in _CALLS}
        beside = {name: self._beside[name] for name in _SAID_BESIDE}
        return {**tokens, **calls, **beside, **sources}
