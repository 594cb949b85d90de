"""An OpenAI-compatible chat endpoint on loopback whose answers come from a function.

In a test:

    with ScriptedServer.answer_from(lambda asked: findings(asked)) as server:
        judge = ChatJudge("scripted", base_url=server.base_url)

By hand, answering every check with p = 0.5 and no quotes (`Ctrl-C` ends it):

    python -m tests.evaluators.scripted_server --port 8123 --p 0.5 --seconds 0.2
"""

import argparse
import json
import math
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

SNAPSHOT = "scripted-2026-01-01"


@dataclass(frozen=True)
class Asked:
    """A chat call as the server received it."""

    body: dict[str, Any]
    number: int
    """From 1, in order of arrival."""
    authorization: str

    @property
    def texts(self) -> list[str]:
        return [message["content"] for message in self.body["messages"]]

    @property
    def system(self) -> str:
        return self.texts[0]

    @property
    def user(self) -> str:
        return self.texts[1]

    @property
    def is_repair(self) -> bool:
        return "cannot be used" in self.texts[-1]

    @property
    def checks(self) -> list[str]:
        schema = self.body["response_format"]["json_schema"]["schema"]
        return list(schema["properties"]["findings"]["properties"])

    @property
    def passages(self) -> dict[str, str]:
        """Passage texts by label."""
        found = re.findall(r"^⟦(P\d+) [^⟧]*⟧\n(.*?)\n⟦end of \1⟧$", self.user, re.DOTALL | re.MULTILINE)
        return dict(found)


@dataclass(frozen=True)
class Reply:
    """What the server says; the defaults make a plain good answer."""

    content: str | None = None
    status: int = 200
    finish_reason: str = "stop"
    refusal: str | None = None
    error: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    raw: bytes | None = None
    """Sent as the whole body, whatever it is."""
    yes: float | None = None
    """With log-probabilities: the odds of `true` wherever `true` or `false` is written."""


Answerer = Callable[[Asked], "Reply | Mapping[str, Any] | str"]
"""Findings as a mapping, the content of the message as a string, or a whole reply."""


def findings(asked: Asked, *, p: float = 0.5, quote: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The same answer to every check."""
    quotes = [quote] if quote else []
    return {"findings": {check: {"quotes": quotes, "met": p >= 0.5, "p": p} for check in asked.checks}}


def with_odds(answer: Mapping[str, Any], *, yes: float) -> Reply:
    """An answer whose log-probabilities tell other odds than what it states."""
    return Reply(json.dumps(answer), yes=yes)


def first_sentences(asked: Asked, *, p: float = 0.8) -> dict[str, Any]:
    """Every check answered with the first passage's first twelve words, so that quotes can be verified."""
    if not asked.passages:
        return findings(asked, p=0.0)
    label, text = next(iter(asked.passages.items()))
    return findings(asked, p=p, quote={"passage": label, "text": " ".join(text.split()[:12])})


def rate_limited(seconds: float) -> Reply:
    return Reply(status=429, error={"message": "slow down"}, headers={"Retry-After": str(seconds)})


class ScriptedServer:
    """Serves in a thread of this process; use it as a context manager."""

    def __init__(self, answerer: Answerer, *, port: int = 0) -> None:
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._answerer = answerer
        self._server = _Server(("127.0.0.1", port), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @classmethod
    def answer_from(cls, answerer: Answerer, *, port: int = 0) -> Self:
        return cls(answerer, port=port)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reply_to(self, body: dict[str, Any], authorization: str) -> Reply:
        with self._lock:
            asked = Asked(body, len(self.asked) + 1, authorization)
            self.asked.append(asked)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            answer = self._answerer(asked)
            reply = (
                answer
                if isinstance(answer, Reply)
                else Reply(answer if isinstance(answer, str) else json.dumps(answer))
            )
            time.sleep(reply.seconds)
            return reply
        finally:
            with self._lock:
                self._at_once -= 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def _handler(server: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/v1/chat/completions":
                self._send(404, b'{"error": {"message": "no such path"}}', {})
                return
            reply = server.reply_to(body, self.headers.get("Authorization", ""))
            self._send(reply.status, _payload(reply, body), reply.headers)

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


def _payload(reply: Reply, body: Mapping[str, Any]) -> bytes:
    if reply.raw is not None:
        return reply.raw
    if reply.status != 200:
        return json.dumps({"error": reply.error or {"message": "scripted failure"}}).encode()
    message = {"role": "assistant", "content": reply.content, "refusal": reply.refusal}
    prompt = sum(len(one["content"]) for one in body["messages"]) // 4
    logprobs = None if reply.yes is None else {"content": _tokens(reply.content or "", reply.yes)}
    usage = {"prompt_tokens": prompt, "completion_tokens": 50, "total_tokens": prompt + 50}
    completion = {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": 0,
        "model": SNAPSHOT,
        "system_fingerprint": "fp_scripted",
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason, "logprobs": logprobs}],
        "usage": {**usage, "prompt_tokens_details": {"cached_tokens": 8}},
    }
    return json.dumps(completion).encode()


def _tokens(content: str, yes: float) -> list[dict[str, Any]]:
    """The content in pieces that add up to it; each `true` or `false` with both among its alternatives."""
    odds = [{"token": " true", "logprob": math.log(yes)}, {"token": " false", "logprob": math.log(1 - yes)}]
    pieces = re.findall(r"\s?(?:true|false)\b|.[^\s]{0,6}?(?=\s|$)|.", content, re.DOTALL)
    return [
        {"token": piece, "logprob": -0.1, "top_logprobs": odds if piece.strip() in ("true", "false") else []}
        for piece in pieces
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="A chat endpoint that answers every check alike.")
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--p", type=float, default=0.8, help="the probability it states")
    parser.add_argument("--seconds", type=float, default=0.0, help="how long it takes")
    options = parser.parse_args()

    def answer(asked: Asked) -> Reply:
        return Reply(json.dumps(first_sentences(asked, p=options.p)), seconds=options.seconds)

    with ScriptedServer.answer_from(answer, port=options.port) as server:
        print(f"--judge openai:scripted --base-url {server.base_url}")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print(f"{len(server.asked)} calls")


if __name__ == "__main__":
    main()
