"""What a check of an endpoint found, in figures; `evaluators.endpoint.verdict` says it in words."""

from typing import Literal

from pydantic import Field

from evaluators.chat.reading_whole import CHARACTERS_PER_TOKEN
from evaluators.chat.spread import Spread
from pipeline.models.base import FrozenModel

ANSWER_TOKENS = 1_000
"""Room that an answer needs beside its question."""

PSource = Literal["logprob", "stated"]


class Timing(FrozenModel):
    """How long requests took, in seconds."""

    median: float
    ninety: float
    """Nine of ten were faster."""
    at_once: int
    """So many were under way together for the two figures below."""
    mean_at_once: float
    """Mean of one of them."""
    rate: float
    """Seconds from the first to the last of them, divided by their number."""


class Longest(FrozenModel):
    """The longest request that a screening makes."""

    characters: int
    answered: bool
    input_tokens: int | None
    """As the endpoint counted them."""
    detail: str = ""
    """Why it was not answered."""


class EndpointReport(FrozenModel):
    """What an endpoint did with the requests of a check."""

    asked_model: str
    endpoint: str
    model: str = ""
    """As the endpoint names it."""
    system_fingerprint: str = ""
    listed_models: tuple[str, ...] = ()
    list_milliseconds: int | None = None
    answer_form: str = ""
    """`json_schema`, `json_object`, `tool` or `text`: what the endpoint took."""
    schema_kept: bool | None = None
    """Whether an answer kept its form although it was asked to break it; None if that call was not answered."""
    logprobs: bool
    """Whether tokens came with probabilities."""
    both_sides: float | None = None
    """Share of yes/no tokens with both `true` and `false` among their alternatives."""
    p_from: PSource | None = None
    """Where probabilities come from; `stated` as soon as one answer's does."""
    temperature: float | None = None
    """As it was taken; None if the model has only its own."""
    seed: bool = False
    repeat_difference: float | None = None
    """Largest difference of a P between two equal requests."""
    usage: bool = False
    cached_share: float | None = None
    """Largest share of input that came from the cache, among requests after the first of their prefix."""
    context_tokens: int | None = None
    context_field: str = ""
    longest: Longest | None = None
    questions: int
    answered: int
    repaired: int = 0
    quotes: int = 0
    """In the last answer to each question."""
    quotes_found: int = 0
    """Those that stand in a passage, letter for letter."""
    conflicts: int = 0
    """Checks that are met with a `p` below one half, or not met with one above."""
    asked_output_limit: int = 0
    """Tokens of an answer that the judge asks for."""
    output_limit: int | None = None
    """As many as the endpoint takes; None if it takes no limit."""
    problems: tuple[str, ...] = ()
    """Why questions were not answered, each reason once."""
    spread: Spread | None = None
    rate_limits: dict[str, str] = Field(default_factory=dict)
    timing: Timing | None = None
    input_tokens: float | None = None
    """Mean of a request."""
    output_tokens: float | None = None
    requests: int
    cost: float | None = None
    """US dollars of the check; None without a price."""

    @property
    def usable(self) -> bool:
        """Whether a screening would get answers at all."""
        return self.answered * 2 > self.questions

    @property
    def cut_short(self) -> bool:
        """Whether the endpoint counted far fewer tokens than were sent: it left text out without saying so."""
        longest = self.longest
        if longest is None or not longest.answered or not longest.input_tokens:
            return False
        return longest.characters / longest.input_tokens > CHARACTERS_PER_TOKEN[1]

    @property
    def tokens_needed(self) -> int:
        """Context that the longest question and its answer take, rounded up to a thousand."""
        return tokens_needed(self.longest.characters if self.longest else 0)


def tokens_needed(characters: int) -> int:
    """Context that so many characters and an answer take at most, in full thousands."""
    return -(-(round(characters / CHARACTERS_PER_TOKEN[0]) + ANSWER_TOKENS) // 1_000) * 1_000
