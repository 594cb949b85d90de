"""`shortlist audit`: what it takes on the command line, and what it tells on the terminal."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flows.cli_options import QuietOption

COMPARISONS = "Groups of people"


class SelectedBy(StrEnum):
    """What counts as being selected."""

    TOP = "top"
    BAND = "band"
    BAR = "bar"
    DECISION = "decision"


RunArgument = Annotated[Path, typer.Argument(help="Folder of a finished screening.", show_default=False)]
BatchOption = Annotated[
    Path | None, typer.Option("--batch", help="The batch that was screened, if it lies elsewhere now.")
]
AuditedScorecardOption = Annotated[
    Path | None, typer.Option("--scorecard", "-s", help="Its scorecard. Default: looked for in and beside the batch.")
]
DemographicsOption = Annotated[
    Path | None,
    typer.Option(
        help="CSV: a column 'candidate' and any others (gender, origin, age_band). Joined by candidate here and "
        "nowhere else; no judge sees it and nothing of it is kept. People who are not in the run are named and left "
        "out.",
        rich_help_panel=COMPARISONS,
    ),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", help="Folder for the results. Default: 'audit' in the run's folder.")
]
SelectedByOption = Annotated[
    SelectedBy | None,
    typer.Option(
        help="Who counts as selected. top: rank within the interviews (the default); band: not on hold and not "
        "waiting for a person; bar: by --bar; decision: by --decisions.",
        rich_help_panel=COMPARISONS,
    ),
]
BarOption = Annotated[
    float | None,
    typer.Option(min=0, max=100, help="Selected is who scored so many points.", rich_help_panel=COMPARISONS),
]
DecisionsOption = Annotated[
    Path | None,
    typer.Option(
        help="CSV: candidate, decision (yes or no; or advance, hold, decline), maybe date (YYYY-MM-DD) and reviewer: "
        "selected is whom people chose.",
        rich_help_panel=COMPARISONS,
    ),
]
SwapsOption = Annotated[
    bool, typer.Option("--swaps/--no-swaps", help="Read every candidate again under other names, schools, dates.")
]
SampleOption = Annotated[
    int, typer.Option(min=1, help="Of how many candidates at most twins are read; evenly chosen if there are more.")
]
AuditStrictOption = Annotated[
    bool, typer.Option("--strict", help="End with exit code 3 when a swap changed a score or there is a signal.")
]


def audit(
    run_dir: RunArgument,
    batch: BatchOption = None,
    scorecard: AuditedScorecardOption = None,
    demographics: DemographicsOption = None,
    out: OutOption = None,
    selected_by: SelectedByOption = None,
    bar: BarOption = None,
    decisions: DecisionsOption = None,
    swaps: SwapsOption = True,
    sample: SampleOption = 100,
    strict: AuditStrictOption = False,
    quiet: QuietOption = False,
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
