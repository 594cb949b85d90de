"""`shortlist bench`: its commands and options. What they do is in `flows.bench.running`."""

from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from flows.cli_options import (
    BaseUrlOption,
    BudgetOption,
    CalibrationOption,
    InFlightOption,
    JudgeOption,
    LogprobsOption,
    MaxRequestsOption,
    PricesOption,
    QuietOption,
    TimeoutOption,
)

bench_app = typer.Typer(
    help="Measure how well a judge judges, on labelled candidates; compare two runs; hold a run against past decisions."
)

SKIPPABLE = ("metamorphic", "baselines", "holistic", "empty", "redaction", "hidden")


class Measured(NamedTuple):
    """What of a judge is measured, as the command line says it."""

    only: tuple[str, ...] = ()
    """Sets; all if there are none."""
    quick: bool = False
    skip: frozenset[str] = frozenset()
    bases: int | None = None
    holistic_asks: int = 1


SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="ID", help="Only this benchmark set; may be repeated.")
]
DataOption = Annotated[
    Path | None, typer.Option(help="A folder with labelled sets of your own. Default: those that come with shortlist.")
]
QuickOption = Annotated[
    bool,
    typer.Option(
        "--quick", help="Of the metamorphic pairs only some with many tools, and coarser intervals; for a first look."
    ),
]
SkipOption = Annotated[
    list[str] | None,
    typer.Option(metavar="PART", help=f"Leave out a part; may be repeated: {', '.join(SKIPPABLE)}."),
]
BasesOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Metamorphic bases at most. Default: all; 20 with --quick; with a chat model, which costs money for each, "
        "10, or 4 with --quick.",
    ),
]
HolisticAsksOption = Annotated[
    int,
    typer.Option(
        min=1,
        max=20,
        help="How often the one plain prompt is asked about each candidate; from 2 on its spread is a figure.",
    ),
]
OutOption = Annotated[Path, typer.Option("--out", "-o", help="Folder for bench.json and bench.html.")]
ThresholdsOption = Annotated[
    Path | None, typer.Option(help="What has to be reached (YAML). Default: bench.yaml beside the data.")
]


@bench_app.callback(invoke_without_command=True)
def bench(
    context: typer.Context,
    sets: SetOption = None,
    data: DataOption = None,
    judge: JudgeOption = "evidence",
    base_url: BaseUrlOption = None,
    budget: BudgetOption = None,
    max_requests: MaxRequestsOption = None,
    prices: PricesOption = None,
    in_flight: InFlightOption = 8,
    timeout: TimeoutOption = 120.0,
    logprobs: LogprobsOption = True,
    calibration: CalibrationOption = None,
    quick: QuickOption = False,
    skip: SkipOption = None,
    bases: BasesOption = None,
    holistic_asks: HolisticAsksOption = 1,
    out: OutOption = Path("out/bench"),
    thresholds: ThresholdsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Measure a judge on labelled candidates.

    Exit codes: 0 every threshold is passed, 1 one is missed, 2 cannot start.
    """
    if context.invoked_subcommand is not None:
        return
    from flows.bench.running import run_bench
    from flows.run_options import RunOptions

    options = RunOptions(
        judge=judge,
        base_url=base_url,
        calibration=calibration,
        logprobs=logprobs,
        in_flight=in_flight,
        timeout=timeout,
        budget=budget,
        max_requests=max_requests,
        prices=prices,
    )
    measured = Measured(tuple(sets or ()), quick, frozenset(skip or ()), bases, holistic_asks)
    run_bench(options, measured, data=data, out=out, thresholds_path=thresholds, quiet=quiet)


@bench_app.command("compare")
def compare(
    first: Annotated[Path, typer.Argument(help="A bench.json, or the folder it lies in.", show_default=False)],
    second: Annotated[Path, typer.Argument(help="The one to hold against it.", show_default=False)],
    everything: Annotated[bool, typer.Option("--all", help="Also show what did not move.")] = False,
    anyway: Annotated[
        bool, typer.Option("--different-data", help="Compare sets of one name although their files differ.")
    ] = False,
) -> None:
    """Say figure by figure what moved from the first run to the second, and whether that is more than noise."""
    from flows.bench.running import run_compare

    run_compare(first, second, everything=everything, anyway=anyway)


@bench_app.command("fit")
def fit(
    decisions: Annotated[
        Path,
        typer.Option(
            help="CSV with the columns candidate and decision (advance, hold, decline; or hired, rejected and the "
            "like; empty where nobody decided); date (YYYY-MM-DD) and reviewer may be there.",
            show_default=False,
        ),
    ],
    run: Annotated[
        Path,
        typer.Option(help="A finished screening of the same people: its folder or shortlist.json.", show_default=False),
    ],
    surprises: Annotated[int, typer.Option(min=1, max=100, help="How many surprises of a kind to show.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Hold a finished screening against what people decided. Nothing is tuned by it."""
    from flows.bench.running import run_fit

    run_fit(decisions, run, surprises=surprises, as_json=as_json)
