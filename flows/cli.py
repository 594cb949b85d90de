"""The `shortlist` command. Heavy parts are imported when a command runs, so that --help is quick."""

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from flows.audit_commands import audit
from flows.bench.commands import bench_app
from flows.cli_options import (
    BaseUrlOption,
    BatchOption,
    BlindOption,
    BudgetOption,
    CalibrationOption,
    EmbedderBaseUrlOption,
    EmbedderOption,
    EstimateOption,
    FollowUpOption,
    IgnoreBatchOption,
    InFlightOption,
    JudgeOption,
    JudgeTopOption,
    LogprobsOption,
    MaxRequestsOption,
    PricesOption,
    QuietOption,
    ScorecardOption,
    SecondBaseUrlOption,
    SecondOption,
    SettleOption,
    StrictOption,
    TimeoutOption,
    TopOption,
)
from flows.desk_commands import user_app, verify
from flows.erasing_commands import erase, purge
from flows.up_commands import up

app = typer.Typer(
    name="shortlist",
    help="Rank candidates against a role's scorecard; every point is justified by a verified quote.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
scorecard_app = typer.Typer(help="Write scorecards that can be judged.", no_args_is_help=True)
app.add_typer(scorecard_app, name="scorecard")
app.add_typer(bench_app, name="bench")
app.add_typer(user_app, name="user")


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("shortlist-demo"),
    quiet: QuietOption = False,
) -> None:
    """Screen the twelve invented candidates that come with shortlist."""
    from flows.commands import demo_batch, run_screening

    batch = demo_batch()
    run_screening(batch, scorecard_path=batch / "scorecard.yaml", out=out, quiet=quiet)


@app.command()
def screen(
    batch: Annotated[
        Path,
        typer.Argument(help="A folder or zip: one sub-folder or one resume file per candidate.", show_default=False),
    ],
    scorecard: ScorecardOption,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("shortlist-out"),
    top: TopOption = None,
    judge: JudgeOption = "evidence",
    base_url: BaseUrlOption = None,
    budget: BudgetOption = None,
    max_requests: MaxRequestsOption = None,
    estimate: EstimateOption = False,
    prices: PricesOption = None,
    in_flight: InFlightOption = 8,
    timeout: TimeoutOption = 120.0,
    batch_api: BatchOption = False,
    ignore_batch: IgnoreBatchOption = False,
    logprobs: LogprobsOption = True,
    calibration: CalibrationOption = None,
    embedder: EmbedderOption = "wordllama",
    embedder_base_url: EmbedderBaseUrlOption = None,
    judge_top: JudgeTopOption = None,
    second: SecondOption = None,
    second_base_url: SecondBaseUrlOption = None,
    settle: SettleOption = False,
    follow_up: FollowUpOption = False,
    blind: BlindOption = False,
    strict: StrictOption = False,
    quiet: QuietOption = False,
) -> None:
    """Screen a batch: files in, ranked and justified shortlist out.

    Run again after an interruption: what was answered is not asked again, and the result is the
    same. Exit codes: 0 done (files that could not be read are listed), 2 cannot start or the judge
    answered nothing, 3 with --strict when anything needs a person, 1 unexpected failure.
    """
    from flows.commands import run_screening
    from flows.run_options import RunOptions

    options = RunOptions(
        top=top,
        judge=judge,
        base_url=base_url,
        blind=blind,
        judge_top=judge_top,
        second=second,
        second_base_url=second_base_url,
        settle=settle,
        follow_up=follow_up,
        embedder=embedder,
        embedder_base_url=embedder_base_url,
        calibration=calibration,
        logprobs=logprobs,
        in_flight=in_flight,
        timeout=timeout,
        budget=budget,
        max_requests=max_requests,
        prices=prices,
        provider_batch=batch_api,
        ignore_batch=ignore_batch,
    )
    run_screening(
        batch, scorecard_path=scorecard, out=out, options=options, strict=strict, quiet=quiet, estimate_only=estimate
    )


@scorecard_app.command("check")
def scorecard_check(
    file: Annotated[Path, typer.Argument(help="The scorecard (YAML).", show_default=False)],
    strict: StrictOption = False,
) -> None:
    """Explain what in a scorecard would mislead a screening, line by line, with a suggested rewrite."""
    from flows.commands import run_scorecard_check

    run_scorecard_check(file, strict=strict)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help='What to look for, such as "lost messages".', show_default=False)],
    scorecard: ScorecardOption,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100, help="How many passages to show.")] = 10,
    blind: BlindOption = False,
) -> None:
    """Find passages among all candidates that were screened for a scorecard."""
    from flows.commands import run_search

    run_search(query, scorecard_path=scorecard, limit=limit, blind=blind)


@app.command()
def explain(
    candidate: Annotated[str, typer.Argument(help="Folder name or file stem, as in the table.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of a finished screening.")] = Path("shortlist-out"),
) -> None:
    """Say why a candidate stands where they stand: every criterion with its quotes."""
    from flows.commands import run_explain

    run_explain(candidate, out=out)


@app.command()
def serve(
    inbox: Annotated[Path, typer.Option(help="Folder that is watched; one sub-folder per role.")] = Path("inbox"),
    cron: Annotated[str, typer.Option(help="When to look, as a cron line.")] = "0 7 * * 1-5",
    timezone: Annotated[str, typer.Option(help="Time zone of the cron line.")] = "UTC",
    host: Annotated[str, typer.Option(help="Address the Prefect server listens on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the Prefect server.")] = 4200,
    judge: JudgeOption = "evidence",
    base_url: BaseUrlOption = None,
    budget: BudgetOption = None,
    max_requests: MaxRequestsOption = None,
    judge_top: JudgeTopOption = None,
) -> None:
    """Run the Prefect server and the scheduled prescreening on this machine until Ctrl-C.

    The inbox holds one folder per role: scorecard.yaml, the batch in `batch/`, and after each run
    the shortlist in `shortlist/`.
    """
    from flows.run_options import RunOptions
    from flows.serving import run_server

    options = RunOptions(judge=judge, base_url=base_url, budget=budget, max_requests=max_requests, judge_top=judge_top)
    run_server(inbox=inbox, cron=cron, timezone=timezone, host=host, port=port, options=options)


app.command()(audit)
app.command()(verify)
app.command()(erase)
app.command()(purge)
app.command()(up)

judge_app = typer.Typer(help="Check and calibrate a chat judge before it costs money.", no_args_is_help=True)
app.add_typer(judge_app, name="judge")

ChatJudgeOption = Annotated[
    str, typer.Option("--judge", help="A chat model: openai:MODEL, or PROVIDER:MODEL.", show_default=False)
]


@judge_app.command("check")
def judge_check(
    judge: ChatJudgeOption,
    base_url: BaseUrlOption = None,
    scorecard: Annotated[
        Path | None, typer.Option("--scorecard", "-s", help="For the cost of a batch. Default: the demo's.")
    ] = None,
    candidates: Annotated[int, typer.Option("--candidates", "-n", min=1, help="How many the batch has.")] = 100,
    prices: PricesOption = None,
    in_flight: InFlightOption = 8,
    logprobs: LogprobsOption = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 3 when something important is missing.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Send about ten requests and say what the endpoint supports, how well it judges, what a batch would cost.

    Exit codes: 0 it can be used, 2 it cannot, 3 with --strict when something important is missing.
    """
    from flows.judge_commands import run_judge_check
    from flows.run_options import RunOptions

    options = RunOptions(judge=judge, base_url=base_url, prices=prices, in_flight=in_flight, logprobs=logprobs)
    run_judge_check(
        options, scorecard_path=scorecard, candidates=candidates, as_json=as_json, strict=strict, quiet=quiet
    )


@judge_app.command("calibrate")
def judge_calibrate(
    judge: ChatJudgeOption,
    base_url: BaseUrlOption = None,
    rows: Annotated[
        Path | None,
        typer.Option(help="Your own labelled rows, a .jsonl file or a folder. Default: those of the package."),
    ] = None,
    questions: Annotated[
        int, typer.Option(min=1, help="Questions to ask at most; 54 calibrate one rubric, 486 all of them.")
    ] = 486,
    budget: BudgetOption = None,
    max_requests: MaxRequestsOption = None,
    estimate: Annotated[bool, typer.Option("--estimate", help="Say what it would cost, and stop.")] = False,
    prices: PricesOption = None,
    in_flight: InFlightOption = 8,
    logprobs: LogprobsOption = True,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file to write. Default: where runs of this judge find it.")
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Ask labelled questions and correct the judge's probabilities by the answers.

    Stopped or out of budget, the same command goes on: what was answered is not asked again.
    """
    from flows.judge_commands import run_judge_calibrate
    from flows.run_options import RunOptions

    options = RunOptions(
        judge=judge,
        base_url=base_url,
        prices=prices,
        in_flight=in_flight,
        logprobs=logprobs,
        budget=budget,
        max_requests=max_requests,
    )
    run_judge_calibrate(options, questions=questions, rows=rows, out=out, estimate_only=estimate, quiet=quiet)


def main() -> None:
    """Run the command line; an error of ours ends it with one message and no traceback."""
    from pipeline.errors import ConfigurationError, JudgeUnavailable, ShortlistError

    # Before numpy is imported: its products here are small, and threads of its own double the work for no gain.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # Before anything else is imported: some libraries would set the root logger to INFO.
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except ShortlistError as error:
        print(f"shortlist: {error}", file=sys.stderr)  # noqa: T201 - the command line's own message
        sys.exit(2 if isinstance(error, (ConfigurationError, JudgeUnavailable)) else 1)
    except KeyboardInterrupt:
        print("shortlist: stopped. Run the same command again to go on.", file=sys.stderr)  # noqa: T201
        sys.exit(130)


if __name__ == "__main__":
    main()
