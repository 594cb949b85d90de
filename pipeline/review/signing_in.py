"""Signing in and out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from pipeline.errors import AccessDenied, SignInRefused
from pipeline.review.context import AppDep, SignInNeeded, Visit
from pipeline.review.forms import FormDep, check_csrf
from pipeline.review.rendering import render
from pipeline.review.security import same
from pipeline.review.visitors import (
    cookie_name,
    no_session_cookie,
    open_to,
    safe_next,
    session_cookie,
    set_cookie,
    visitor,
)

router = APIRouter()


@router.get("/sign-in")
def sign_in_page(request: Request, app: AppDep, next: str = "/") -> Response:
    """Ask for name and password."""
    if open_to(request, app):
        return RedirectResponse(safe_next(next), status_code=303)
    return render(request, "sign_in.html", next=safe_next(next), name="", wrong="", first=not app.desk.accounts.exist())


@router.get("/sign-in/still")
def still_signed_in(request: Request) -> Response:
    """Tell the sign-in page's script whether somebody is signed in after all: with no content, if so."""
    try:
        visitor(request)
    except SignInNeeded:
        # A refusal would stand as an error in the browser's log of every visit.
        return Response("no")
    return Response(status_code=204)


@router.post("/sign-in")
def sign_in(request: Request, app: AppDep, form: FormDep) -> Response:
    """Begin a session."""
    if not same(app.csrf, form.raw("csrf")):
        raise AccessDenied("This page is too old to send anything from. Reload it and send again.")
    name, target = form.text("name"), safe_next(form.text("next"))
    try:
        signed_in = app.desk.sessions.sign_in(name, form.raw("password"))
    except SignInRefused as refused:
        page = render(
            request,
            "sign_in.html",
            status=429 if refused.wait else 401,
            next=target,
            name=name,
            wrong=str(refused),
            first=False,
        )
        if refused.wait:
            page.headers["retry-after"] = str(round(refused.wait) + 1)
        return page
    if before := request.cookies.get(cookie_name(app)):
        # Nobody could end it any more once the browser has forgotten its token.
        app.desk.sessions.sign_out(before)
    set_cookie(request, session_cookie(app, signed_in))
    return RedirectResponse(target, status_code=303)


@router.post("/sign-out")
def sign_out(request: Request, visit: Annotated[Visit, Depends(visitor)], form: FormDep) -> Response:
    """End the session."""
    check_csrf(request, visit, form)
    if token := request.cookies.get(cookie_name(visit.app)):
        visit.desk.sessions.sign_out(token)
    set_cookie(request, no_session_cookie(visit.app))
    return RedirectResponse("/sign-in", status_code=303)
