"""Who asks: sessions and their cookie, and the dependency every endpoint begins with."""

from collections.abc import Callable
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import Depends, Request

from pipeline.desk.models import LOCAL_OPERATOR, Action, SignedIn
from pipeline.review.context import ReviewApp, SignInNeeded, Visit, review_app
from pipeline.review.forms import Form, FormDep, check_csrf
from pipeline.review.security import SAFE_METHODS, is_local

OPENING: Final = "opening"
"""The path parameter that names an opening, in every address of the app."""


def require(action: Action, *, csrf: bool = True) -> Callable[[Request, Visit, Form], Visit]:
    """Make the dependency of an endpoint: who asks, found to be allowed an action.

    An address with `{opening}` in it is about that opening: `visit.opening` is loaded. Use it as
    `visit: Annotated[Visit, Depends(require("see"))]`. A request that changes something must bring the visitor's
    token, in the form's field `csrf` or in the header `X-CSRF-Token`.

    Args:
        action: What the endpoint lets people do.
        csrf: False for an endpoint that reads its body itself and calls `check_csrf`.

    Raises:
        SignInNeeded: By the dependency, when nobody is signed in.
        AccessDenied: By the dependency, when they may not (it does not tell whether the opening exists), or when the
            request does not come from a page of theirs.
        UnknownToDesk: By the dependency, when an operator names an opening that does not exist.
    """

    # In this order: nothing is read of whoever is not known.
    def visit(request: Request, found: Annotated[Visit, Depends(visitor)], form: FormDep) -> Visit:
        if csrf and request.method not in SAFE_METHODS:
            check_csrf(request, found, form)
        opening = request.path_params.get(OPENING)
        if opening is not None:
            found.desk.require(found.user, opening, action)
            found = found._replace(of=found.desk.openings.get(opening))
        elif action != "see":
            found.desk.require(found.user, None, action)
        request.state.visit = found
        return found

    return visit


def visitor(request: Request) -> Visit:
    """Who asks, whatever they may do; for pages that are everybody's.

    Raises:
        SignInNeeded: Nobody is signed in.
    """
    app = review_app(request)
    token = request.cookies.get(cookie_name(app))
    session = app.desk.sessions.get(token) if token else None
    if token and session is not None:
        if session.due and request.method in SAFE_METHODS and (fresh := app.desk.sessions.rotate(token)) is not None:
            set_cookie(request, session_cookie(app, fresh))
        found = Visit(app, session.user, session.csrf, signed_in=True)
    elif open_to(request, app):
        found = Visit(app, LOCAL_OPERATOR, app.csrf, signed_in=False)
    else:
        raise SignInNeeded
    request.state.visit = found
    return found


def open_to(request: Request, app: ReviewApp) -> bool:
    """Whether no sign-in is asked for: there are no accounts, and the request comes from this machine."""
    client = request.client.host if request.client else None
    return not app.accounts and is_local(client, request.headers) and not app.desk.accounts.exist()


def cookie_name(app: ReviewApp) -> str:
    """Browsers let nobody but this host set a cookie that begins like this."""
    return "__Host-shortlist" if app.secure else "shortlist"


def session_cookie(app: ReviewApp, signed_in: SignedIn) -> str:
    """The header that keeps somebody signed in."""
    return _cookie(app, cookie_name(app), signed_in.token, seconds=7 * 24 * 3600)


def no_session_cookie(app: ReviewApp) -> str:
    """The header that forgets a session."""
    return _cookie(app, cookie_name(app), "", seconds=0)


def short_cookie(app: ReviewApp, name: str, value: str, *, seconds: int) -> str:
    """A header that keeps a value for a moment; 0 seconds forget it."""
    return _cookie(app, name, value, seconds=seconds)


def set_cookie(request: Request, header: str) -> None:
    """Send a cookie with whatever answers the request."""
    cookies: list[str] = request.scope.setdefault("state", {}).setdefault("cookies", [])
    cookies.append(header)


def safe_next(target: str | None) -> str:
    """Where to go after signing in: a path of this app and nothing else."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    return target if all(32 < ord(letter) < 127 and letter != "\\" for letter in target) else "/"


def sign_in_address(request: Request) -> str:
    """The sign-in page, with the way back to what was asked for."""
    if request.method not in SAFE_METHODS:
        return "/sign-in"
    query = f"?{request.url.query}" if request.url.query else ""
    return f"/sign-in?next={quote(request.url.path + query, safe='/')}"


def _cookie(app: ReviewApp, name: str, value: str, *, seconds: int) -> str:
    secure = "; Secure" if app.secure else ""
    return f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
