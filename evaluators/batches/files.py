"""The files of provider batches: requests at hand on disk, lines to upload, results to read.

All of them are unlinked from the start, so that a killed run leaves no candidate's text behind.
"""

import json
import tempfile
from collections.abc import Iterator
from typing import BinaryIO, Literal, NamedTuple

from evaluators.chat.client import Call, ChatParameters, Facts, Reply, ReplyKind, temperature_of
from evaluators.chat.dialect import Dialect
from evaluators.chat.exchange import Asked, Transcript
from evaluators.chat.schema import ChatRequest
from pipeline.models.base import FrozenModel
from pipeline.models.verdicts import Request
from prompts.loader import Prompt

ENDPOINT: Literal["/v1/chat/completions"] = "/v1/chat/completions"


class Bounds(NamedTuple):
    """What a provider takes as one batch."""

    requests: int = 50_000
    bytes: int = 190_000_000
    """Providers take 200 MB, and may count otherwise than we do."""


class _KeptReply(FrozenModel):
    """A reply that was no answer. Its log-probabilities are not needed any more."""

    kind: ReplyKind
    text: str
    facts: Facts


class _Span(NamedTuple):
    offset: int
    length: int


class RequestSpool:
    """Requests in the order in which they came, with the replies that could not be used; on disk but for the keys."""

    def __init__(self, repair: Prompt) -> None:
        self._repair = repair
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by `close`
        self._requests: dict[str, tuple[int, int, _Span]] = {}
        self._replies: dict[str, list[_Span]] = {}

    def add(self, request: Request) -> None:
        """Put a request at the end."""
        self._requests[request.key] = (len(self._requests), request.sample, self._append(request.content))

    def __len__(self) -> int:
        return len(self._requests)

    def __iter__(self) -> Iterator[str]:
        return iter(self._requests)

    def place(self, key: str) -> int:
        """Where a request stands in the order."""
        return self._requests[key][0]

    def add_reply(self, key: str, reply: Reply) -> None:
        """Keep a reply that has to be repaired."""
        kept = _KeptReply(kind=reply.kind, text=reply.text, facts=reply.facts)
        self._replies.setdefault(key, []).append(self._append(kept.model_dump_json().encode()))

    def transcript(self, key: str) -> Transcript:
        """What was said about a request so far."""
        _, sample, span = self._requests[key]
        asked = Asked(key, ChatRequest.model_validate_json(self._read(span)), sample)
        transcript = Transcript(asked, self._repair)
        for reply in self._replies.get(key, ()):
            kept = _KeptReply.model_validate_json(self._read(reply))
            transcript.take(Reply(kept.kind, kept.text, kept.facts))
        return transcript

    def close(self) -> None:
        """Drop everything."""
        self._file.close()

    def _append(self, content: bytes) -> _Span:
        span = _Span(self._file.seek(0, 2), len(content))
        self._file.write(content)
        return span

    def _read(self, span: _Span) -> bytes:
        self._file.seek(span.offset)
        return self._file.read(span.length)


class BatchLines:
    """The file of one batch while it is written."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self.file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115  # closed by `close`
        self.keys: list[str] = []
        self._size = 0

    def add(self, key: str, line: bytes) -> bool:
        """Add a line, if there is room for it; a file takes at least one."""
        full = len(self.keys) >= self._bounds.requests or self._size + len(line) > self._bounds.bytes
        if self.keys and full:
            return False
        self.file.write(line)
        self.keys.append(key)
        self._size += len(line)
        return True

    def close(self) -> None:
        """Drop the file."""
        self.file.close()


class Result(NamedTuple):
    """What a batch says of one request."""

    key: str
    status: int | None
    """Of the response; None if the request was never made."""
    body: object
    code: str
    """Why it was never made, such as `batch_expired`."""


def batch_line(key: str, sample: int, body: dict[str, object]) -> bytes:
    """One request as batches have it."""
    line = {"custom_id": f"{key}-{sample}", "method": "POST", "url": ENDPOINT, "body": body}
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def read_results(file: BinaryIO) -> Iterator[Result]:
    """The lines of an output or error file; what is no result is left out, and so counts as missing."""
    for raw in file:
        try:
            line = json.loads(raw)
        except ValueError:
            continue
        custom_id = line.get("custom_id") if isinstance(line, dict) else None
        if not isinstance(custom_id, str):
            continue
        response, error = line.get("response"), line.get("error")
        status = response.get("status_code") if isinstance(response, dict) else None
        code = error.get("code") if isinstance(error, dict) else None
        yield Result(
            key=custom_id.partition("-")[0],
            status=status if isinstance(status, int) else None,
            body=response.get("body") if isinstance(response, dict) else None,
            code=code if isinstance(code, str) else "",
        )


def sent_form(dialect: Dialect, parameters: ChatParameters, call: Call) -> str:
    """JSON: how the lines of a batch are written, for the run that reads its results."""
    facts = dialect.facts(parameters, call)
    return json.dumps({"answer_form": facts.pop("answer_form"), "fields": sorted(facts)})


def sent_facts(form: str, parameters: ChatParameters, call: Call) -> Facts:
    """What was really sent, as it stands beside each answer."""
    read = json.loads(form)
    temperature = temperature_of(parameters, call)
    facts: Facts = {"answer_form": read["answer_form"]}
    if "temperature" in read["fields"] and temperature is not None:
        facts["temperature"] = temperature
    if "seed" in read["fields"]:
        facts["seed"] = parameters.seed + call.sample
    return facts
