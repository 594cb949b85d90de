"""How the parts of the running machinery are, for people and programs; and whether the audit chain holds."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from pipeline.audit_events import Verification
from pipeline.desk.runs_verified import verify_home
from pipeline.errors import ShortlistError
from pipeline.models.base import FrozenModel
from pipeline.review.context import AppDep, ReviewApp, Visit
from pipeline.review.forms import Form
from pipeline.review.problems import wants_json
from pipeline.review.protocols import HealthPart
from pipeline.review.rendering import render
from pipeline.review.security import is_local
from pipeline.review.visitors import require, visitor

router = APIRouter()

HealthVisit = Annotated[Visit, Depends(require("health"))]


class Health(FrozenModel):
    """Everything there is to say."""

    ok: bool
    parts: tuple[HealthPart, ...]


@router.get("/health")
def health(request: Request, app: AppDep) -> Response:
    """Show how the parts are; a program on this machine may ask without signing in."""
    client = request.client.host if request.client else None
    if wants_json(request) and is_local(client, request.headers):
        found = health_of(app)
        return JSONResponse(found.model_dump(mode="json"), status_code=200 if found.ok else 503)
    require("health")(request, visitor(request), Form(()))
    return render(request, "health.html", health=health_of(app), chain=None)


@router.post("/health/verify")
def verify(request: Request, visit: HealthVisit) -> Response:
    """Check the audit chain now, against the heads that the runs remember."""
    return render(request, "health.html", health=health_of(visit.app), chain=verification_of(visit))


def health_of(app: ReviewApp) -> Health:
    """How the parts are now; machinery that cannot be asked is not ok."""
    try:
        parts = app.starter.health()
    except ShortlistError as error:
        parts = (HealthPart(name="machinery", ok=False, detail=str(error)),)
    return Health(ok=all(part.ok for part in parts), parts=parts)


def verification_of(visit: Visit) -> Verification:
    """Whether the audit chain is as it was written."""
    return verify_home(visit.desk, visit.app.home).found
