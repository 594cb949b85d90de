"""The batches API: a batch is validated, worked through line by line and ends with up to two files."""

import asyncio
import json
import random
import time
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from tests.mock_endpoint.behaviour import Behaviour
from tests.mock_endpoint.chat import Chat
from tests.mock_endpoint.files import FileStore, new_id
from tests.mock_endpoint.schedule import seeded_share
from tests.mock_endpoint.statistics import Recorder

ENDPOINT = "/v1/chat/completions"
MOST_LINES = 50_000
WINDOW_SECONDS = 24 * 3600
_TIMES = {
    "in_progress": "in_progress_at",
    "finalizing": "finalizing_at",
    "completed": "completed_at",
    "failed": "failed_at",
    "expired": "expired_at",
    "cancelling": "cancelling_at",
    "cancelled": "cancelled_at",
}
_OVER = ("completed", "failed", "expired", "cancelled")
_NEVER_RUN = {
    "expired": "This request could not be executed before the completion window expired.",
    "cancelled": "This request was not executed because the batch was cancelled.",
}


class _Line(NamedTuple):
    offset: int
    custom_id: str


class _Invalid(NamedTuple):
    code: str
    message: str
    line: int | None
    param: str | None = None


class Batches:
    """All batches of this process.

    Args:
        files: Where input comes from and output goes.
        chat: Who answers.
        recorder: Where they are counted.
    """

    def __init__(self, files: FileStore, chat: Chat, recorder: Recorder) -> None:
        self._files = files
        self._chat = chat
        self._recorder = recorder
        self._batches: dict[str, Batch] = {}

    def create(self, *, input_file: str, metadata: dict[str, str] | None, behaviour: Behaviour) -> "Batch":
        """Start a batch over a known file."""
        batch = Batch(
            input_file, metadata, behaviour=behaviour, files=self._files, chat=self._chat, recorder=self._recorder
        )
        self._batches[batch.id] = batch
        batch.start()
        return batch

    def get(self, id: str) -> "Batch | None":
        """The batch with this id."""
        return self._batches.get(id)

    def page(self, *, after: str | None, limit: int) -> dict[str, object]:
        """A part of the list, the newest first, beginning after this id."""
        ids = list(reversed(self._batches))
        start = ids.index(after) + 1 if after in self._batches else 0
        shown = ids[start : start + limit]
        return {
            "object": "list",
            "data": [self._batches[id].body() for id in shown],
            "first_id": shown[0] if shown else None,
            "last_id": shown[-1] if shown else None,
            "has_more": start + limit < len(ids),
        }


class Batch:
    """One batch and its task."""

    def __init__(
        self,
        input_file: str,
        metadata: dict[str, str] | None,
        *,
        behaviour: Behaviour,
        files: FileStore,
        chat: Chat,
        recorder: Recorder,
    ) -> None:
        self.id = new_id("batch")
        self._input = input_file
        self._metadata = metadata
        self._seed, self._behaviour = behaviour.seed, behaviour.batches
        self._files, self._chat, self._recorder = files, chat, recorder
        self._status = "validating"
        self._created = int(time.time())
        self._times: dict[str, int] = {}
        self._invalid: list[_Invalid] = []
        self._model: str | None = None
        self._total = self._completed = self._failed = 0
        self._output: str | None = None
        self._errors: str | None = None
        self._cancel = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; must be called in the loop."""
        self._task = asyncio.create_task(self._run())

    def cancel(self) -> bool:
        """Ask it to stop.

        Returns:
            Whether it still could.
        """
        if self._status in _OVER or self._status == "finalizing":
            return False
        if self._status != "cancelling":
            self._become("cancelling")
            self._cancel.set()
        return True

    def body(self) -> dict[str, object]:
        """The batch as the API shows it."""
        errors = [invalid._asdict() for invalid in self._invalid]
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": ENDPOINT,
            "model": self._model,
            "errors": {"object": "list", "data": errors} if errors else None,
            "input_file_id": self._input,
            "completion_window": "24h",
            "status": self._status,
            "output_file_id": self._output,
            "error_file_id": self._errors,
            "created_at": self._created,
            "expires_at": self._created + WINDOW_SECONDS,
            **{name: self._times.get(status) for status, name in _TIMES.items()},
            "request_counts": {"total": self._total, "completed": self._completed, "failed": self._failed},
            "metadata": self._metadata,
        }

    def _become(self, status: str) -> None:
        self._status = status
        self._times[status] = int(time.time())
        if status in _OVER:
            self._recorder.batches[status] += 1

    async def _run(self) -> None:
        await self._pause(self._behaviour.validating_seconds)
        lines = self._validated()
        if self._invalid and not self._cancel.is_set():
            self._become("failed")
            return
        random.Random(self._seed).shuffle(lines)
        output, errors = self._files.begin(), self._files.begin()
        end = "cancelled"
        if not self._cancel.is_set():
            self._total = len(lines)
            self._become("in_progress")
            end = await self._work(lines, output[1], errors[1])
        if end == "cancelled":
            await asyncio.sleep(self._behaviour.cancelling_seconds)
        else:
            self._become("finalizing")
            await asyncio.sleep(self._behaviour.finalizing_seconds)
        self._output = self._files.finish(*output, filename=f"{self.id}_output.jsonl")
        self._errors = self._files.finish(*errors, filename=f"{self.id}_error.jsonl")
        self._become(end)

    async def _pause(self, seconds: float) -> None:
        """Wait so long, or until it is cancelled."""
        try:
            await asyncio.wait_for(self._cancel.wait(), seconds)
        except TimeoutError:
            return

    def _validated(self) -> list[_Line]:
        if self._behaviour.fail_validation is not None:
            self._invalid = [_Invalid(self._behaviour.fail_validation, "The batch was not accepted.", None)]
            return []
        lines: list[_Line] = []
        seen: set[str] = set()
        for number, (offset, raw) in enumerate(self._files.lines(self._input), start=1):
            problem = self._problem(raw, number, seen)
            if isinstance(problem, _Invalid):
                self._invalid.append(problem)
            else:
                lines.append(_Line(offset, problem))
        if not lines and not self._invalid:
            self._invalid = [_Invalid("empty_file", "The input file is empty.", None)]
        if len(lines) > MOST_LINES:
            self._invalid = [_Invalid("too_many_tasks", f"The batch has more than {MOST_LINES} requests.", None)]
        return lines

    def _problem(self, raw: bytes, number: int, seen: set[str]) -> _Invalid | str:
        """What is wrong with a line, or its custom id."""
        try:
            line: Any = json.loads(raw)
        except ValueError:
            return _Invalid("invalid_json_line", "This line is not parseable as valid JSON.", number)
        for name, kind in (("custom_id", str), ("method", str), ("url", str), ("body", dict)):
            if not isinstance(line, dict) or not isinstance(line.get(name), kind):
                message = f"Missing required parameter: '{name}'."
                return _Invalid("missing_required_parameter", message, number, name)
        if line["url"] != ENDPOINT or line["method"] != "POST":
            message = "The URL provided for this request does not match the batch endpoint."
            return _Invalid("mismatched_endpoint", message, number, "url")
        if line["custom_id"] in seen:
            message = f"The custom_id '{line['custom_id']}' for this request is a duplicate."
            return _Invalid("duplicate_custom_id", message, number, "custom_id")
        self._model = self._model or str(line["body"].get("model"))
        if self._model != line["body"].get("model"):
            return _Invalid("model_mismatch", "All requests of a batch must have the same model.", number, "model")
        seen.add(line["custom_id"])
        return str(line["custom_id"])

    async def _work(self, lines: list[_Line], output: BinaryIO, errors: BinaryIO) -> str:
        """Answer the lines, evenly over the time that it shall take.

        Returns:
            The status in which the batch will end.
        """
        expire_after = self._behaviour.expire_after
        to_answer = len(lines) if expire_after is None else round(expire_after * len(lines))
        started = time.monotonic()
        end = "completed" if expire_after is None else "expired"
        with self._files.open(self._input) as source:
            for number, line in enumerate(lines[:to_answer], start=1):
                if number % 20 == 0:
                    await asyncio.sleep(0)
                due = started + self._behaviour.in_progress_seconds * number / len(lines) - time.monotonic()
                if due > 0.01:
                    await self._pause(due)
                if self._cancel.is_set():
                    to_answer, end = number - 1, "cancelled"
                    break
                source.seek(line.offset)
                self._answer(line, json.loads(source.readline())["body"], output, errors)
        if end == "expired":
            await self._pause(started + self._behaviour.in_progress_seconds - time.monotonic())
        for raw in self._unanswered(lines[to_answer:], end):
            errors.write(raw)
        return end

    def _answer(self, line: _Line, body: dict[str, Any], output: BinaryIO, errors: BinaryIO) -> None:
        self._recorder.batch_lines += 1
        reply = self._chat.line(body)
        if seeded_share(self._seed, "missing", line.custom_id) < self._behaviour.missing_share:
            self._failed += 1
            return
        self._chat.sent(reply)
        good = reply.status == 200
        self._completed, self._failed = self._completed + good, self._failed + (not good)
        content = reply.body if not reply.headers.get("content-type") else json.dumps(reply.body.decode()).encode()
        head = json.dumps({"id": new_id("batch_req"), "custom_id": line.custom_id})[:-1]
        response = f', "response": {{"status_code": {reply.status}, "request_id": "{new_id("req")}", "body": '
        target = output if good else errors
        target.write(head.encode() + response.encode() + content + b'}, "error": null}\n')

    def _unanswered(self, lines: list[_Line], end: str) -> Iterator[bytes]:
        for line in lines:
            self._failed += 1
            error = {"code": f"batch_{end}", "message": _NEVER_RUN[end]}
            raw = {"id": new_id("batch_req"), "custom_id": line.custom_id, "response": None, "error": error}
            yield json.dumps(raw).encode() + b"\n"
