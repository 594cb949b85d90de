"""HTTP/1.1 as far as clients of the API speak it, on an asyncio protocol: one object a connection, no task a call."""

import asyncio
import socket
import struct
from collections.abc import Callable
from http import HTTPStatus

from tests.mock_endpoint.chat import Reply
from tests.mock_endpoint.routes import CONTROL, HttpRequest, HttpResponse, Routes

MOST_HEAD = 64_000
MOST_BODY = 220_000_000
"""OpenAI takes batch files of up to 200 MB."""
DRIPS = 20
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class Connection(asyncio.Protocol):
    """One client's connection; requests on it are answered one after the other."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._recorder = routes.recorder
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._head: HttpRequest | None = None
        self._expected = 0
        self._close_after = False
        self._busy = False
        self._call: Reply | None = None
        """The chat call under way; None between calls and once nothing more will be sent."""
        self._began: float | None = None
        """When the chat call under way arrived."""
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._recorder.connections += 1

    def connection_lost(self, error: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._call is not None:
            self._recorder.undelivered += self._call.wire != "hang"
        self._transport = None
        self._over()

    def data_received(self, data: bytes) -> None:
        self._received += data
        self._advance()

    def _advance(self) -> None:
        """Take the next request out of what was received, if it is complete."""
        if self._busy:
            return
        if self._head is None and not self._read_head():
            return
        if self._head is None or len(self._received) < self._expected:
            return
        body = bytes(self._received[: self._expected])
        del self._received[: self._expected]
        request, self._head = self._head._replace(body=body), None
        self._busy = True
        self._handle(request)

    def _read_head(self) -> bool:
        """Read the lines before the body; they are taken off what was received."""
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            if len(self._received) > MOST_HEAD:
                self._refuse(431)
            return False
        first, *lines = self._received[:end].decode("latin-1").split("\r\n")
        del self._received[: end + 4]
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        parts = first.split(" ")
        if len(parts) != 3 or not headers.get("content-length", "0").isdigit():
            self._refuse(400)
            return False
        if "transfer-encoding" in headers:
            self._refuse(411)
            return False
        self._expected = int(headers.get("content-length", "0"))
        if self._expected > MOST_BODY:
            self._refuse(413)
            return False
        path, _, query = parts[1].partition("?")
        self._head = HttpRequest(parts[0], path, query, headers, b"")
        self._close_after = headers.get("connection", "").lower() == "close"
        if headers.get("expect", "").lower() == "100-continue" and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def _handle(self, request: HttpRequest) -> None:
        arrived = self._loop.time()
        if not request.path.startswith(CONTROL):
            self._recorder.bytes_in += len(request.body)
        response = self._routes.handle(request)
        if response.chat is None:
            self._send(response)
            return
        self._began, self._call = self._recorder.begin(), response.chat
        due = arrived + response.chat.delay
        match response.chat.wire:
            case "hang":
                return
            case "reset_before":
                self._later(due, self._reset)
            case "reset_midway":
                self._later(due, lambda: self._send_half(response))
            case "drip":
                self._later(due, lambda: self._drip(response))
            case "malformed_json":
                self._later(due, lambda: self._send(_changed(response, response.body[: len(response.body) // 2])))
            case "html":
                page = b"<!doctype html><html><body><h1>Maintenance</h1></body></html>"
                headers = response.headers | {"content-type": "text/html"}
                self._later(due, lambda: self._send(_changed(response, page)._replace(headers=headers)))
            case _:
                self._later(due, lambda: self._send(response))

    def _later(self, due: float, action: Callable[[], None]) -> None:
        if due <= self._loop.time():
            action()
        else:
            self._timer = self._loop.call_at(due, action)

    def _send(self, response: HttpResponse) -> None:
        self._write(_head(response, close=self._close_after) + response.body)
        self._sent(response)

    def _sent(self, response: HttpResponse) -> None:
        if response.chat is not None:
            self._recorder.statuses[response.status] += 1
            self._routes.chat.sent(response.chat)
        self._over()
        if self._close_after and self._transport is not None:
            self._transport.close()
        elif self._received:
            self._loop.call_soon(self._advance)

    def _drip(self, response: HttpResponse) -> None:
        self._write(_head(response, close=self._close_after))
        assert response.chat is not None
        assert response.chat.fault is not None
        pause = response.chat.fault.seconds / DRIPS
        size = max(1, -(-len(response.body) // DRIPS))
        pieces = [response.body[start : start + size] for start in range(0, len(response.body), size)]
        began = self._loop.time()

        def drop(number: int) -> None:
            if number == len(pieces):
                self._sent(response)
                return
            self._write(pieces[number])
            self._later(began + pause * (number + 1), lambda: drop(number + 1))

        drop(0)

    def _send_half(self, response: HttpResponse) -> None:
        self._write(_head(response, close=False) + response.body[: len(response.body) // 2])
        # A moment, so that the client has the first half in hand when the rest does not come.
        self._later(self._loop.time() + 0.02, self._reset)

    def _reset(self) -> None:
        self._over()
        transport, self._transport = self._transport, None
        if transport is None:
            return
        # Without lingering the kernel sends RST rather than FIN.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()

    def _refuse(self, status: int) -> None:
        self._close_after = True
        self._send(HttpResponse(status, b"", {}))

    def _write(self, content: bytes) -> None:
        if self._transport is not None:
            self._transport.write(content)
            if self._began is not None:
                self._recorder.bytes_out += len(content)

    def _over(self) -> None:
        """The call that was under way is over."""
        if self._began is not None:
            self._recorder.end(self._began)
        self._began, self._busy, self._call, self._timer = None, False, None, None


def _changed(response: HttpResponse, body: bytes) -> HttpResponse:
    return response._replace(body=body)


def _head(response: HttpResponse, *, close: bool) -> bytes:
    lines = [f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    lines += [f"content-length: {len(response.body)}", f"connection: {'close' if close else 'keep-alive'}", "", ""]
    return "\r\n".join(lines).encode("latin-1")
