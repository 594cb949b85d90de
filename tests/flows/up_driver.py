"""`shortlist up` with a bare JSON app in place of the review app: `python -m tests.flows.up_driver`."""

from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from flows.up import Parts, run_up
from pipeline.errors import ShortlistError
from pipeline.settings import load_settings
from pipeline.settings_up import load_up_settings


def bare_app(parts: Parts) -> Starlette:
    desk, starter = parts.desk, parts.starter

    def act(request: Request) -> JSONResponse:
        verb, subject = request.path_params["verb"], request.path_params["subject"]
        given = dict(request.query_params)
        try:
            done = getattr(starter, verb)(subject, by="local-operator", **given)
        except ShortlistError as error:
            return JSONResponse({"refused": type(error).__name__, "said": str(error)}, status_code=409)
        return JSONResponse({"done": done})

    def runs(_: Request) -> JSONResponse:
        return JSONResponse([run.model_dump(mode="json") for run in desk.runs.all()])

    def health(_: Request) -> JSONResponse:
        found = starter.health()
        return JSONResponse(
            [part.model_dump() for part in found], status_code=200 if all(part.ok for part in found) else 503
        )

    def schedules(_: Request) -> JSONResponse:
        return JSONResponse([view.model_dump(mode="json") for view in starter.schedules()])

    return Starlette(
        routes=[
            Route("/do/{verb}/{subject}", act, methods=["POST"]),
            Route("/runs", runs),
            Route("/health", health),
            Route("/schedules", schedules),
        ]
    )


if __name__ == "__main__":
    run_up(
        load_settings(),
        load_up_settings(),
        make_app=bare_app,
        say=lambda line: print(f"{datetime.now():%H:%M:%S} {line}", flush=True),
    )
