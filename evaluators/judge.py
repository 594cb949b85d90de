"""The border between the walk and whoever answers its questions."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, runtime_checkable

from pipeline.models.dossier import Question
from pipeline.models.verdicts import Answer, Request


@runtime_checkable
class WaitingJudge(Protocol):
    """A judge that may wait long for the next answer and says so, so that what it has given is written down before."""

    before_waiting: Callable[[], None]
    """Called in the caller's thread whenever nothing is at hand; set by the caller."""


class Judge(Protocol):
    """Answers requests about one candidate's evidence with findings, never with scores."""

    fingerprint: str
    """Kind, model, parameters and hashes of prompt, rubric and weights; known before any call."""

    def request(self, question: Question) -> bytes:
        """Render the exact bytes that would be asked; equal evidence gives equal bytes."""

    def answer(self, requests: Iterable[Request]) -> Iterator[Answer]:
        """Answer each request once, in any order; one that failed yields an unscored answer with its reason.

        Raises:
            JudgeUnavailable: The endpoint is gone for good; what was answered so far is in the ledger.
        """
