"""The files and batches API of OpenAI's protocol, one call at a time, through the `openai` library.

This is the one layer that tries such calls again. What may have taken effect although it failed (an upload, the
making of a batch) is looked for before it is done once more. Heavy libraries are imported when it is opened.
"""

import io
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TypeVar, cast

from evaluators.batches.files import ENDPOINT
from evaluators.chat.client import CallFailed, NotConnected, is_loopback, shown_url
from evaluators.chat.dialect import Refusal
from evaluators.chat.endpoints import Endpoint
from evaluators.chat.openai_client import read_refusal, status_error
from pipeline.errors import ConfigurationError, JudgeError, JudgeUnavailable

if TYPE_CHECKING:
    from openai.types import Batch, FileObject

T = TypeVar("T")

MARK = "shortlist_batch"
"""Metadata under which the provider keeps our own id of a batch."""
OVER = frozenset(("completed", "failed", "expired", "cancelled"))
TRIES = 10
"""Of one call; with the waits between them about five minutes."""
POLL_TRIES = 60
"""A batch goes on while its provider is out of reach: polls are tried for about an hour."""
FIRST_TRIES = 3
"""Of a call to an endpoint that has never answered."""
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds of the exponential back-off where the endpoint names none."""
CLOCK_SLACK = timedelta(days=1)
"""By so much the provider's clock may differ from ours."""
LEAST_TIMEOUT = 300.0
"""Seconds; a provider takes its time to store 190 MB."""


class BatchRefused(JudgeUnavailable):
    """The provider said that it does not do this; nothing took effect."""


class ProviderBatch(NamedTuple):
    """A batch as its provider describes it."""

    id: str
    status: str
    input_file: str
    output_file: str | None
    error_file: str | None
    done: int
    total: int
    refusals: tuple[Refusal, ...]
    """Why it failed as a whole."""

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in OVER


class BatchApi:
    """One endpoint's files and batches.

    Args:
        endpoint: Whose.
        model: For messages.
        rest: Waits so many seconds.
        beat: Called every now and then during long transfers.
    """

    def __init__(
        self, endpoint: Endpoint, *, model: str, rest: Callable[[float], None], beat: Callable[[], None]
    ) -> None:
        import openai

        self._url, self._model = shown_url(endpoint.base_url), model
        self._rest, self._beat = rest, beat
        self._answered = False
        timeout = max(endpoint.timeout, LEAST_TIMEOUT)
        # A proxy from the environment cannot reach this machine's own loopback.
        http = openai.DefaultHttpxClient(
            base_url=endpoint.base_url,
            trust_env=not is_loopback(endpoint.base_url),
            timeout=timeout,
            follow_redirects=False,
        )
        self._client = openai.OpenAI(
            base_url=endpoint.base_url,
            api_key=endpoint.api_key.get_secret_value(),
            timeout=timeout,
            max_retries=0,
            http_client=http,
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def upload(self, file: BinaryIO, *, name: str) -> str:
        """Upload a file for a batch; under a name that no other has.

        Returns:
            The provider's id of it.

        Raises:
            ConfigurationError: The endpoint has no files.
            JudgeUnavailable: It does not take this one.
        """

        def send() -> str:
            with _Watched(os.dup(file.fileno()), self._beat) as content:
                return _checked(self._client.files.create(file=(name, content), purpose="batch")).id

        file.flush()
        return self._tried("take the file of a batch", send, look=lambda: self._find_file(name))

    def find_file(self, name: str) -> str | None:
        """The id of an uploaded file by its name."""
        return self._tried("list files", lambda: self._find_file(name))

    def delete_file(self, id: str) -> None:
        """Delete a file; one that is gone is no error."""
        self._tried("delete a file", lambda: self._delete(id))

    def create(self, *, input_file: str, mark: str, since: datetime) -> ProviderBatch:
        """Make a batch of an uploaded file.

        Args:
            input_file: The provider's id of it.
            mark: Our id of the batch.
            since: When we wrote it down.

        Raises:
            ConfigurationError: The endpoint has no batches.
            JudgeUnavailable: It does not take this one.
        """

        def make() -> ProviderBatch:
            return _described(
                self._client.batches.create(
                    input_file_id=input_file, endpoint=ENDPOINT, completion_window="24h", metadata={MARK: mark}
                )
            )

        def look() -> ProviderBatch | None:
            return self._find(mark, input_file, since)

        return self._tried("make a batch", make, look=look)

    def find(self, *, mark: str, input_file: str | None, since: datetime) -> ProviderBatch | None:
        """A batch by our own id; endpoints that keep no metadata are asked for the one over our file."""
        return self._tried("list batches", lambda: self._find(mark, input_file, since))

    def get(self, id: str) -> ProviderBatch | None:
        """A batch as it is now; None if the provider knows none of this id."""
        import openai

        def get() -> ProviderBatch | None:
            try:
                return _described(self._client.batches.retrieve(id))
            except openai.NotFoundError:
                return None

        return self._tried("tell how a batch goes", get, tries=POLL_TRIES)

    @contextmanager
    def download(self, id: str) -> Iterator[BinaryIO]:
        """The content of a file, on disk as long as it is needed; empty if the provider has it no more."""
        with tempfile.TemporaryFile() as file:
            self._tried("hand out a file", lambda: self._download(id, cast(BinaryIO, file)), tries=POLL_TRIES)
            file.seek(0)
            yield cast(BinaryIO, file)

    def _download(self, id: str, file: BinaryIO) -> None:
        import openai

        file.seek(0)
        file.truncate()
        try:
            with self._client.files.with_streaming_response.content(id) as response:
                for piece in response.iter_bytes(1 << 20):
                    file.write(piece)
                    self._beat()
        except openai.NotFoundError:
            return

    def _delete(self, id: str) -> None:
        import openai

        try:
            self._client.files.delete(id)
        except openai.NotFoundError:
            return

    def _find_file(self, name: str) -> str | None:
        import openai

        try:
            for file in self._client.files.list(purpose="batch"):
                if _checked(file).filename == name:
                    return file.id
        except openai.NotFoundError:  # This endpoint lists none.
            return None
        return None

    def _find(self, mark: str, input_file: str | None, since: datetime) -> ProviderBatch | None:
        import openai

        try:
            for batch in self._client.batches.list(limit=100):
                marked = (batch.metadata or {}).get(MARK)
                over_our_file = input_file is not None and batch.input_file_id == input_file
                if marked == mark or (marked is None and over_our_file):
                    return _described(batch)
                # The newest come first.
                if batch.created_at and batch.created_at < (since - CLOCK_SLACK).timestamp():
                    return None
        except openai.NotFoundError:  # This endpoint lists none, so there is nothing to be found out.
            return None
        return None

    def _tried(
        self, what: str, action: Callable[[], T], *, tries: int = TRIES, look: Callable[[], T | None] | None = None
    ) -> T:
        """Do something, again after transient failures.

        Args:
            what: What the endpoint is asked to do, for messages.
            action: Does it once.
            tries: How often.
            look: Finds what a failed try has brought about all the same.
        """
        import httpx2
        import openai

        failures = 0
        while True:
            try:
                done = action()
            except (openai.APIError, httpx2.HTTPError, CallFailed) as error:
                failure = self._failure(error, what)
                failures += 1
                if failures >= (tries if self._answered else FIRST_TRIES):
                    raise JudgeUnavailable(
                        f"The batch endpoint {self._url!r} did not {what}, {failures} times in a row: {failure}. "
                        "Batches that it has go on; run the same command again to fetch them."
                    ) from error
                self._rest(_wait(failure, failures))
                found = self._tried(what, look) if look is not None else None
                if found is not None:
                    return found
            else:
                self._answered = True
                return done

    def _failure(self, error: Exception, what: str) -> CallFailed:
        """What a failure means; raises what trying again cannot help."""
        import openai

        if isinstance(error, CallFailed):
            return error
        if not isinstance(error, openai.APIStatusError):
            failed = NotConnected if isinstance(error, openai.APIConnectionError) else CallFailed
            return failed(f"the connection broke or could not be made ({_root(error)})", transient=True)
        if error.status_code < 500:
            self._answered = True
        refusal = read_refusal(error.body)
        failure: JudgeError = status_error(
            error.status_code, refusal, headers=error.response.headers, url=self._url, model=self._model
        )
        if error.status_code in (404, 405, 501) and refusal.code != "model_not_found":
            raise ConfigurationError(
                f"The endpoint {self._url!r} answered {error.status_code} when it should {what}: it offers no batches. "
                "Run without --batch."
            ) from error
        if isinstance(failure, JudgeUnavailable):
            raise failure from error
        if isinstance(failure, CallFailed) and failure.transient:
            return failure
        raise BatchRefused(
            f"The endpoint {self._url!r} does not {what}: {failure}. Run without --batch, or correct what it names."
        ) from error


class _Watched(io.FileIO):
    """A file whose reader says that it is still at it."""

    def __init__(self, handle: int, beat: Callable[[], None]) -> None:
        super().__init__(handle, "rb")
        self._beat = beat

    def read(self, size: int | None = -1, /) -> bytes:
        self._beat()
        return super().read(-1 if size is None else size) or b""


def _checked(file: "FileObject") -> "FileObject":
    # The library hands on whatever text came with status 200.
    if not isinstance(getattr(file, "id", None), str):
        raise CallFailed("the answer was no file", transient=True)
    return file


def _described(batch: "Batch") -> ProviderBatch:
    if not isinstance(getattr(batch, "id", None), str) or not isinstance(getattr(batch, "status", None), str):
        raise CallFailed("the answer was no batch", transient=True)
    counts = batch.request_counts
    errors = (batch.errors.data if batch.errors is not None else None) or []
    return ProviderBatch(
        id=batch.id,
        status=batch.status,
        input_file=batch.input_file_id,
        output_file=batch.output_file_id,
        error_file=batch.error_file_id,
        done=(counts.completed or 0) + (counts.failed or 0) if counts is not None else 0,
        total=counts.total or 0 if counts is not None else 0,
        refusals=tuple(Refusal(one.code or "", one.param or "", one.message or "") for one in errors),
    )


def _root(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return type(error).__name__


def _wait(failure: CallFailed, failures: int) -> float:
    if failure.retry_after is not None:
        return failure.retry_after
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (failures - 1)) * random.uniform(0.5, 1.0)
