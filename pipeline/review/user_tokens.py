"""Tokens of a user for the API: made, shown once, revoked."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from pipeline.desk.tokens import LONGEST_DAYS
from pipeline.errors import DeskError, UnknownToDesk
from pipeline.review.context import Visit
from pipeline.review.forms import FormDep
from pipeline.review.rendering import redirect
from pipeline.review.users import user_response
from pipeline.review.visitors import require

router = APIRouter()

UsersVisit = Annotated[Visit, Depends(require("users"))]
_BASE: Final = "/settings/users/{name}/tokens"


@router.post(_BASE)
def make_token(request: Request, visit: UsersVisit, name: str, form: FormDep) -> Response:
    """Make a token; the answer is the one page that ever shows it."""
    try:
        days = form.whole("days", least=1, most=LONGEST_DAYS, what="The number of days")
        made = visit.desk.tokens.make(name, label=form.text("label"), by=visit.user.name, days=days)
    except UnknownToDesk:
        raise
    except DeskError as error:
        return user_response(request, visit, name, wrong=str(error), status=400)
    return user_response(request, visit, name, token=made.token)


@router.get(_BASE)
def tokens_page(request: Request, visit: UsersVisit, name: str) -> Response:
    """Whoever reloads the page of a token that was just made gets the one that shows none."""
    return redirect(request, f"/settings/users/{visit.desk.accounts.get(name).name}")


@router.post(f"{_BASE}/{{token}}/revoke")
def revoke_token(request: Request, visit: UsersVisit, name: str, token: str) -> Response:
    """End a token."""
    if token not in {one.id for one in visit.desk.tokens.all(name)}:
        raise UnknownToDesk(f"{name!r} has no such token. Go back to their page.")
    ended = visit.desk.tokens.revoke(token, by=visit.user.name)
    return redirect(request, f"/settings/users/{name}", say=f"The token for “{ended.label}” holds no more.")
