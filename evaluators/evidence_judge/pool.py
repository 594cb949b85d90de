"""The evidence judge in several processes: what it answers depends on a request's bytes alone.

python -m evaluators.evidence_judge.pool        what the pool starts
"""

import itertools
import json
import logging
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TextIO

from pydantic import TypeAdapter, ValidationError

from evaluators.evidence_judge.judge import EvidenceJudge
from pipeline.embeddings import load_default_embedder
from pipeline.line_process import LinePool, module_command, sensible_size
from pipeline.models.dossier import Question
from pipeline.models.verdicts import Answer, Request

COMMAND = module_command("evaluators.evidence_judge.pool")
GROUP = 20
"""Requests that are sent together: those of a candidate share passages, which are read once."""
WORTH_A_POOL = 300
"""So many requests are answered here before processes are started."""
_answers = TypeAdapter(tuple[Answer, ...])
_log = logging.getLogger(__name__)


class PooledEvidenceJudge:
    """Answers as the judge that it is given, in the same order, with the help of other processes when there is much.

    Args:
        judge: Answers what comes first, and what a process that broke down did not.
        size: How many processes; those that suit this machine if not given.
    """

    def __init__(self, judge: EvidenceJudge, *, size: int | None = None) -> None:
        self.fingerprint = judge.fingerprint
        self._judge = judge
        self._pool = LinePool(COMMAND, opening="{}", size=sensible_size() if size is None else size)
        self._answered = 0

    def request(self, question: Question) -> bytes:
        """Render what the judge uses of a question."""
        return self._judge.request(question)

    def answer(self, requests: Iterable[Request]) -> Iterator[Answer]:
        """Answer each request from its bytes, in order."""
        stream = iter(requests)
        own = itertools.islice(stream, max(0, WORTH_A_POOL - self._answered) if self._pool.size else None)
        for answer in self._judge.answer(own):
            self._answered += 1
            yield answer
        if not self._pool.size:
            return
        with ThreadPoolExecutor(self._pool.size) as threads:
            ahead: deque[tuple[list[Request], Future[str | None]]] = deque()
            while group := list(itertools.islice(stream, GROUP)):
                ahead.append((group, threads.submit(self._pool.ask, _asked(group))))
                if len(ahead) > 2 * self._pool.size:
                    yield from self._received(*ahead.popleft())
            while ahead:
                yield from self._received(*ahead.popleft())

    def close(self) -> None:
        """End the processes."""
        self._pool.close()

    def _received(self, group: Sequence[Request], told: Future[str | None]) -> Iterator[Answer]:
        line = told.result()
        try:
            answers = () if line is None else _answers.validate_json(line)
        except ValidationError:
            answers = ()
        if [answer.key for answer in answers] == [request.key for request in group]:
            yield from answers
            return
        _log.warning("a process of the evidence judge broke down; its %d questions are answered here", len(group))
        yield from self._judge.answer(group)


def _asked(group: Sequence[Request]) -> str:
    return json.dumps([[request.key, request.content.decode(), request.sample] for request in group])


def main(asked: TextIO, told: TextIO) -> None:
    """Answer groups of requests until there are no more."""
    asked.readline()
    judge = EvidenceJudge.load(load_default_embedder())
    for line in asked:
        requests = [
            Request(key=key, content=content.encode(), sample=sample) for key, content, sample in json.loads(line)
        ]
        told.write(_answers.dump_json(tuple(judge.answer(requests))).decode() + "\n")
        told.flush()


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
