"""Options that several commands share, with their help texts."""

from pathlib import Path
from typing import Annotated

import typer

CHAT = "Chat judge"
MORE = "Further passes"
RETRIEVAL = "Retrieval"

ScorecardOption = Annotated[
    Path, typer.Option("--scorecard", "-s", help="The role's scorecard (YAML).", show_default=False)
]
TopOption = Annotated[
    int | None, typer.Option(min=1, help="K: how many interviews there are. Default: the scorecard's interview_slots.")
]
BlindOption = Annotated[bool, typer.Option("--blind", help="Show redacted quotes and numbers instead of names.")]
StrictOption = Annotated[bool, typer.Option("--strict", help="End with exit code 3 when anything needs a person.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the result.")]

JudgeOption = Annotated[
    str,
    typer.Option(
        help="Who answers the checks: evidence (built in, no key needed), openai:MODEL, or PROVIDER:MODEL of another "
        "provider, such as anthropic:MODEL."
    ),
]
BaseUrlOption = Annotated[
    str | None,
    typer.Option(help="An OpenAI-compatible endpoint, for example http://127.0.0.1:8080/v1.", rich_help_panel=CHAT),
]
BudgetOption = Annotated[
    float | None,
    typer.Option(
        min=0.0001,
        help="US dollars that the run may cost at most. When they are used up, what is done is ranked and the rest "
        "marked; the same command with a larger budget goes on.",
        rich_help_panel=CHAT,
    ),
]
MaxRequestsOption = Annotated[
    int | None,
    typer.Option(min=1, help="Calls that the run may make at most, repairs included.", rich_help_panel=CHAT),
]
PricesOption = Annotated[
    Path | None,
    typer.Option(
        help="Your own prices (YAML): as_of, source, models: {NAME: {input, cached_input, output}} in US dollars per "
        "million tokens.",
        rich_help_panel=CHAT,
    ),
]
InFlightOption = Annotated[
    int,
    typer.Option(
        min=1, max=1024, help="Calls under way at once; fewer while the endpoint asks for it.", rich_help_panel=CHAT
    ),
]
TimeoutOption = Annotated[
    float,
    typer.Option(
        min=1.0, help="Seconds that one call may take; a model that thinks first may need more.", rich_help_panel=CHAT
    ),
]
EstimateOption = Annotated[
    bool,
    typer.Option("--estimate", help="Read the batch, say what judging it would cost, and stop.", rich_help_panel=CHAT),
]
BatchOption = Annotated[
    bool,
    typer.Option(
        "--batch",
        help="Ask through the provider's batches: about half the price, an answer within a day. Interrupted, the same "
        "command fetches it later.",
        rich_help_panel=CHAT,
    ),
]
IgnoreBatchOption = Annotated[
    bool,
    typer.Option(
        "--ignore-batch",
        help="Ask one by one even what waits in a batch of an earlier run, and pay for both.",
        rich_help_panel=CHAT,
    ),
]
LogprobsOption = Annotated[
    bool,
    typer.Option(
        "--logprobs/--no-logprobs",
        help="Take probabilities off the model's yes/no token where the endpoint gives them.",
        rich_help_panel=CHAT,
    ),
]
CalibrationOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|none",
        help="Calibration of the judge. Default: what `shortlist judge calibrate` made for it, if anything.",
        rich_help_panel=CHAT,
    ),
]
JudgeTopOption = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        help="Let the built-in judge screen everybody and the chat judge read the N best; they rank among themselves "
        "above a line, the others keep their ranks below it.",
        rich_help_panel=MORE,
    ),
]
SecondOption = Annotated[
    str | None,
    typer.Option(
        metavar="JUDGE",
        help="Another judge's opinion: where it differs by two levels or more, a person decides. It changes no score.",
        rich_help_panel=MORE,
    ),
]
SecondBaseUrlOption = Annotated[
    str | None,
    typer.Option(help="Its endpoint, if it is another one than --base-url.", rich_help_panel=MORE),
]
SettleOption = Annotated[
    bool,
    typer.Option(
        "--settle",
        help="Near the cut, ask open checks again and compare neighbours in both orders. It narrows rank intervals and "
        "orders ties, and changes no score.",
        rich_help_panel=MORE,
    ),
]
FollowUpOption = Annotated[
    bool,
    typer.Option(
        "--follow-up",
        help="Let the chat judge write questions for the interviews, each on a quote.",
        rich_help_panel=MORE,
    ),
]
EmbedderOption = Annotated[
    str,
    typer.Option(
        help="Who finds the passages that bear on a question where a dossier is too long to be read whole: wordllama "
        "(built in) or openai:MODEL. Redacted passages go to its endpoint, and what that costs is not in --budget.",
        rich_help_panel=RETRIEVAL,
    ),
]
EmbedderBaseUrlOption = Annotated[
    str | None,
    typer.Option(help="Its endpoint, if it is not OpenAI's own.", rich_help_panel=RETRIEVAL),
]
