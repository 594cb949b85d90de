"""The walk under Prefect: the same stages as tasks, the same bytes, and the shortlist as an artifact."""

from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from flows.publishing import Published, screen_and_publish
from flows.run_options import RunOptions
from flows.traces import without_messages
from flows.workbench import Step
from pipeline.models.shortlist import Shortlist
from pipeline.settings import load_settings

P = ParamSpec("P")
T = TypeVar("T")


LOGGED_EVERY = 50


def as_task(name: str, stage: Callable[P, T], /) -> Callable[P, T]:
    """Make a Prefect task of a stage. Nothing is cached or persisted: the ledger is the truth."""
    # Prefect logs what a task raises, and keeps it for its pages.
    careful = without_messages(stage)

    @task(name=name, cache_policy=NO_CACHE, persist_result=False)
    def stage_task(*args: P.args, **kwargs: P.kwargs) -> T:
        return careful(*args, **kwargs)

    return stage_task


@flow(name="screening", persist_result=False)
def screening(
    batch: Path,
    scorecard: Path,
    out: Path,
    options: RunOptions | None = None,
) -> str:
    """Screen a batch and publish the shortlist.

    Args:
        batch: Folder or zip.
        scorecard: The role.
        out: Where the results go.
        options: Judge, budget and all else that `shortlist screen` takes.

    Returns:
        The path of `shortlist.html`.
    """
    log = get_run_logger()

    def progress(step: Step) -> None:
        if step.done % LOGGED_EVERY == 0 or step.done == step.total:
            log.info("%s: %d of %d", step.stage, step.done, step.total)

    chosen = options or RunOptions()
    published = screen_and_publish(
        batch,
        scorecard_path=scorecard,
        out=out,
        options=chosen,
        settings=load_settings(),
        progress=progress,
        tell=log.info,
        wrap=as_task,
    )
    publish_artifact(published)
    return str(published.html)


def publish_artifact(published: Published) -> None:
    """Show the shortlist on the run's page of the Prefect server."""
    create_table_artifact(
        key="shortlist-" + artifact_key(published.shortlist.scorecard_id),
        table=shortlist_table(published.shortlist),
        description=f"The report with all quotes is {published.html}.",
    )


def shortlist_table(shortlist: Shortlist) -> list[dict[str, str | int | float | None]]:
    """The rows of a shortlist as plain cells."""
    return [
        {
            "rank": row.rank,
            "between": " to ".join(map(str, row.rank_interval)) if row.rank_interval else None,
            "candidate": row.candidate,
            "band": row.band,
            "score": row.score,
            "coverage": row.coverage,
            "why": row.band_reason,
        }
        for row in shortlist.rows
    ]


def artifact_key(text: str) -> str:
    """A text as Prefect wants its artifact keys: lower-case letters, digits and dashes."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in text.lower()).strip("-")
