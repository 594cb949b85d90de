"""The walk under Prefect: the same stages as tasks, the same bytes, and the shortlist as an artifact."""

from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from flows.publishing import Published, RunOptions, screen_and_publish
from flows.workbench import Step
from pipeline.models.shortlist import Shortlist

P = ParamSpec("P")
T = TypeVar("T")


def as_task(name: str, stage: Callable[P, T], /) -> Callable[P, T]:
    """Make a Prefect task of a stage. Nothing is cached or persisted: the ledger is the truth."""

    @task(name=name, cache_policy=NO_CACHE, persist_result=False)
    def stage_task(*args: P.args, **kwargs: P.kwargs) -> T:
        return stage(*args, **kwargs)

    return stage_task


@flow(name="screening", persist_result=False)
def screening(
    batch: Path,
    scorecard: Path,
    out: Path,
    top: int | None = None,
    judge: str = "evidence",
    base_url: str | None = None,
    blind: bool = False,
) -> str:
    """Screen a batch and publish the shortlist.

    Returns:
        The path of `shortlist.html`.
    """
    log = get_run_logger()

    def tell(step: Step) -> None:
        log.info("%s: %d of %d candidates", step.stage, step.done, step.total)

    options = RunOptions(top=top, judge=judge, base_url=base_url, blind=blind)
    published = screen_and_publish(
        batch, scorecard_path=scorecard, out=out, options=options, progress=tell, wrap=as_task
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
