"""What a page says once, at the top, after something was done: kept by the browser in a signed cookie until then."""

import base64
import hashlib
import hmac
import json
from typing import Final, Literal

from fastapi import Request
from pydantic import ValidationError

from pipeline.models.base import FrozenModel
from pipeline.review.context import ReviewApp, review_app
from pipeline.review.visitors import set_cookie, short_cookie

Tone = Literal["done", "note", "problem"]

COOKIE: Final = "shortlist-said"
_ROOM: Final = 2_400
"""Bytes of all messages together; a browser throws a cookie of more than 4,096 away, and Base64 takes a third more."""
_SHORTEST: Final = 40
"""Bytes of a message that had to be cut; a shorter piece would say nothing."""


class Flash(FrozenModel):
    """One message."""

    tone: Tone
    text: str


class _Flashes(FrozenModel):
    said: tuple[Flash, ...]


def flash(request: Request, text: str, *, tone: Tone = "done") -> None:
    """Say something at the top of the next page this visitor sees; call it before redirecting."""
    said: list[Flash] = _pending(request)
    room = _ROOM - sum(_size(one.text) for one in said)
    if room < _SHORTEST:
        return
    said.append(Flash(tone=tone, text=_cut(text, room)))
    app = review_app(request)
    body = base64.urlsafe_b64encode(_Flashes(said=tuple(said)).model_dump_json().encode()).decode()
    set_cookie(request, short_cookie(app, COOKIE, f"{body}.{_mark(app, body)}", seconds=120))


def take_flashes(request: Request) -> tuple[Flash, ...]:
    """What is to be said on the page that is rendered now; it is not said again."""
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        return ()
    app = review_app(request)
    set_cookie(request, short_cookie(app, COOKIE, "", seconds=0))
    body, _, mark = cookie.partition(".")
    if not hmac.compare_digest(_mark(app, body).encode(), mark.encode()):
        return ()
    try:
        return _Flashes.model_validate_json(base64.urlsafe_b64decode(body)).said
    except (ValueError, ValidationError):
        return ()


def _pending(request: Request) -> list[Flash]:
    said: list[Flash] = request.scope.setdefault("state", {}).setdefault("said", [])
    return said


def _cut(text: str, room: int) -> str:
    if _size(text) <= room:
        return text
    kept, room = text, room - _size(" …")
    while (size := _size(kept)) > room:
        kept = kept[: len(kept) * room // size - 1]
    return f"{kept} …"


def _size(text: str) -> int:
    """Bytes in the cookie, where quotes and line ends are written as two."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace"))


def _mark(app: ReviewApp, body: str) -> str:
    return hmac.new(app.key, body.encode(), hashlib.sha256).hexdigest()
