"""The judge that asks the chat judge's requests as a provider batch: half the price, an answer within a day.

Its fingerprint and its requests are those of the chat judge, so the ledger's answers are shared between both. Batches
are in the ledger while they are under way: a run that is killed, interrupted or told not to wait is continued by the
same command, which sends nothing twice.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import chain

from evaluators.batches.api import BatchApi
from evaluators.batches.files import Bounds, RequestSpool
from evaluators.batches.money import Till
from evaluators.batches.run import BatchRun, Setting
from evaluators.batches.words import BatchPending, interrupted
from evaluators.chat.client import shown_url
from evaluators.chat.judge import ChatJudge
from evaluators.money.spending import Spending
from pipeline.errors import ConfigurationError, JudgeError
from pipeline.ledger_batches import BatchStore
from pipeline.ledger_schema import StoredBatch
from pipeline.models.dossier import Question
from pipeline.models.verdicts import Answer, Request

__all__ = ["BatchJudge", "BatchPending"]

POLL_SECONDS = (5.0, 60.0)
BEAT_SECONDS = 30.0
"""How often leases are renewed while something takes long."""
KEPT_FOR = timedelta(days=30)
"""How long providers keep the files of a batch."""


class BatchJudge:
    """Answers requests through a provider's batches.

    Args:
        judge: Whose requests are asked, and where.
        store: Where batches are kept while they are under way (`Ledger.batches`).
        spending: Bounds what the requests may cost; made with `batch=True`.
        heartbeat: Called at every poll and during long transfers (`Ledger.renew`).
        poll_seconds: Between the first polls, and at most.
        wait: Whether to wait for answers; if not, `BatchPending` is raised once everything is at the provider.
        tell: Told how it goes, a line at a time.
        bounds: What the provider takes as one batch.
        pause: Waits so many seconds.
    """

    fingerprint: str

    def __init__(
        self,
        judge: ChatJudge,
        *,
        store: BatchStore,
        spending: Spending,
        heartbeat: Callable[[], None],
        poll_seconds: tuple[float, float] = POLL_SECONDS,
        wait: bool = True,
        tell: Callable[[str], None],
        bounds: Bounds = Bounds(),  # noqa: B008  # a tuple: it cannot change
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.fingerprint = judge.fingerprint
        self._judge = judge
        self._store = store
        self._spending = spending
        self._heartbeat = heartbeat
        self._pause = pause
        self._last_beat = time.monotonic()
        self._yielded: set[str] = set()
        self._read: set[int] = set()
        url, parameters = judge.endpoint.base_url, judge.parameters
        self._setting = Setting(
            store=store,
            fingerprint=judge.fingerprint,
            endpoint=shown_url(url),
            parameters=parameters,
            dialect=judge.dialect,
            bounds=bounds,
            poll_seconds=poll_seconds,
            wait=wait,
            tell=tell,
            rest=self._rest,
            heartbeat=self._renew,
            beat=self._beat,
        )

    def request(self, question: Question) -> bytes:
        """Render the exact bytes that would be asked; equal evidence gives equal bytes."""
        return self._judge.request(question)

    def answer(self, requests: Iterable[Request]) -> Iterator[Answer]:
        """Answer each request once, batch by batch as they are done. Takes all requests before the first answer.

        Raises:
            BatchPending: Everything is at the provider and nobody wants to wait.
            BudgetSpent: The rest does not fit the budget.
            JudgeUnavailable: The provider is gone for good. Batches that it has can be fetched by a later run.
            ConfigurationError: The endpoint offers no batches.
        """
        source = iter(requests)
        first = next(source, None)
        if first is None:
            return  # Nothing to ask: the client's libraries are not even imported.
        setting = self._setting
        till = Till(self._spending, max_output_tokens=setting.parameters.max_output_tokens)
        with closing(RequestSpool(self._judge.repair_prompt)) as spool:
            for request in chain([first], source):
                spool.add(request)
                self._beat()
            with closing(self._open_api()) as api:
                run = BatchRun(spool, api=api, till=till, setting=setting)
                try:
                    for answer in run.answers():
                        self._yielded.add(answer.key)
                        yield answer
                except KeyboardInterrupt:
                    if run.at_provider:
                        setting.tell(interrupted(run.at_provider, setting.endpoint))
                    raise
                finally:
                    till.give_back()
                    self._read.update(run.known)

    def tidy(self) -> None:
        """Have the provider delete the files of batches whose answers are all in the ledger; call after judging.

        Until then a later run can read them again, should this one be killed before the last answers are written.
        """
        # An answer that the ledger did not keep was no use; the next run shall ask anew, not read it again.
        self._store.forget(self._store.unanswered(self._yielded), batches=self._read)
        self._yielded.clear()
        self._read.clear()
        endpoint = self._setting.endpoint
        finished = self._store.finished(judge=self.fingerprint, endpoint=endpoint, kept_for=KEPT_FOR)
        if not finished:
            return
        try:
            with closing(self._open_api()) as api:
                for batch in finished:
                    _delete_files(batch, api)
                    self._store.close(batch, "fetched")
        except (JudgeError, ConfigurationError) as error:
            self._setting.tell(f"The files of {len(finished)} read batches could not be deleted yet: {error}")

    def _open_api(self) -> BatchApi:
        model = self._setting.parameters.model
        return BatchApi(self._judge.endpoint, model=model, rest=self._rest, beat=self._beat)

    def _rest(self, seconds: float) -> None:
        """Wait, keeping our leases meanwhile."""
        while seconds > 0:
            self._pause(min(seconds, BEAT_SECONDS))
            self._renew()
            seconds -= BEAT_SECONDS

    def _renew(self) -> None:
        self._last_beat = time.monotonic()
        self._heartbeat()

    def _beat(self) -> None:
        if time.monotonic() - self._last_beat >= BEAT_SECONDS:
            self._renew()


def _delete_files(batch: StoredBatch, api: BatchApi) -> None:
    at_provider = api.get(batch.provider_id) if batch.provider_id is not None else None
    if at_provider is None:
        return
    for file in (at_provider.input_file, at_provider.output_file, at_provider.error_file):
        if file is not None:
            api.delete_file(file)
