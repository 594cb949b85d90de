"""What each path answers. Nothing here waits: delays and faults of the wire are the connection's."""

import json
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs

from pydantic import ValidationError

from tests.mock_endpoint import errors
from tests.mock_endpoint.batches import ENDPOINT, Batches
from tests.mock_endpoint.behaviour import Behaviour
from tests.mock_endpoint.chat import Chat, Reply
from tests.mock_endpoint.errors import ApiError
from tests.mock_endpoint.files import FileStore, new_id
from tests.mock_endpoint.multipart import read_form
from tests.mock_endpoint.rate_limit import Headers
from tests.mock_endpoint.schedule import seeded_share
from tests.mock_endpoint.statistics import Recorder

CONTROL = "/_mock/"


class HttpRequest(NamedTuple):
    """A request as it came."""

    method: str
    path: str
    query: str
    headers: Headers
    """Names in lower case."""
    body: bytes


class HttpResponse(NamedTuple):
    """What is sent back, and how."""

    status: int
    body: bytes
    headers: Headers
    chat: Reply | None = None
    """For chat calls: what may befall the exchange."""


class Routes:
    """The whole endpoint behind its wire.

    Args:
        behaviour: What it does at first.
        folder: Where files lie.
    """

    def __init__(self, behaviour: Behaviour, *, folder: Path) -> None:
        self.recorder = Recorder()
        self._behaviour = behaviour
        self.chat = Chat(behaviour, self.recorder)
        self._files = FileStore(folder)
        self._batches = Batches(self._files, self.chat, self.recorder)
        self._api_calls = 0

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request."""
        if request.path.startswith(CONTROL):
            return self._control(request)
        authorization = request.headers.get("authorization", "")
        if (request.method, request.path) == ("POST", ENDPOINT):
            reply = self.chat.call(request.body, authorization=authorization)
            headers = {"content-type": "application/json", "x-request-id": new_id("req"), **reply.headers}
            return HttpResponse(reply.status, reply.body, headers, reply)
        refused = self.chat.refusal_of(authorization)
        if refused is not None:
            return _failed(refused)
        match request.method, request.path.strip("/").split("/"):
            case "GET", ["v1", "models"]:
                return _json(self._models())
            case _, ["v1", "files" | "batches", *_]:
                self._api_calls += 1
                if seeded_share(self._behaviour.seed, "flaky", self._api_calls) < self._behaviour.batches.flaky_share:
                    return _failed(errors.ERRORS["status_503"])
                return self._files_and_batches(request)
        return _failed(errors.not_found(f"{request.method} {request.path}"))

    def _control(self, request: HttpRequest) -> HttpResponse:
        match request.method, request.path.removeprefix(CONTROL):
            case "GET", "statistics":
                return _json(self.recorder.statistics(files=len(self._files)).model_dump(mode="json"))
            case "GET", "answers":
                return _json(self.recorder.answers())
            case "PUT", "behaviour":
                return self._configure(request.body)
            case "POST", "reset":
                self.recorder.reset()
                self.chat.behave(self._behaviour)
                return _json({})
        return _failed(errors.not_found(request.path))

    def _configure(self, changes: bytes) -> HttpResponse:
        try:
            merged = self._behaviour.model_dump(mode="json") | json.loads(changes)
            self._behaviour = Behaviour.model_validate_json(json.dumps(merged))
        except (ValidationError, ValueError) as error:
            return _failed(errors.malformed(str(error)))
        self.chat.behave(self._behaviour)
        return _json(self._behaviour.model_dump(mode="json"))

    def _models(self) -> dict[str, object]:
        data: list[dict[str, object]] = []
        for name in self._behaviour.models or ("mock",):
            model: dict[str, object] = {"id": name, "object": "model", "created": 1_767_225_600, "owned_by": "mock"}
            match self._behaviour.model_list:
                case "vllm":
                    model |= {"root": name, "parent": None, "max_model_len": self._behaviour.context_tokens}
                case "llama.cpp":
                    model["meta"] = {"n_ctx_train": self._behaviour.context_tokens, "n_vocab": 49_152}
            data.append(model)
        return {"object": "list", "data": data}

    def _files_and_batches(self, request: HttpRequest) -> HttpResponse:
        query = {name: values[0] for name, values in parse_qs(request.query).items()}
        match request.method, request.path.strip("/").split("/")[1:]:
            case "POST", ["files"]:
                return self._upload(request)
            case "GET", ["files"]:
                return _json({"object": "list", "data": self._files.all(query.get("purpose")), "has_more": False})
            case "GET", ["files", id]:
                return _found(self._files.get(id), id)
            case "GET", ["files", id, "content"] if self._files.get(id):
                return HttpResponse(200, self._files.content(id), {"content-type": "application/octet-stream"})
            case "DELETE", ["files", id] if self._files.delete(id):
                return _json({"id": id, "object": "file", "deleted": True})
            case "POST", ["batches"]:
                return self._create_batch(request.body)
            case "GET", ["batches"]:
                return self._list_batches(query)
            case "GET", ["batches", id]:
                batch = self._batches.get(id)
                return _found(batch and batch.body(), id)
            case "POST", ["batches", id, "cancel"]:
                return self._cancel_batch(id)
        return _failed(errors.not_found(request.path))

    def _upload(self, request: HttpRequest) -> HttpResponse:
        try:
            form = read_form(request.headers.get("content-type", ""), request.body)
            purpose, file = form["purpose"].content.decode(), form["file"]
        except (ValueError, KeyError) as error:
            return _failed(errors.malformed(f"The upload cannot be read: {error}."))
        if purpose != "batch":
            return _failed(errors.malformed(f"'{purpose}' is not supported here.", "purpose"))
        return _json(self._files.add(file.content, filename=file.filename or "upload", purpose=purpose))

    def _create_batch(self, content: bytes) -> HttpResponse:
        try:
            body = json.loads(content)
            given = {name: body.get(name) for name in ("input_file_id", "endpoint", "completion_window", "metadata")}
        except (ValueError, AttributeError):
            return _failed(errors.malformed("We could not parse the JSON body of your request."))
        wrong = _wrong_batch(given)
        if wrong is not None:
            return _failed(errors.malformed(f"Invalid value for '{wrong}'.", wrong))
        if self._files.get(given["input_file_id"]) is None:
            return _failed(errors.malformed("No such File object.", "input_file_id"))
        batch = self._batches.create(
            input_file=given["input_file_id"], metadata=given["metadata"], behaviour=self._behaviour
        )
        return _json(batch.body())

    def _list_batches(self, query: dict[str, str]) -> HttpResponse:
        limit, after = query.get("limit", "20"), query.get("after")
        if not limit.isdigit() or not 1 <= int(limit) <= 100:
            return _failed(errors.malformed("'limit' must be from 1 to 100.", "limit"))
        if after is not None and self._batches.get(after) is None:
            return _failed(errors.malformed(f"No such batch: {after}.", "after"))
        return _json(self._batches.page(after=after, limit=int(limit)))

    def _cancel_batch(self, id: str) -> HttpResponse:
        batch = self._batches.get(id)
        if batch is not None and not batch.cancel():
            message = f"Cannot cancel a batch with status '{batch.body()['status']}'."
            return _failed(ApiError(409, message))
        return _found(batch and batch.body(), id)


def _wrong_batch(given: dict[str, object]) -> str | None:
    """The name of a parameter that cannot be right."""
    if not isinstance(given["input_file_id"], str):
        return "input_file_id"
    if given["endpoint"] != ENDPOINT:
        return "endpoint"
    if given["completion_window"] != "24h":
        return "completion_window"
    metadata = given["metadata"]
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or len(metadata) > 16:
        return "metadata"
    fits = all(isinstance(value, str) and len(name) <= 64 and len(value) <= 512 for name, value in metadata.items())
    return None if fits else "metadata"


def _json(value: object) -> HttpResponse:
    headers = {"content-type": "application/json", "x-request-id": new_id("req")}
    return HttpResponse(200, json.dumps(value).encode(), headers)


def _found(value: object, id: str) -> HttpResponse:
    return _json(value) if value is not None else _failed(errors.not_found(f"No such object: {id}"))


def _failed(error: ApiError) -> HttpResponse:
    headers = {"content-type": "application/json", "x-request-id": new_id("req")}
    return HttpResponse(error.status, error.body(), headers)
