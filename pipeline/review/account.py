"""One's own account: what it may do, and another password."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from pipeline.errors import DeskError, SignInRefused, UnknownToDesk
from pipeline.review.context import Visit
from pipeline.review.forms import FormDep, check_csrf
from pipeline.review.rendering import redirect, render
from pipeline.review.users import ROLES, refuse_difference
from pipeline.review.visitors import session_cookie, set_cookie, visitor

router = APIRouter()

AnyVisit = Annotated[Visit, Depends(visitor)]
_BASE: Final = "/account"


@router.get(_BASE)
def account_page(request: Request, visit: AnyVisit) -> Response:
    """Show one's own account."""
    return _page(request, visit)


@router.post(_BASE)
def change_password(request: Request, visit: AnyVisit, form: FormDep) -> Response:
    """Set another password; sessions elsewhere end, this one goes on."""
    check_csrf(request, visit, form)
    _signed_in(visit)
    desk, name = visit.desk, visit.user.name
    try:
        refuse_difference(form)
        desk.sessions.confirm(name, form.raw("now"))
        desk.accounts.set_password(name, form.raw("password"), by=name)
    except SignInRefused as refused:
        return _page(request, visit, wrong=str(refused) if refused.wait else "The present password is another one.")
    except DeskError as error:
        return _page(request, visit, wrong=str(error))
    try:
        signed_in = desk.sessions.sign_in(name, form.raw("password"))
    except SignInRefused:
        # Many sign in at this moment; what was asked for is done all the same.
        return redirect(request, "/sign-in", say="The password is changed. Sign in with it.")
    set_cookie(request, session_cookie(visit.app, signed_in))
    return redirect(request, _BASE, say="The password is changed, and sessions elsewhere ended.")


def _page(request: Request, visit: Visit, *, wrong: str = "") -> Response:
    _signed_in(visit)
    mine = visit.desk.accounts.openings_of(visit.user)
    return render(
        request,
        "account.html",
        status=400 if wrong else 200,
        roles=ROLES,
        openings=[one for one in visit.desk.openings.all() if one.id in mine],
        tokens=visit.desk.tokens.all(visit.user.name),
        wrong=wrong,
    )


def _signed_in(visit: Visit) -> None:
    if not visit.signed_in:
        raise UnknownToDesk("Nobody is signed in, so there is no account to show. Make the first one under Users.")
