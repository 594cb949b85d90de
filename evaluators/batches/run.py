"""One call of the batch judge: which requests are where, and what becomes of them.

A request goes through one batch or several: the first that asks it, one that asks again what the provider did not
get to, one that asks for the repair of an unusable answer. A later run reads the same batches in the same order and
so comes to the same point, which is why nothing but "this batch holds these requests" has to be kept.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import NamedTuple

from evaluators.batches.api import BatchApi, BatchRefused, ProviderBatch
from evaluators.batches.files import (
    BatchLines,
    Bounds,
    RequestSpool,
    Result,
    batch_line,
    read_results,
    sent_facts,
    sent_form,
)
from evaluators.batches.money import Till
from evaluators.batches.words import budget_filled, cancelled, failed_as_a_whole, not_known, pending, progress, resumed
from evaluators.chat.client import Call, CallFailed, ChatParameters
from evaluators.chat.completions import read_completion
from evaluators.chat.dialect import Dialect, Refusal
from evaluators.chat.openai_client import read_refusal, status_error
from evaluators.money.spending import BudgetSpent
from pipeline.errors import ConfigurationError, JudgeUnavailable
from pipeline.ledger_batches import BatchStore
from pipeline.ledger_schema import StoredBatch
from pipeline.models.verdicts import Answer

TRIES_OF_A_REQUEST = 2
"""How often a request is sent whose batch did not get to it, or whose call failed in passing."""
WAVES = 6
"""Rounds that fill a budget. Each sets aside what its requests cost at worst, three to eight times what they do cost,
so six rounds use nine tenths of a budget for plain models and half of it for models that may think at length."""
LOST_AFTER = timedelta(days=3)
"""A batch takes up to a day; one that is not known at this age is gone. A younger one was made with another key."""
GROWTH = 1.5
"""Of the wait between polls."""


class Setting(NamedTuple):
    """What does not change while the process lives."""

    store: BatchStore
    fingerprint: str
    endpoint: str
    """URL without secrets."""
    parameters: ChatParameters
    dialect: Dialect
    bounds: Bounds
    poll_seconds: tuple[float, float]
    wait: bool
    tell: Callable[[str], None]
    rest: Callable[[float], None]
    heartbeat: Callable[[], None]
    beat: Callable[[], None]
    """The same, but not more often than needed."""


class _Held(NamedTuple):
    """A batch at the provider."""

    stored: StoredBatch
    keys: frozenset[str]
    """Our requests in it."""
    version: int
    """Of the dialect in which they were written."""

    @property
    def provider_id(self) -> str:
        assert self.stored.provider_id is not None  # It is noted together with the state `submitted`.
        return self.stored.provider_id


class BatchRun:
    """Answers the requests in a spool.

    Args:
        spool: The requests.
        api: The provider.
        till: What may be spent.
        setting: Everything else.
    """

    def __init__(self, spool: RequestSpool, *, api: BatchApi, till: Till, setting: Setting) -> None:
        self._spool, self._api, self._till, self._setting = spool, api, till, setting
        self._store, self._dialect = setting.store, setting.dialect
        self._open: list[_Held] = []
        self._todo: list[str] = []
        self._deferred: list[str] = []
        self._waves = 0
        self._unread: Counter[str] = Counter()
        """Open batches by request."""
        self._failures: Counter[str] = Counter()
        self._round: list[int] = []
        self._told: dict[int, str] = {}
        self.known: list[int] = []
        """Numbers of the batches that hold requests of ours."""
        self._spoilt: list[str] = []
        """Requests that no batch so far has a usable answer to."""
        self._unasked: list[str] = []
        """Requests that the batch being read has nothing on."""
        self._spent: BudgetSpent | None = None
        self._gone: JudgeUnavailable | None = None

    @property
    def at_provider(self) -> int:
        """Requests in open batches."""
        return sum(len(batch.keys) for batch in self._open)

    def answers(self) -> Iterator[Answer]:
        """Send what no batch holds, and read batches until every request is settled.

        Raises:
            JudgeUnavailable: For the rest of the requests. What could be answered was answered before.
        """
        self._resume()
        while True:
            self._send()
            if not self._open:
                break
            yield from self._read_round()
        if self._gone is not None or self._spent is not None:
            raise self._gone or self._spent  # type: ignore[misc]  # one of them is an error

    def _resume(self) -> None:
        """Find the batches of earlier runs that hold our requests."""
        setting = self._setting
        for stored, keys in self._store.holding(self._spool, judge=setting.fingerprint, endpoint=setting.endpoint):
            adopted = stored if stored.state == "submitted" else self._adopted(stored)
            if adopted is not None:
                self._hold(_Held(adopted, frozenset(keys), 0))
        self._todo = [key for key in self._spool if not self._unread[key]]
        if self._open:
            self._note_round()
            setting.tell(resumed(len(self._unread), len(self._spool)))
            if self._till.limited:
                self._commit()

    def _adopted(self, stored: StoredBatch) -> StoredBatch | None:
        """A batch whose making was interrupted, if the provider has it; else its file is deleted there."""
        found = self._api.find(mark=stored.id, input_file=stored.input_file, since=stored.created)
        if found is not None:
            return self._store.note_submission(stored, provider_id=found.id, input_file=found.input_file)
        orphan = stored.input_file or self._api.find_file(_file_name(stored))
        if orphan is not None:
            self._api.delete_file(orphan)
        self._store.close(stored, "failed")
        return None

    def _hold(self, batch: _Held) -> None:
        self._open.append(batch)
        self.known.append(batch.stored.number)
        self._unread.update(batch.keys)

    def _commit(self) -> None:
        """Set aside what earlier runs have sent, before anything new is."""
        for key in self._spool:
            try:
                if self._unread[key] and not self._till.reserve(key, self._spool.transcript(key).call):
                    return
            except BudgetSpent:
                return

    def _send(self) -> None:
        """Send what is to do, as far as the money reaches, in the order of the candidates."""
        todo = sorted([*self._todo, *self._deferred], key=self._spool.place)
        self._todo, self._deferred = [], []
        made = len(self._open)
        lines = BatchLines(self._setting.bounds)
        try:
            for position, key in enumerate(todo):
                call = self._spool.transcript(key).call
                if self._gone is not None or not self._affordable(key, call, left=len(todo) - position):
                    self._deferred = todo[position:] if self._spent is None else []
                    break
                line = batch_line(key, call.sample, self._dialect.body(self._setting.parameters, call))
                if not lines.add(key, line):
                    self._submit(lines)
                    lines.close()
                    lines = BatchLines(self._setting.bounds)
                    lines.add(key, line)
                self._setting.beat()
            if lines.keys:
                self._submit(lines)
        finally:
            lines.close()
        if len(self._open) > made:
            self._note_round()

    def _affordable(self, key: str, call: Call, *, left: int) -> bool:
        """Set a call's worst case aside, if it fits."""
        try:
            if self._till.reserve(key, call):
                return True
        except BudgetSpent as error:
            self._spent = error
            return False
        self._waves += 1
        if self._waves == WAVES:
            self._spent = BudgetSpent(budget_filled(left))
        return False

    def _submit(self, lines: BatchLines) -> None:
        """Have the provider make a batch; it is written down before the provider hears of it."""
        if self._gone is not None:
            self._till.not_taken(lines.keys)
            return
        setting, version = self._setting, self._dialect.version
        sent = sent_form(self._dialect, setting.parameters, self._spool.transcript(lines.keys[0]).call)
        stored = self._store.create(judge=setting.fingerprint, endpoint=setting.endpoint, sent=sent, keys=lines.keys)
        try:
            input_file = self._api.upload(lines.file, name=_file_name(stored))
            stored = self._store.note_upload(stored, input_file)
            made = self._api.create(input_file=input_file, mark=stored.id, since=stored.created)
        except (BatchRefused, ConfigurationError) as error:
            self._store.close(stored, "failed")
            self._till.not_taken(lines.keys)
            if isinstance(error, ConfigurationError):
                raise
            self._gone = self._gone or error
            return
        except JudgeUnavailable as error:
            # The provider may have the batch all the same; the next run looks.
            self._till.not_taken(lines.keys)
            self._gone = self._gone or error
            return
        stored = self._store.note_submission(stored, provider_id=made.id, input_file=input_file)
        self._hold(_Held(stored, frozenset(lines.keys), version))

    def _note_round(self) -> None:
        self._round = [batch.stored.number for batch in self._open]

    def _read_round(self) -> Iterator[Answer]:
        """Wait for all open batches, and read each when it is over.

        Raises:
            BatchPending: They are not over and nobody wants to wait.
        """
        pause, longest = self._setting.poll_seconds
        while True:
            for batch in list(self._open):
                state = self._api.get(batch.provider_id)
                self._setting.heartbeat()
                if state is None:
                    self._open.remove(batch)
                    self._lose(batch)
                    continue
                self._report(batch, state)
                if state.over:
                    self._open.remove(batch)
                    self._unread.subtract(batch.keys)
                    try:
                        yield from self._read(batch, state)
                    finally:
                        self._forget(batch)
            if not self._open:
                return
            if not self._setting.wait:
                raise pending(self.at_provider, len(self._open), self._setting.endpoint)
            self._setting.rest(pause)
            pause = min(longest, pause * GROWTH)

    def _report(self, batch: _Held, state: ProviderBatch) -> None:
        number = batch.stored.number
        total = state.total or batch.stored.requests
        told = progress(self._round.index(number) + 1, len(self._round), state.done, total, state.status)
        if self._told.get(number) != told:
            self._told[number] = told
            self._setting.tell(told)

    def _lose(self, batch: _Held) -> None:
        """The provider does not know a batch."""
        self._unread.subtract(batch.keys)
        self._till.not_taken(batch.keys)
        if self._store.age(batch.stored) > LOST_AFTER:
            self._store.close(batch.stored, "lost")
            self._ask_next(batch.keys)
        else:
            where = self._setting.endpoint
            self._gone = self._gone or not_known(batch.provider_id, len(batch.keys), where, LOST_AFTER)

    def _read(self, batch: _Held, state: ProviderBatch) -> Iterator[Answer]:
        """Read the results of a batch that is over."""
        if state.status == "failed":
            self._learn_from_failure(batch, state)
            return
        left = set(batch.keys)
        for file in (state.output_file, state.error_file):
            if file is None:
                continue
            with self._api.download(file) as content:
                for result in read_results(content):
                    if result.key in left:
                        left.remove(result.key)
                        answer = self._taken(result, batch)
                        if answer is not None:
                            yield answer
        # What stands in neither file was not asked, whatever the provider counted.
        for key in sorted(left, key=self._spool.place):
            answer = self._not_asked(key, batch, "batch_cancelled" if state.status == "cancelled" else "")
            if answer is not None:
                yield answer

    def _learn_from_failure(self, batch: _Held, state: ProviderBatch) -> None:
        """A batch was refused as a whole: write it anew if a field was refused, else give up."""
        self._till.not_taken(batch.keys)
        self._store.close(batch.stored, "failed")
        learnt = [self._dialect.learn(refusal, sent=batch.version) for refusal in state.refusals]
        if any(learnt):
            self._ask_next(batch.keys)
        else:
            refusal = next(iter(state.refusals), Refusal("", "", ""))
            self._gone = self._gone or failed_as_a_whole(refusal, self._setting.endpoint)

    def _taken(self, result: Result, batch: _Held) -> Answer | None:
        """Take a result in; None if the request is not settled by it."""
        if result.status is None:
            return self._not_asked(result.key, batch, result.code)
        if result.status != 200:
            return self._refused(result, batch)
        transcript = self._spool.transcript(result.key)
        call = transcript.call
        reply = read_completion(result.body)
        facts = sent_facts(batch.stored.sent, self._setting.parameters, call)
        reply = reply._replace(facts={**facts, **reply.facts, "batch": batch.provider_id})
        reply = self._till.settle(result.key, call, reply)
        answer = transcript.take(reply, retries=self._failures[result.key])
        if answer is None:
            self._spool.add_reply(result.key, reply)
            self._ask_next((result.key,))
        elif answer.unscored == "judge_failed":
            self._spoilt.append(result.key)
        return answer

    def _refused(self, result: Result, batch: _Held) -> Answer | None:
        """The call of one request failed."""
        key, refusal = result.key, read_refusal(result.body)
        assert result.status is not None
        if result.status >= 500:
            self._till.failed(key)
        else:
            self._till.not_taken((key,))
        if result.status in (400, 422) and self._dialect.learn(refusal, sent=batch.version):
            self._ask_next((key,))
            return None
        setting = self._setting
        error = status_error(result.status, refusal, headers={}, url=setting.endpoint, model=setting.parameters.model)
        if isinstance(error, JudgeUnavailable):
            self._unasked.append(key)
            self._gone = self._gone or error
            return None
        if isinstance(error, CallFailed) and error.transient:
            return self._again(key, str(error))
        self._spoilt.append(key)
        return self._spool.transcript(key).unscored("judge_failed", str(error))

    def _not_asked(self, key: str, batch: _Held, code: str) -> Answer | None:
        """A batch ended without having asked a request."""
        self._till.not_taken((key,))
        if code == "batch_cancelled":
            self._unasked.append(key)
            self._gone = self._gone or cancelled(batch.provider_id, self._setting.endpoint)
            return None
        why = "the provider did not get to it in time" if code == "batch_expired" else "the provider gave no result"
        return self._again(key, why)

    def _again(self, key: str, why: str) -> Answer | None:
        """Have a request sent once more; unscored if it was."""
        self._failures[key] += 1
        if self._failures[key] < TRIES_OF_A_REQUEST:
            self._ask_next((key,))
            return None
        self._spoilt.append(key)
        return self._spool.transcript(key).unscored("judge_failed", f"{why}, in {self._failures[key]} batches")

    def _ask_next(self, keys: Iterable[str]) -> None:
        """Have requests sent in the next round, unless a batch of an earlier run has done so."""
        self._todo += [key for key in keys if not self._unread[key]]

    def _forget(self, batch: _Held) -> None:
        """Let the next run ask anew what the batches have no usable answer to, rather than read them again."""
        self._store.forget(self._spoilt, batches=self.known)
        self._store.forget(self._unasked, batches=(batch.stored.number,))
        self._spoilt, self._unasked = [], []


def _file_name(stored: StoredBatch) -> str:
    return f"shortlist-{stored.id}.jsonl"
