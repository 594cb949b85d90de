"""`shortlist erase` and `shortlist purge`: what somebody asked to be forgotten, and what was kept for long enough."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from flows.desk_commands import ACTOR, open_desk, say


def erase(
    opening: Annotated[str, typer.Argument(help="Id of the opening.", show_default=False)],
    candidate: Annotated[str, typer.Argument(help="Folder name or file stem, as in the batch.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget a candidate of an opening of the review app.

    Files, earlier versions, readings, answers, decisions and remarks go, and the results of past runs are written
    again without them; everybody else keeps rank and score. The audit chain still verifies. What may still be
    elsewhere is listed.
    """
    from evaluators.rubric_library import load_rubric_library
    from pipeline.review.erasing import erase as erase_candidate
    from pipeline.settings import load_settings

    if not yes:
        typer.confirm(f"Erase {candidate!r} from {opening!r}? Nothing brings it back.", abort=True)
    home = load_settings().home
    with open_desk() as desk:
        gone = erase_candidate(home, opening, candidate, desk=desk, by=ACTOR, rubrics=load_rubric_library())
    say(
        f"Erased: {gone.files} files, rows of {gone.tables} tables, {gone.forgotten.originals} originals, "
        f"{gone.forgotten.readings} readings, {gone.records.answers} answers, {gone.records.events} events of the "
        f"audit chain. Written again: the results of {gone.reports} runs."
    )
    for text in gone.elsewhere:
        say(f"note: {text}")


def purge(
    days: Annotated[
        int | None,
        typer.Option("--days", min=1, max=3_650, help="Older ones go. Default: retention_days of the settings."),
    ] = None,
) -> None:
    """Delete original files that were kept for long enough, and what old uploads brought.

    Batches of openings that are not archived stay, and so do results, decisions and the audit chain.
    """
    from pipeline.review.purging import purge as purge_files
    from pipeline.settings import load_settings

    settings = load_settings()
    kept = days or settings.retention_days
    with open_desk() as desk:
        gone = purge_files(settings.home, desk=desk, days=kept, now=datetime.now(UTC))
    say(
        f"Older than {kept} days, deleted: {gone.originals} originals, {gone.readings} readings, copies of "
        f"{gone.uploads} uploads, batches of {gone.batches} archived openings."
    )
