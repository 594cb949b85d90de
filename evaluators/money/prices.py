"""What calls to a model cost: a small dated table that the user can override.

Money is `Decimal` throughout: prices are written with few digits and token counts are whole, so every cost is exact,
costs of calls add up to the cost of the run to the last digit, and only what is shown is rounded.
"""

import datetime
import re
from collections.abc import Mapping
from decimal import ROUND_UP, Decimal
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BeforeValidator, Field, ValidationError

from evaluators.chat.client import is_loopback
from pipeline.errors import ConfigurationError
from pipeline.models.base import FrozenModel

ANY_MODEL = "*"
"""In a user's table: the price of every model that no other entry names, such as 0 for one's own machine."""

_MILLION = 1_000_000
# Dates that providers add to a model's name: 2024-07-18 (OpenAI), 20251001 (Anthropic). A variant such as
# `-audio-preview` is another model with another price, and `-latest` may be another one tomorrow.
_SNAPSHOT = re.compile(r"-(?:20\d\d-\d\d-\d\d|20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))")
_SHIPPED = Path(__file__).with_name("prices.yaml")


class Usage(FrozenModel):
    """Tokens of one or several calls."""

    input_tokens: int = Field(default=0, ge=0)
    """All of them, cached ones included."""
    cached_tokens: int = Field(default=0, ge=0)
    """Part of the input that the provider had in its cache; what exceeds the input is ignored."""
    output_tokens: int = Field(default=0, ge=0)
    """Hidden reasoning included."""
    written_tokens: int | None = Field(default=None, ge=0)
    """Part of the input that was put into the cache; None if the provider does not say."""

    @classmethod
    def of(cls, facts: Mapping[str, str | int | float]) -> Self | None:
        """Usage in what an endpoint said of itself (`Answer.provider`); None if it did not count.

        A count that is missing is 0 and not in `model_fields_set`.
        """
        counts = {name: int(facts[name]) for name in cls.model_fields if isinstance(facts.get(name), int)}
        if "input_tokens" not in counts and "output_tokens" not in counts:
            return None
        # Some endpoints count cached input apart from the rest; then it can be more than "all" input.
        if "input_tokens" in counts and counts.get("cached_tokens", 0) > counts["input_tokens"]:
            counts["input_tokens"] += counts["cached_tokens"]
        return cls(**counts)

    def plus(self, other: "Usage") -> "Usage":
        """Both together; unknown cache writes make the sum's unknown."""
        known = self.written_tokens is not None and other.written_tokens is not None
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            written_tokens=(self.written_tokens or 0) + (other.written_tokens or 0) if known else None,
        )


def _date(value: object) -> object:
    # YAML reads 2026-10-27 as a date, and so do people who put it in quotes.
    return value.isoformat() if isinstance(value, datetime.date) else value


_Dollars = Annotated[Decimal, Field(ge=0, le=100_000, allow_inf_nan=False)]
_Date = Annotated[str, BeforeValidator(_date), Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Price(FrozenModel):
    """Prices of one model in US dollars per million tokens."""

    input: _Dollars
    cached_input: _Dollars | None = None
    """None: cached input costs what other input does."""
    cache_write: _Dollars | None = None
    """None: putting text into the cache costs nothing on top."""
    output: _Dollars
    batch_discount: Annotated[Decimal, Field(ge=0, lt=1)] = Decimal(0)
    """The share that a provider batch saves, such as 0.5."""
    as_of: _Date = ""
    """The day for which these prices were looked up; the table's if not given."""

    def cost(self, usage: Usage, *, batch: bool = False) -> Decimal:
        """US dollars for calls; exact, and never less than the bill where the usage leaves something open.

        Input of which the provider does not say whether it was put into its cache counts as if it was. In a batch
        the discount is taken on new input and on output, while cached input costs the lower of its own price and
        the discounted one: not every provider takes both off.
        """
        cached = min(usage.cached_tokens, usage.input_tokens)
        fresh = usage.input_tokens - cached
        written = fresh if usage.written_tokens is None else min(usage.written_tokens, fresh)
        share = 1 - self.batch_discount if batch else Decimal(1)
        write = max(self.input, self.cache_write if self.cache_write is not None else self.input) * share
        kept = self.input if self.cached_input is None else self.cached_input
        total = (
            (fresh - written) * self.input * share
            + written * write
            + cached * (min(kept, self.input * share) if batch else kept)
            + usage.output_tokens * self.output * share
        )
        return total / _MILLION


class PriceTable(FrozenModel):
    """Prices by model."""

    as_of: _Date
    source: str
    models: dict[str, Price]

    def of(self, model: str) -> Price | None:
        """The price of a model by its name at the provider, without a provider in front; None if it is not known.

        The entry of that very name, else the one for which it is a dated snapshot, else the entry `*`. A longer
        name is never taken for its beginning: `gpt-4o-audio-preview` is no `gpt-4o`.
        """
        found = self.models.get(model)
        if found is None:
            bases = [name for name in self.models if model.startswith(name) and _SNAPSHOT.fullmatch(model[len(name) :])]
            found = self.models.get(max(bases, key=len, default=ANY_MODEL))
        if found is None or found.as_of:
            return found
        return found.model_copy(update={"as_of": self.as_of})


def load_prices(override: Path | None = None) -> PriceTable:
    """The shipped table, with the user's own entries instead of it where there are any.

    Raises:
        ConfigurationError: The user's file cannot be used.
    """
    shipped = _read(_SHIPPED)
    if override is None:
        return shipped
    own = _read(override)
    # Each entry keeps the date of the table that it comes from.
    dated = {
        name: price if price.as_of else price.model_copy(update={"as_of": table.as_of})
        for table in (shipped, own)
        for name, price in table.models.items()
    }
    return PriceTable(as_of=own.as_of, source=f"{own.source}; {shipped.source}", models=dated)


def price_for(model: str, *, base_url: str | None, prices: Path | None) -> Price | None:
    """The price of a model at an endpoint; None if it is not known.

    The shipped table speaks of the providers themselves and of gateways to them. What runs on this machine has the
    price that the user's own file gives it, or none that we could know.

    Raises:
        ConfigurationError: The user's file cannot be used.
    """
    if base_url is not None and is_loopback(base_url):
        return None if prices is None else _read(prices).of(model)
    return load_prices(prices).of(model)


def dollars(amount: Decimal | float) -> str:
    """An amount for people: cents, and below one cent as many digits as it needs to be told from nothing."""
    value = Decimal(str(amount))
    if abs(value) >= Decimal("0.01") or value == 0:
        return f"${value:.2f}"
    return "under $0.0001" if 0 < value < Decimal("0.0001") else f"${value.quantize(Decimal('0.0001')).normalize():f}"


def finely(amount: Decimal | float) -> str:
    """An amount that is held against another one: rounded up to a hundredth of a cent where it is below ten dollars."""
    value = Decimal(str(amount))
    if value >= 10:
        return dollars(value)
    fine = value.quantize(Decimal("0.0001"), rounding=ROUND_UP)
    return f"${fine:.2f}" if fine == fine.quantize(Decimal("0.01")) else f"${fine.normalize():f}"


_FORM = "It looks like: as_of: 2026-11-01, source: my contract, models: {NAME: {input: 0.15, output: 0.6}}."


def _read(path: Path) -> PriceTable:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The price file {str(path)!r} cannot be read: {_reason(error)}.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark is not None else ""
        raise ConfigurationError(f"The price file {str(path)!r} is no valid YAML{where}. {_FORM}") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"The price file {str(path)!r} holds no table. {_FORM}")
    try:
        return PriceTable.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ConfigurationError(
            f"The price file {str(path)!r}: {_problem(first['loc'], first['msg'])} {_FORM}"
        ) from None


def _problem(place: tuple[int | str, ...], message: str) -> str:
    told = message[:1].lower() + message[1:]
    match place:
        case ("models", model, field, *_):
            return f"model {model!r}, field {field!r}: {told}."
        case ("models", model):
            return f"model {model!r}: {told}."
        case (field, *_):
            return f"field {field!r}: {told}."
    return f"{told}."


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or "it is not there").lower() if isinstance(error, OSError) else "it is not UTF-8"
