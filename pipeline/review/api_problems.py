"""Errors as the API answers them: problem documents (RFC 9457) that say what to do next."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse, Response

from pipeline.errors import DeskError
from pipeline.review.api_models import FieldProblem, Problem
from pipeline.scorecard_problem import ScorecardProblem

API: Final = "/api/"
BASE: Final = f"{API}v1"
DOCS: Final = f"{API}docs"
MEDIA_TYPE: Final = "application/problem+json"
TITLES: Final[Mapping[int, str]] = {
    400: "That does not work",
    401: "No token, or one that does not hold",
    403: "Not allowed",
    404: "Not found",
    405: "Not a method of this address",
    408: "Too slow",
    409: "It does not fit what is there now",
    413: "Too large",
    421: "Not served under this name",
    422: "The request cannot be read",
    500: "Something went wrong",
    503: "Not available right now",
}

# FastAPI asks for dicts of anything here; what is in them is JSON Schema.
Responses = dict[int | str, dict[str, Any]]


def _told(*statuses: int) -> Responses:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": TITLES[status], "content": content} for status in statuses}


EVERYWHERE: Final = _told(400, 401, 403, 404, 422, 503)
"""What any endpoint may answer."""
REFUSED: Final = _told(408, 409, 413)
"""What an endpoint that changes something may answer besides."""
CREATES: Final[Responses] = {
    201: {"headers": {"Location": {"description": "What was made", "schema": {"type": "string"}}}}
}
BEGINS: Final[Responses] = {202: {"headers": {"Location": {"description": "The run", "schema": {"type": "string"}}}}}


class ScorecardRefused(DeskError):
    """A scorecard that was not saved because it has errors."""

    def __init__(self, problems: tuple[ScorecardProblem, ...]) -> None:
        super().__init__(f"Nothing was saved: the scorecard has an error. {problems[0]}")
        self.problems = problems


def problem_response(
    text: str, *, status: int, errors: Iterable[FieldProblem] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """A problem document."""
    told = Problem(
        type=f"{DOCS}#problem-{status}",
        title=TITLES.get(status, TITLES[400]),
        status=status,
        detail=text,
        errors=tuple(errors),
    )
    body = told.model_dump(mode="json", exclude_defaults=True)
    extra = dict(headers or {})
    if status == 401:
        extra["www-authenticate"] = "Bearer"
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE, headers=extra)


def unreadable_response(error: RequestValidationError) -> Response:
    """What is wrong with a request, by field; never with what was sent, which may be no text at all."""
    errors = [_field(one) for one in error.errors()]
    first = f"{errors[0].field}: {errors[0].message}. " if errors else ""
    return problem_response(f"{first}Nothing was done; {DOCS} says what this address takes.", status=422, errors=errors)


def scorecard_response(error: ScorecardRefused) -> Response:
    """What to change in a scorecard."""
    errors = (
        FieldProblem(field=f"{problem.field or 'scorecard'} (line {problem.line})", message=problem.message)
        for problem in error.problems
    )
    return problem_response(str(error), status=400, errors=errors)


def _field(error: Mapping[str, Any]) -> FieldProblem:
    where, *rest = [str(part) for part in error["loc"]] or ["request"]
    name = ".".join(rest).encode("utf-8", "replace").decode()[:200]
    return FieldProblem(field=f"{where} {name}".strip(), message=str(error["msg"]))
