"""The command `shortlist up`."""

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from flows.up import Parts

NOT_WELL = 1
"""Exit code of `--check` when a part does not work or nothing answers."""
CHECK_SECONDS = 10.0


def up(
    host: Annotated[
        str | None, typer.Option(help="Address of the review app; another than 127.0.0.1 needs accounts.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port of the review app.")] = None,
    prefect_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port of the Prefect server that is started.")
    ] = None,
    prefect_url: Annotated[
        str | None, typer.Option(help="API of a Prefect server that runs already, such as http://127.0.0.1:4200/api.")
    ] = None,
    runner: Annotated[
        str | None, typer.Option(help="Who screens: `here`, or workers of the work `pool` in prefect.yaml.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Ask a running shortlist up how it is, and end.")] = False,
) -> None:
    """Run the review app, screenings and their schedules on this machine until Ctrl-C.

    Settings stand in the table `up` of shortlist.toml, or in variables that start with SHORTLIST_UP_; options go before
    both. Runs that were killed are found by the next start and can be resumed. With --check, exit codes: 0 all parts
    work, 1 something does not.
    """
    from flows.up import run_up
    from pipeline.settings import load_settings
    from pipeline.settings_up import load_up_settings

    chosen = load_up_settings(
        host=host, port=port, prefect_port=prefect_port, prefect_url=prefect_url, runner=_runner(runner)
    )
    if check:
        raise typer.Exit(0 if print_health(chosen.local_address) else NOT_WELL)
    run_up(load_settings(), chosen, make_app=make_review_app, say=_say)


def make_review_app(parts: "Parts") -> "ASGIApp":
    """The review app, with what an operator chose."""
    from evaluators.rubric_library import load_rubric_library
    from pipeline.review.app import make_app
    from pipeline.settings_up import LOOPBACK

    settings = parts.up
    return make_app(
        desk=parts.desk,
        starter=parts.starter,
        home=parts.settings.home,
        rubrics=load_rubric_library(),
        accounts=settings.host not in LOOPBACK or settings.public_url is not None,
        hosts=settings.reached_as,
        secure=(settings.public_url or "").startswith("https://"),
        max_upload_bytes=settings.max_upload_mb * 1_000_000,
        max_upload_files=settings.max_upload_files,
        blind=settings.blind,
        cover_levels=settings.cover_levels,
        run_options=settings.run,
        import_roots=settings.import_roots,
    )


def print_health(address: str) -> bool:
    """Print how a running `shortlist up` is, a part a line; say whether all is well."""
    request = urllib.request.Request(f"{address}/health", headers={"Accept": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=CHECK_SECONDS) as answer:
            well, body = True, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            well, body = False, error.read()
    except (urllib.error.URLError, OSError) as error:
        _say(f"{address} does not answer ({error}). Is shortlist up running?")
        return False
    for line in _lines(body):
        _say(line)
    _say("all parts work" if well else "something does not work")
    return well


def _lines(body: bytes) -> list[str]:
    try:
        found = json.loads(body)
    except ValueError:
        return []
    parts = found.get("parts", []) if isinstance(found, dict) else found
    return [
        f"{'ok ' if part.get('ok') else 'NOT'}  {part.get('name', '?'):<15} {part.get('detail', '')}"
        for part in parts
        if isinstance(part, dict)
    ]


def _runner(chosen: str | None) -> Literal["here", "pool"] | None:
    match chosen:
        case "here" | "pool" | None:
            return chosen
        case _:
            raise typer.BadParameter("must be here or pool", param_hint="--runner")


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the command line's own message
