"""The openings, and what stands where in one of them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from pipeline.review.context import Visit
from pipeline.review.openings_view import opening_card, opening_cards
from pipeline.review.rendering import render
from pipeline.review.visitors import require

router = APIRouter()


@router.get("/")
def openings(request: Request, visit: Annotated[Visit, Depends(require("see"))], archived: bool = False) -> Response:
    """List the openings somebody has access to."""
    return render(request, "openings.html", cards=opening_cards(visit, archived=archived), archived=archived)


@router.get("/openings/{opening}")
def overview(request: Request, visit: Annotated[Visit, Depends(require("see"))]) -> Response:
    """Show what stands where in an opening."""
    return render(request, "overview.html", card=opening_card(visit, visit.opening))
