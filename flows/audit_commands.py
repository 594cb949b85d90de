"""`shortlist audit`: what it takes on the command line, and what it tells on the terminal."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

COMPARISONS = "Groups of people"


class SelectedBy(StrEnum):
    """What counts as being selected."""

    TOP = "top"
    BAND = "band"
    BAR = "bar"
    DECISION = "decision"


def audit(
    run_dir: Annotated[Path, typer.Argument(help="Folder of a finished screening.", show_default=False)],
    batch: Annotated[
        Path | None, typer.Option("--batch", help="The batch that was screened, if it lies elsewhere now.")
    ] = None,
    scorecard: Annotated[
        Path | None,
        typer.Option("--scorecard", "-s", help="Its scorecard. Default: looked for in and beside the batch."),
    ] = None,
    demographics: Annotated[
        Path | None,
        typer.Option(
            help="CSV: a column 'candidate' and any others (gender, origin, age_band). Joined by candidate here and "
            "nowhere else; no judge sees it and nothing of it is kept.",
            rich_help_panel=COMPARISONS,
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the results. Default: 'audit' in the run's folder.")
    ] = None,
    selected_by: Annotated[
        SelectedBy | None,
        typer.Option(
            help="Who counts as selected. top: rank within the interviews (the default); band: not on hold and not "
            "waiting for a person; bar: by --bar; decision: by --decisions.",
            rich_help_panel=COMPARISONS,
        ),
    ] = None,
    bar: Annotated[
        float | None,
        typer.Option(min=0, max=100, help="Selected is who scored so many points.", rich_help_panel=COMPARISONS),
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option(
            help="CSV: candidate, decision (yes or no): selected is whom people chose.", rich_help_panel=COMPARISONS
        ),
    ] = None,
    swaps: Annotated[
        bool, typer.Option("--swaps/--no-swaps", help="Read every candidate again under other names, schools, dates.")
    ] = True,
    sample: Annotated[
        int, typer.Option(min=1, help="Of how many candidates at most twins are read; evenly chosen if there are more.")
    ] = 100,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with exit code 3 when a swap changed a score or there is a signal.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the result.")] = False,
) -> None:
    """Ask of a finished screening whether it was fair: swaps of identity, and rates by group of people.

    Writes audit.html, audit.json and CSV files. It makes no request to a language model.
    """
    from flows.auditing import AuditOptions, run_audit

    run_audit(
        run_dir,
        AuditOptions(
            batch=batch,
            scorecard=scorecard,
            demographics=demographics,
            out=out,
            selected_by=selected_by.value if selected_by else None,
            bar=bar,
            decisions=decisions,
            swaps=swaps,
            sample=sample,
        ),
        strict=strict,
        quiet=quiet,
    )
