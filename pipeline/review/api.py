"""The REST API under `/api/v1`, its OpenAPI document, and the page that documents it."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute

from pipeline.review import api_batches, api_openings, api_reviews
from pipeline.review.api_models import Problem
from pipeline.review.api_problems import BASE, DOCS, EVERYWHERE, TITLES, problem_response
from pipeline.review.api_reference import marked, reference
from pipeline.review.context import SignInNeeded
from pipeline.review.rendering import render
from pipeline.review.visitors import visitor

DOCUMENT: Final = f"{BASE}/openapi.json"
TAGS: Final = (
    ("Openings", "Roles to hire for, and where they stand."),
    ("Scorecards", "What candidates are judged against; every version is kept."),
    ("Batches", "Candidates' files: sent, fetched, replaced."),
    ("Runs", "Screenings: started, watched, cancelled, resumed."),
    ("Shortlists", "What a run made of the batch, as the caller may see it."),
    ("Candidates", "Evidence, by the label that a shortlist has for a candidate; names stay covered until revealed."),
    ("Reviews", "What people decided, set, remarked, and how it went on. All of it stands in the audit chain."),
)
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
ABOUT: Final = (
    "Upload candidates, start screenings, read shortlists and keep decisions, with the rights of one user. What is "
    "covered on that user's screen is covered here. Errors are problem documents (RFC 9457) whose `detail` says what "
    "to do next. Labels such as `candidate-07` are numbered anew by every run, so whatever is written about a "
    "candidate names the run that was read."
)

_PARTS: Final = (api_openings, api_batches, api_reviews)

router = APIRouter()
_v1 = APIRouter(prefix=BASE, responses=EVERYWHERE)
for _part in _PARTS:
    _v1.include_router(_part.router)
router.include_router(_v1)


@router.get(DOCUMENT, include_in_schema=False)
def openapi_json() -> Response:
    """The OpenAPI document; it tells nothing of what is in this installation."""
    return JSONResponse(openapi_document())


@router.get(DOCS, include_in_schema=False)
def docs_page(request: Request) -> Response:
    """The same as a page."""
    try:
        visitor(request)
    except SignInNeeded:
        # The page is everybody's; who is signed in keeps the navigation.
        request.state.visit = None
    document = openapi_document()
    return render(
        request,
        "api_docs.html",
        document=document,
        parts=reference(document),
        document_address=DOCUMENT,
        marked=marked,
        problems=TITLES,
        address=str(request.base_url).rstrip("/"),
    )


@cache
def openapi_document() -> Mapping[str, Any]:
    """The OpenAPI 3.1 document of the API."""
    document = get_openapi(
        title="Shortlist API",
        version="1",
        summary="Candidate screening in which every point is justified by a verified quote.",
        description=ABOUT,
        routes=_v1.routes,
        tags=[{"name": name, "description": text} for name, text in TAGS],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        contact=None,
    )
    document["info"]["x-program-version"] = version("shortlist")
    schemas = document["components"]["schemas"]
    # Errors never have FastAPI's own shape.
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    schemas |= problem.pop("$defs", {})
    schemas["Problem"] = problem
    for path, item in document["paths"].items():
        for told in item.values():
            _tell_of_path(path, told)
            told["summary"] = told["summary"].capitalize()
    # No token is asked for while there is no account.
    document["security"] = [{"token": []}, {}]
    return document


def _tell_of_path(path: str, told: dict[str, Any]) -> None:
    """Document the parts of an address that an endpoint gets from its visit."""
    parameters = told.setdefault("parameters", [])
    known = {one["name"] for one in parameters}
    missing = [name for name in re.findall(r"{(\w+)}", path) if name not in known]
    told["parameters"] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in missing
    ] + parameters


def _refuse_other_methods() -> None:
    """Answer every other method of an address with all that it has; routes alone would name those of the first."""
    found: dict[str, set[str]] = {}
    for part in _PARTS:
        for route in part.router.routes:
            if isinstance(route, APIRoute):
                found.setdefault(BASE + route.path, set()).update(route.methods or ())
    for path, methods in found.items():
        others = [method for method in _METHODS if method not in methods]
        router.add_api_route(path, _refusal(sorted(methods)), methods=others, include_in_schema=False)


def _refusal(methods: Sequence[str]) -> Callable[[Request], Response]:
    allowed = ", ".join(methods)

    def refuse(request: Request) -> Response:
        text = f"{request.method} is no method of this address. It has {allowed}; see {DOCS}."
        return problem_response(text, status=405, headers={"allow": allowed})

    return refuse


_refuse_other_methods()
