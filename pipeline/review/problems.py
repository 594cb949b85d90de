"""Errors as answers: a page with what to do next, JSON for the API, never a traceback."""

import logging
import sqlite3
from contextlib import suppress
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from pipeline.errors import (
    AccessDenied,
    ConfigurationError,
    DeskConflict,
    DeskError,
    ShortlistError,
    SignInRefused,
    StorageError,
    UnknownToDesk,
)
from pipeline.review.api_problems import (
    API,
    DOCS,
    ScorecardRefused,
    problem_response,
    scorecard_response,
    unreadable_response,
)
from pipeline.review.arriving import UploadsCrowded
from pipeline.review.context import SignInNeeded
from pipeline.review.protocols import RunRefused
from pipeline.review.rendering import is_partial, render
from pipeline.review.security import TooLarge, TooSlow
from pipeline.review.visitors import sign_in_address, visitor

_STATUS: Final[tuple[tuple[type[ShortlistError], int], ...]] = (
    (AccessDenied, 403),
    (UnknownToDesk, 404),
    (SignInRefused, 401),
    (DeskConflict, 409),
    (RunRefused, 409),
    (UploadsCrowded, 503),
    (DeskError, 400),
    (ConfigurationError, 400),
    (StorageError, 503),
)
_TITLES: Final = {
    400: "That does not work",
    401: "Sign in",
    403: "Not allowed",
    404: "Not found",
    405: "That does not work",
    408: "Too slow",
    409: "Something changed meanwhile",
    413: "Too large",
    500: "Something went wrong",
    503: "Not available right now",
}
_TOLD: Final = {
    400: "The body of the request cannot be read. Send it again.",
    404: "There is nothing at this address.",
}
"""What the framework says of its own accord, as a sentence."""
_DATABASE: Final = (
    "The database cannot be used right now, and nothing was kept of what you sent. Try again in a minute; if it stays "
    "like this, tell an operator: the log says more."
)
AGAIN_SECONDS: Final = 30
"""After which what is not available right now may be tried again."""
_log = logging.getLogger(__name__)


def status_of(error: ShortlistError) -> int:
    """The HTTP status that says what kind of error it is."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def answer_problems(app: FastAPI) -> None:
    """Let an app answer every error as its reader can use it."""

    def sign_in(request: Request, error: Exception) -> Response:
        if of_api(request):
            return problem_response(
                "The request brings no token that holds. Send `Authorization: Bearer TOKEN`; an operator makes one at "
                "/settings/users.",
                status=401,
            )
        if wants_json(request):
            return JSONResponse({"detail": "Sign in first."}, status_code=401)
        address = sign_in_address(request)
        if is_partial(request):
            return Response(status_code=204, headers={"HX-Redirect": "/sign-in"})
        return RedirectResponse(address, status_code=303)

    def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, ShortlistError)
        status = status_of(error)
        if isinstance(error, ScorecardRefused):
            return scorecard_response(error)
        if isinstance(error, StorageError) and isinstance(error.__cause__, (SQLAlchemyError, sqlite3.Error)):
            # Says where the database is; whoever looks at a page need not know.
            _log.error("%s", error)
            return problem(request, _DATABASE, status=status)
        if isinstance(error, StorageError) or status == 500:
            _log.error("storage or unexpected error: %s", type(error).__name__)
        return problem(request, str(error), status=status)

    def too_large(request: Request, error: Exception) -> Response:
        return problem(request, str(error), status=413)

    def too_slow(request: Request, error: Exception) -> Response:
        return problem(request, str(error), status=408)

    def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if isinstance(error.__cause__, TooLarge):
            return too_large(request, error.__cause__)
        if isinstance(error.__cause__, TooSlow):
            return too_slow(request, error.__cause__)
        text = _TOLD.get(error.status_code, str(error.detail))
        if not of_api(request):
            # No address was found that would have looked who asks; with it, the page has its way back.
            with suppress(SignInNeeded, StorageError):
                visitor(request)
        answer = problem(request, text, status=error.status_code)
        # Such as the methods that an address has.
        answer.headers.update(error.headers or {})
        return answer

    def unreadable(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        if of_api(request):
            return unreadable_response(error)
        return problem(request, "This address does not say what it should. Go back and follow a link.", status=400)

    app.add_exception_handler(SignInNeeded, sign_in)
    app.add_exception_handler(ShortlistError, ours)
    app.add_exception_handler(TooLarge, too_large)
    app.add_exception_handler(TooSlow, too_slow)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, unreadable)


def unexpected(request: Request) -> Response:
    """The answer to a request at which the app failed; it tells nothing of why."""
    return problem(request, "The log says more. Look whether what you did is there before you do it again.", status=500)


def of_api(request: Request) -> bool:
    """Whether a request is to the API, whose problems have a form of their own."""
    return request.url.path.startswith(API) and request.url.path != DOCS


def wants_json(request: Request) -> bool:
    """Whether a program asks rather than a person's browser."""
    return of_api(request) or request.headers.get("accept", "").startswith("application/json")


def problem(request: Request, text: str, *, status: int) -> Response:
    """What went wrong, as the reader can use it."""
    answer = _problem(request, text, status=status)
    if status == 503:
        answer.headers["retry-after"] = str(AGAIN_SECONDS)
    return answer


def _problem(request: Request, text: str, *, status: int) -> Response:
    if of_api(request):
        return problem_response(text, status=status)
    if wants_json(request):
        return JSONResponse({"detail": text}, status_code=status)
    title = _TITLES.get(status, "That does not work")
    template = "_problem.html" if is_partial(request) else "problem.html"
    return render(request, template, status=status, title=title, text=text)
