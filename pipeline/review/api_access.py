"""Who calls the API: a token's user, or whoever sits at this machine while there is no account."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from pipeline.desk.models import LOCAL_OPERATOR, Action
from pipeline.review.context import SignInNeeded, Visit, review_app
from pipeline.review.security import SAFE_METHODS
from pipeline.review.visitors import OPENING, open_to

BEARER: Final = HTTPBearer(
    scheme_name="token",
    description=(
        "A token that an operator made for a user, at `/settings/users` or with `shortlist user token NAME`. It may do "
        "what its user may. While there is no account, requests from the machine itself need none."
    ),
    auto_error=False,
)

_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]


class KnownFirst(APIRoute):
    """A route that finds out who calls before it reads what they sent; the framework would read first."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler with the look before it."""
        handle = super().get_route_handler()

        async def known_first(request: Request) -> Response:
            if request.method not in SAFE_METHODS:
                request.state.caller = await run_in_threadpool(_caller, request, await BEARER(request))
            return await handle(request)

        return known_first


def caller(action: Action) -> Callable[[Request, HTTPAuthorizationCredentials | None], Visit]:
    """Make the dependency of an endpoint: who calls, found to be allowed an action.

    An address with `{opening}` in it is about that opening, as with `visitors.require`. Cookies count for nothing
    here, so that no page of somebody else can make a browser call with them.

    Raises:
        SignInNeeded: By the dependency, without a token that holds.
        AccessDenied: By the dependency, when its user may not; it does not tell whether the opening exists.
        UnknownToDesk: By the dependency, when an operator names an opening that does not exist.
    """

    def visit(request: Request, credentials: _Credentials) -> Visit:
        found: Visit = getattr(request.state, "caller", None) or _caller(request, credentials)
        opening = request.path_params.get(OPENING)
        if opening is not None:
            found.desk.require(found.user, opening, action)
            found = found._replace(of=found.desk.openings.get(opening))
        elif action != "see":
            found.desk.require(found.user, None, action)
        request.state.visit = found
        return found

    return visit


def _caller(request: Request, credentials: HTTPAuthorizationCredentials | None) -> Visit:
    app = review_app(request)
    if credentials is not None:
        user = app.desk.tokens.user_of(credentials.credentials)
        if user is None:
            raise SignInNeeded
        return Visit(app, user, app.csrf, signed_in=True)
    # A header that is no bearer's is an attempt to be somebody, not nobody.
    if "authorization" not in request.headers and open_to(request, app):
        return Visit(app, LOCAL_OPERATOR, app.csrf, signed_in=False)
    raise SignInNeeded
