"""What stands before every page: headers, the Host check, bounded bodies, and writes from our own pages only."""

import asyncio
import re
import secrets
from collections.abc import Callable, Collection, Mapping
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.review.api_problems import API, problem_response

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
    "x-robots-tag": "noindex, nofollow",
}
SAFE_METHODS: Final = frozenset(("GET", "HEAD", "OPTIONS"))
MAX_FORM_BYTES: Final = 1_000_000
"""Of every request that is no upload."""
MAX_SIGN_IN_BYTES: Final = 20_000
"""Of a name and a password: the one form that is read of people who are not known yet."""
SILENCE_SECONDS: Final = 30.0
"""For how long nothing of a body may come before the request is given up."""
_LONGEST_LENGTH: Final = 18
"""Digits of a stated length."""
SIGN_IN: Final = "/sign-in"
UPLOAD_PATH: Final = re.compile(r"/(api/v1/)?openings/[^/]+/(upload|uploads|files/replace)/?")
LOCAL_HOSTS: Final = frozenset(("127.0.0.1", "localhost", "[::1]"))
_FORWARDED: Final = ("forwarded", "via", "x-real-ip", "x-client-ip", "cf-connecting-ip", "true-client-ip")
_FORWARDED_PREFIX: Final = "x-forwarded-"


class TooLarge(Exception):
    """The body of a request is larger than is taken; raised where it is read."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"More than {limit / 1_000_000:,.0f} MB were sent at once. Send them in parts.")


class TooSlow(Exception):
    """Nothing of a request's body came for long; raised where it is read."""

    def __init__(self) -> None:
        super().__init__(f"Nothing came for {SILENCE_SECONDS:.0f} seconds. Send it again.")


class Guard:
    """An ASGI middleware around the whole app.

    Args:
        app: The app.
        hosts: Names that a request may be addressed to, without ports; another one is a rebound name of somebody
            else's page.
        max_upload_bytes: Of the body of an upload.
        secure: Tell browsers to use https alone.
        unexpected: Answers a request at which the app failed; its headers are no others than everybody's.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Collection[str],
        max_upload_bytes: int,
        secure: bool,
        unexpected: Callable[[Request], Response],
    ) -> None:
        self._app = app
        self._unexpected = unexpected
        self._hosts = frozenset(host.lower() for host in hosts)
        # Names and boundaries of the parts take room beside the files.
        self._max_upload = max_upload_bytes + 10_000_000
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, path = Headers(scope=scope), str(scope["path"])
        scope.setdefault("state", {})
        sending = _Sending(send, scope, secure=self._secure)
        if (refusal := self._refusal(scope, headers)) is not None:
            await refusal(scope, receive, sending)
            return
        limit = self._limit(path, headers)
        declared = headers.get("content-length", "0")
        if declared.isdecimal() and (len(declared) > _LONGEST_LENGTH or int(declared) > limit):
            await _refused(path, str(TooLarge(limit)), status=413)(scope, receive, sending)
            return
        try:
            await self._app(_asked_as_get(scope), _bounded(receive, limit, sending), sending)
        except ClientDisconnect:
            # Whoever left gets no answer, and nobody else needs to know.
            return
        except Exception:
            # Answered here: what stands around every middleware would answer without the headers.
            if not sending.started:
                await self._unexpected(Request(scope))(scope, receive, sending)
            raise

    def _limit(self, path: str, headers: Headers) -> int:
        """How much a body may hold. Only files are written to disk as they come; all else is held in memory."""
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if UPLOAD_PATH.fullmatch(path) and kind == "multipart/form-data":
            return self._max_upload
        return MAX_SIGN_IN_BYTES if path == SIGN_IN else MAX_FORM_BYTES

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        host, path = headers.get("host", "").lower(), str(scope["path"])
        # With two, a proxy may have looked at the other one.
        if _without_port(host) not in self._hosts or len(headers.getlist("host")) != 1:
            return _refused(path, "This address is not served here.", status=421)
        if scope["method"] in SAFE_METHODS:
            return None
        # A page of somebody else may post here with a visitor's address, but not without saying where it comes from.
        if headers.get("sec-fetch-site") not in (None, "same-origin", "none") or _is_foreign(headers, host):
            return _refused(path, "This was sent from another site.", status=403)
        return None


class _Sending:
    """Sends answers with the headers of every answer, and knows whether one has begun."""

    def __init__(self, send: Send, scope: Scope, *, secure: bool) -> None:
        self._send, self._scope, self._secure = send, scope, secure
        self.started = False
        self.last = False
        """Whether the connection ends with this answer."""

    async def __call__(self, message: Message) -> None:
        """Send a part of an answer."""
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            # What is shown is about people: no copy stays in a browser or between.
            headers.setdefault("cache-control", "no-store")
            if self._secure:
                headers.setdefault("strict-transport-security", "max-age=31536000")
            if self.last:
                headers["connection"] = "close"
            for cookie in self._scope["state"].get("cookies", ()):
                headers.append("set-cookie", cookie)
        elif self._scope["method"] == "HEAD":
            message["body"] = b""
        await self._send(message)


def _asked_as_get(scope: Scope) -> Scope:
    """A page that is asked for by its head alone, as monitors do, is made as ever and sent without its body."""
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" and not scope["path"].startswith(API) else scope


def _is_foreign(headers: Headers, host: str) -> bool:
    """Whether a request says that it comes from a page of another address."""
    if (origin := headers.get("origin")) is None:
        return False
    try:
        return urlsplit(origin).netloc != host
    except ValueError:
        return True


def _bounded(receive: Receive, limit: int, sending: _Sending) -> Receive:
    taken, whole = 0, False

    async def receiving() -> Message:
        nonlocal taken, whole
        try:
            # Once the body is there, an app waits for its visitor to leave: for as long as that takes.
            async with asyncio.timeout(None if whole else SILENCE_SECONDS):
                message = await receive()
        except TimeoutError:
            # Whoever still holds the rest back holds no connection with it.
            sending.last = True
            raise TooSlow from None
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if taken > limit:
                raise TooLarge(limit)
        return message

    return receiving


def _refused(path: str, text: str, *, status: int) -> Response:
    if path.startswith(API):
        return problem_response(text, status=status)
    return PlainTextResponse(text, status_code=status)


def _without_port(host: str) -> str:
    return re.sub(r":\d+$", "", host)


def is_local(client: str | None, headers: Headers) -> bool:
    """Whether a request comes from this machine itself; one that a proxy passes on does not."""
    try:
        loopback = ip_address(client or "").is_loopback
    except ValueError:
        return False
    return loopback and not any(name in _FORWARDED or name.startswith(_FORWARDED_PREFIX) for name in headers)


def same(first: str, second: str | None) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ."""
    return second is not None and secrets.compare_digest(first.encode(), second.encode("utf-8", "replace"))
