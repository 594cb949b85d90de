"""The review app, put together: what it is given, what guards it, which pages it has."""

import secrets
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from pydantic import JsonValue
from starlette.responses import Response
from starlette.types import Scope

from pipeline.desk.desk import Desk
from pipeline.models.scorecard import Rubric
from pipeline.review import (
    account,
    api,
    decisions,
    evidence,
    files,
    health,
    kit,
    manager,
    new_opening,
    recruiter,
    run_candidates,
    runs,
    schedule,
    scorecards,
    signing_in,
    uploads,
    user_tokens,
    users,
)
from pipeline.review.context import ReviewApp
from pipeline.review.problems import answer_problems, unexpected
from pipeline.review.protocols import RunStarter
from pipeline.review.rendering import STATIC
from pipeline.review.security import LOCAL_HOSTS, Guard

PAGES: Final = (
    signing_in,
    account,
    api,
    new_opening,
    recruiter,
    scorecards,
    uploads,
    files,
    runs,
    run_candidates,
    schedule,
    manager,
    evidence,
    decisions,
    kit,
    users,
    user_tokens,
    health,
)
"""Modules with a `router`, in the order in which an address is looked up."""


def make_app(
    *,
    desk: Desk,
    starter: RunStarter,
    home: Path,
    rubrics: Mapping[str, Rubric],
    accounts: bool = False,
    hosts: Collection[str] = (),
    secure: bool = False,
    max_upload_bytes: int = 500_000_000,
    max_upload_files: int = 20_000,
    blind: bool = True,
    cover_levels: bool = True,
    run_options: Mapping[str, JsonValue] | None = None,
    import_roots: Collection[str] = (),
) -> FastAPI:
    """Make the app.

    Args:
        desk: What people did and do; stays the caller's to close.
        starter: Starts, stops and schedules screenings.
        home: SHORTLIST_HOME.
        rubrics: The rubric library, with which scorecards are checked.
        accounts: Ask everybody to sign in, even while there is no account: for an app that others than this machine
            can reach.
        hosts: Names under which the app is reached besides those of this machine, without ports.
        secure: It is reached by https alone, through a proxy; cookies are marked so.
        max_upload_bytes: Of one upload, all files together.
        max_upload_files: Of one upload.
        blind: Whether a new opening covers names.
        cover_levels: Whether a new opening covers levels until their evidence was opened.
        run_options: Options of `flows.run_options` that a run is started with unless somebody chooses otherwise.
        import_roots: Folders and URLs below which others than operators may fetch candidates.
    """
    app = FastAPI(title="Shortlist", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.review = ReviewApp(
        desk=desk,
        starter=starter,
        home=home,
        rubrics=rubrics,
        accounts=accounts,
        secure=secure,
        csrf=secrets.token_urlsafe(32),
        key=secrets.token_bytes(32),
        max_upload_bytes=max_upload_bytes,
        max_upload_files=max_upload_files,
        blind=blind,
        cover_levels=cover_levels,
        run_options=dict(run_options or {}),
        import_roots=tuple(import_roots),
    )
    app.add_middleware(
        Guard,
        hosts={*LOCAL_HOSTS, *hosts},
        max_upload_bytes=max_upload_bytes,
        secure=secure,
        unexpected=unexpected,
    )
    app.mount("/static", _Assets(directory=STATIC))
    for page in PAGES:
        app.include_router(page.router)
    answer_problems(app)
    return app


class _Assets(StaticFiles):
    """Assets that may be kept for good: their address changes with them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with the file."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response
