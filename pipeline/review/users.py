"""Accounts: who there is, in which role, and what they have access to."""

from datetime import UTC, datetime
from typing import Annotated, Final, cast, get_args

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from pipeline.desk.models import LOCAL_OPERATOR, Role
from pipeline.errors import DeskError
from pipeline.review.context import Visit
from pipeline.review.forms import Form, FormDep
from pipeline.review.rendering import redirect, render
from pipeline.review.visitors import require

router = APIRouter()

UsersVisit = Annotated[Visit, Depends(require("users"))]
_BASE: Final = "/settings/users"
ROLES: Final[dict[Role, str]] = {"recruiter": "Recruiter", "hiring_manager": "Hiring manager", "operator": "Operator"}


@router.get(_BASE)
def users_page(request: Request, visit: UsersVisit) -> Response:
    """List the accounts."""
    return _page(request, visit)


@router.post(_BASE)
def add_user(request: Request, visit: UsersVisit, form: FormDep) -> Response:
    """Make an account."""
    try:
        refuse_difference(form)
        user = visit.desk.accounts.add(
            form.text("name"),
            display=form.text("display"),
            role=_role(form),
            password=form.raw("password"),
            by=visit.user.name,
        )
    except DeskError as error:
        return _page(request, visit, form=form, wrong=str(error), status=400)
    if visit.user == LOCAL_OPERATOR:
        # From here on everybody signs in, whoever just made the account too.
        return redirect(request, "/sign-in", say=f"{user.display} is the first account. Sign in with it.")
    return redirect(request, f"{_BASE}/{user.name}", say=f"{user.display} was added. Choose what they have access to.")


@router.get(f"{_BASE}/{{name}}")
def user_page(request: Request, visit: UsersVisit, name: str) -> Response:
    """Show one account."""
    return user_response(request, visit, name)


@router.post(f"{_BASE}/{{name}}")
def change_user(request: Request, visit: UsersVisit, name: str, form: FormDep) -> Response:
    """Change role, display name, state and access."""
    try:
        visit.desk.accounts.change(
            name, by=visit.user.name, role=_role(form), display=form.text("display"), disabled=form.has("disabled")
        )
        visit.desk.accounts.set_access(name, form.all("opening"), by=visit.user.name)
    except DeskError as error:
        return user_response(request, visit, name, wrong=str(error), status=400)
    return redirect(request, f"{_BASE}/{name}", say="Saved.")


@router.post(f"{_BASE}/{{name}}/password")
def set_password(request: Request, visit: UsersVisit, name: str, form: FormDep) -> Response:
    """Set another password; it ends all sessions of the user."""
    try:
        refuse_difference(form)
        visit.desk.accounts.set_password(name, form.raw("password"), by=visit.user.name)
    except DeskError as error:
        return user_response(request, visit, name, wrong=str(error), status=400)
    return redirect(request, f"{_BASE}/{name}", say="The password is changed, and all sessions with the old one ended.")


def _role(form: Form) -> Role:
    role = form.text("role")
    if role not in get_args(Role):
        raise DeskError(f"There is no role {role[:30]!r}.")
    return cast(Role, role)


def refuse_difference(form: Form) -> None:
    """Refuse a new password that was not typed twice alike.

    Raises:
        DeskError: It was not.
    """
    if form.raw("password") != form.raw("again"):
        raise DeskError("The two passwords differ. Type the same one twice.")


def _page(request: Request, visit: Visit, *, form: Form | None = None, wrong: str = "", status: int = 200) -> Response:
    users = visit.desk.accounts.all()
    return render(
        request,
        "users.html",
        status=status,
        users=[(user, len(visit.desk.accounts.openings_of(user))) for user in users],
        roles=ROLES,
        form=form or Form(()),
        wrong=wrong,
    )


def user_response(
    request: Request, visit: Visit, name: str, *, wrong: str = "", token: str = "", status: int = 200
) -> Response:
    """The page of one account.

    Args:
        request: What is answered.
        visit: Who looks.
        name: Of the account.
        wrong: What could not be done.
        token: One that was just made; it is shown this once.
        status: HTTP status.
    """
    user = visit.desk.accounts.get(name)
    return render(
        request,
        "user.html",
        status=status,
        user=user,
        roles=ROLES,
        openings=visit.desk.openings.all(archived=True),
        access=visit.desk.accounts.openings_of(user),
        tokens=visit.desk.tokens.all(user.name),
        token=token,
        now=datetime.now(UTC),
        wrong=wrong,
    )
