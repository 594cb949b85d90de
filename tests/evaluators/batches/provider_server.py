"""Providers that do not speak OpenAI's protocol, on loopback: each as strict about its fields as the real one.

    with ProviderServer(lambda asked: Said(findings(asked))) as server:
        judge = ChatJudge("claude-test", provider="anthropic", base_url=server.url("anthropic"))

The answerer is the same for all; the path tells the provider.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

SNAPSHOT = "model-2026-01-01"
OUTPUT_TOKENS = 50

_PATHS = {
    "anthropic": "",
    "google_genai": "/google",
    "groq": "/groq",
    "mistralai": "/mistral/v1",
    "ollama": "/ollama",
}
_ANTHROPIC_FIELDS = {
    *("model", "max_tokens", "messages", "system", "temperature", "top_p", "top_k", "stop_sequences", "metadata"),
    *("tools", "tool_choice", "output_config", "thinking", "stream", "service_tier", "cache_control"),
}


@dataclass(frozen=True)
class Asked:
    """A call, with what all providers have in common read out of it."""

    provider: str
    body: dict[str, Any]
    headers: Mapping[str, str]
    number: int

    @property
    def schema(self) -> dict[str, Any]:
        """The schema of the answer or of the tool's arguments; empty if neither was sent."""
        found = [one for one in _objects(self.body) if "findings" in (one.get("properties") or {})]
        return found[0] if found else {}

    @property
    def checks(self) -> list[str]:
        return list(self.schema["properties"]["findings"]["properties"])

    @property
    def by_tool(self) -> bool:
        return bool(self.body.get("tools"))

    @property
    def text(self) -> str:
        return json.dumps(self.body, ensure_ascii=False)


def _objects(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(found for one in value.values() for found in _objects(one))]
    return [found for one in value for found in _objects(one)] if isinstance(value, list) else []


@dataclass(frozen=True)
class Said:
    """What the provider answers; the defaults make a plain good answer."""

    answer: Any = None
    """A mapping, or text as it stands."""
    stop: str | None = None
    status: int = 200
    message: str = "scripted failure"
    kind: str = "api_error"
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    raw: bytes | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Laid over the body."""

    @property
    def text(self) -> str:
        return self.answer if isinstance(self.answer, str) else json.dumps(self.answer)


Answerer = Callable[[Asked], Said]


class ProviderServer:
    """Serves in a thread of this process; use it as a context manager."""

    def __init__(self, answerer: Answerer) -> None:
        self.asked: list[Asked] = []
        self.paths: list[str] = []
        """Of all requests, calls or not."""
        self._answerer = answerer
        self._lock = threading.Lock()
        self._cached: set[str] = set()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def url(self, provider: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{_PATHS[provider]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, provider: str, body: dict[str, Any], headers: Mapping[str, str]) -> tuple[Asked, Said]:
        with self._lock:
            asked = Asked(provider, body, headers, len(self.asked) + 1)
            self.asked.append(asked)
        refused = _anthropic_refusal(body, headers) if provider == "anthropic" else None
        said = Said(status=400, kind="invalid_request_error", message=refused) if refused else self._answerer(asked)
        time.sleep(said.seconds)
        return asked, said

    def cache(self, marked: str) -> bool:
        """Whether a prefix is in the cache; it is from now on."""
        with self._lock:
            known = marked in self._cached
            self._cached.add(marked)
            return known


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def _anthropic_refusal(body: dict[str, Any], headers: Mapping[str, str]) -> str | None:
    if not (headers.get("x-api-key") or headers.get("Authorization")) or not headers.get("anthropic-version"):
        return "headers are missing"
    unknown = set(body) - _ANTHROPIC_FIELDS
    if unknown:
        return f"{min(unknown)}: Extra inputs are not permitted"
    if "max_tokens" not in body:
        return "max_tokens: Field required"
    roles = [message["role"] for message in body["messages"]]
    if roles != ["user", "assistant"] * (len(roles) // 2) + ["user"] * (len(roles) % 2) or not roles:
        return "messages: roles must alternate between user and assistant"
    return None


def _anthropic(server: ProviderServer, asked: Asked, said: Said) -> dict[str, Any]:
    body = asked.body
    content: list[dict[str, Any]] = [{"type": "text", "text": said.text}]
    stop = said.stop or "end_turn"
    if asked.by_tool and not isinstance(said.answer, str):
        name = body["tool_choice"]["name"]
        content, stop = [{"type": "tool_use", "id": "toolu_1", "name": name, "input": said.answer}], "tool_use"
    # What is cached: everything up to the mark, in the order in which the API lays a request out.
    blocks = body.get("system") if isinstance(body.get("system"), list) else []
    marked = next((n for n, block in enumerate(blocks) if "cache_control" in block), None)
    prefix = json.dumps([body.get("tools"), body.get("output_config"), blocks[: marked + 1]]) if blocks else ""
    usage = {"input_tokens": _tokens(body["messages"]), "output_tokens": OUTPUT_TOKENS}
    if marked is None:
        usage["input_tokens"] += _tokens(body.get("system"))
        usage |= {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    else:
        hit, size = server.cache(prefix), _tokens(prefix)
        usage |= {
            "cache_creation_input_tokens": 0 if hit else size,
            "cache_read_input_tokens": size if hit else 0,
            "cache_creation": {"ephemeral_5m_input_tokens": 0 if hit else size, "ephemeral_1h_input_tokens": 0},
        }
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": SNAPSHOT,
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": usage,
    }


def _openai_like(_: ProviderServer, asked: Asked, said: Said) -> dict[str, Any]:
    """Groq and Mistral."""
    message: dict[str, Any] = {"role": "assistant", "content": said.text}
    if asked.by_tool and not isinstance(said.answer, str):
        call = {"name": asked.body["tools"][0]["function"]["name"], "arguments": said.text}
        message |= {"content": "", "tool_calls": [{"id": "call00001", "type": "function", "function": call}]}
    prompt = _tokens(asked.body["messages"])
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": SNAPSHOT,
        "system_fingerprint": "fp_1",
        "choices": [{"index": 0, "message": message, "finish_reason": said.stop or "stop"}],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": OUTPUT_TOKENS,
            "total_tokens": prompt + OUTPUT_TOKENS,
        },
    }


def _ollama(_: ProviderServer, asked: Asked, said: Said) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": said.text}
    if asked.by_tool and not isinstance(said.answer, str):
        call = {"name": asked.body["tools"][0]["function"]["name"], "arguments": said.answer}
        message |= {"content": "", "tool_calls": [{"function": call}]}
    return {
        "model": asked.body["model"],
        "created_at": "2026-01-01T00:00:00Z",
        "message": message,
        "done": True,
        "done_reason": said.stop or "stop",
        "prompt_eval_count": _tokens(asked.body["messages"]),
        "eval_count": OUTPUT_TOKENS,
    }


def _google(_: ProviderServer, asked: Asked, said: Said) -> dict[str, Any]:
    part: dict[str, Any] = {"text": said.text}
    if asked.by_tool and not isinstance(said.answer, str):
        name = asked.body["tools"][0]["functionDeclarations"][0]["name"]
        part = {"functionCall": {"name": name, "args": said.answer}}
    prompt = _tokens(asked.body["contents"])
    return {
        "candidates": [
            {"content": {"role": "model", "parts": [part]}, "finishReason": said.stop or "STOP", "index": 0}
        ],
        "usageMetadata": {
            "promptTokenCount": prompt,
            "cachedContentTokenCount": 8,
            "candidatesTokenCount": OUTPUT_TOKENS - 10,
            "thoughtsTokenCount": 10,
            "totalTokenCount": prompt + OUTPUT_TOKENS,
        },
        "modelVersion": SNAPSHOT,
    }


_ROUTES: tuple[tuple[str, str, Callable[[ProviderServer, Asked, Said], dict[str, Any]]], ...] = (
    (r"/v1/messages(?:\?.*)?", "anthropic", _anthropic),
    (r"/groq/openai/v1/chat/completions", "groq", _openai_like),
    (r"/mistral/v1/chat/completions", "mistralai", _openai_like),
    (r"/ollama/api/chat", "ollama", _ollama),
    (r"/google/v1beta/models/[^/]+:generateContent", "google_genai", _google),
)


def _failure(provider: str, said: Said) -> dict[str, Any]:
    match provider:
        case "anthropic":
            return {"type": "error", "error": {"type": said.kind, "message": said.message}, "request_id": "req_1"}
        case "ollama":
            return {"error": said.message}
        case "google_genai":
            return {"error": {"code": said.status, "message": said.message, "status": said.kind.upper()}}
    return {"error": {"message": said.message, "type": said.kind, "code": said.kind}}


def _tokens(content: object) -> int:
    return len(json.dumps(content)) // 4


def _handler(server: ProviderServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            server.paths.append(self.path)
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            for path, provider, make in _ROUTES:
                if re.fullmatch(path, self.path):
                    asked, said = server.answer(provider, json.loads(content), self.headers)
                    payload = said.raw
                    if payload is None:
                        made = make(server, asked, said) if said.status == 200 else _failure(provider, said)
                        payload = json.dumps({**made, **said.extra}).encode()
                    self._send(said.status, payload, said.headers)
                    return
            self._send(404, b'{"error": {"type": "no_such_path", "message": "no such path"}}', {})

        def do_GET(self) -> None:
            self.do_POST()

        def _send(self, status: int, payload: bytes, headers: Mapping[str, str]) -> None:
            try:
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)
            except (BrokenPipeError, ConnectionResetError):
                pass  # The client lost patience; that is its test's business.

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def findings(asked: Asked, *, p: float = 0.8) -> dict[str, Any]:
    """The same answer to every check, with its fields in another order than the schema's."""
    one = {"p": p, "met": p >= 0.5, "quotes": []}
    return {"findings": dict.fromkeys(reversed(asked.checks), one)}
