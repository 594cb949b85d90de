from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.money.prices import Price, Usage, dollars, load_prices
from pipeline.errors import ConfigurationError

TABLE = load_prices()
usages = st.builds(
    Usage,
    input_tokens=st.integers(0, 10**7),
    cached_tokens=st.integers(0, 10**7),
    output_tokens=st.integers(0, 10**6),
    written_tokens=st.none() | st.integers(0, 10**7),
)


@pytest.mark.parametrize(
    ("model", "base"),
    [
        ("gpt-4o-mini", "gpt-4o-mini"),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("gpt-4o-2024-05-13", "gpt-4o-2024-05-13"),
        ("gpt-5-mini-2025-08-07", "gpt-5-mini"),
        ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
    ],
)
def test_a_dated_snapshot_costs_what_its_base_model_does(model: str, base: str) -> None:
    price = TABLE.of(model)
    assert price is not None
    assert price.model_copy(update={"as_of": ""}) == TABLE.models[base].model_copy(update={"as_of": ""})
    assert price.as_of >= "2026-06-01"


@pytest.mark.parametrize(
    "model",
    [
        "gpt-4o-audio-preview",
        "gpt-4o-audio-preview-2024-12-17",
        "gpt-4o-mini-search-preview",
        "gpt-4o-realtime-preview",
        "gpt-4o-latest",
        "gpt-4o-1234",
        "gpt-4o-2024-13-01x",
        "gpt-4",
        "gpt-4ou",
        "ft:gpt-4o-mini-2024-07-18:firm::id",
        "qwen2.5-7b-instruct",
        "",
        "*",
    ],
)
def test_another_model_is_never_taken_for_the_beginning_of_its_name(model: str) -> None:
    assert TABLE.of(model) is None


def test_every_shipped_price_is_plausible() -> None:
    for model, price in TABLE.models.items():
        assert 0 < price.input < price.output <= 100, model
        assert price.cached_input is None or price.cached_input < price.input, model
        assert price.cache_write is None or price.input < price.cache_write <= 2 * price.input, model
    assert {"gpt-4o", "gpt-4o-mini", "gpt-4.1-mini", "gpt-5-mini"} <= set(TABLE.models)


def test_cached_and_fresh_tokens_are_billed_at_their_own_prices() -> None:
    price = Price(input=Decimal("0.15"), cached_input=Decimal("0.075"), output=Decimal("0.60"))
    usage = Usage(input_tokens=1_000_000, cached_tokens=400_000, output_tokens=100_000)
    assert price.cost(usage) == Decimal("0.09") + Decimal("0.03") + Decimal("0.06")


def test_input_counts_as_written_to_the_cache_unless_the_provider_says_otherwise() -> None:
    price = Price(input=2, cached_input=Decimal("0.2"), cache_write=Decimal("2.5"), output=10)
    usage = Usage(input_tokens=1_000_000)
    assert price.cost(usage) == Decimal("2.5")
    assert price.cost(usage.model_copy(update={"written_tokens": 0})) == 2
    assert price.cost(usage.model_copy(update={"written_tokens": 500_000})) == Decimal("2.25")


def test_a_batch_saves_its_share_but_not_twice_on_cached_input() -> None:
    price = Price(input=1, cached_input=Decimal("0.25"), output=4, batch_discount=Decimal("0.5"))
    assert price.cost(Usage(input_tokens=1_000_000, output_tokens=1_000_000), batch=True) == Decimal("2.5")
    assert price.cost(Usage(input_tokens=1_000_000, cached_tokens=1_000_000), batch=True) == Decimal("0.25")
    dear = price.model_copy(update={"cached_input": Decimal("0.9")})
    assert dear.cost(Usage(input_tokens=1_000_000, cached_tokens=1_000_000), batch=True) == Decimal("0.5")


@given(parts=st.lists(usages, max_size=20), model=st.sampled_from(sorted(TABLE.models)), batch=st.booleans())
def test_costs_of_calls_add_up_exactly_in_any_order(parts: list[Usage], model: str, batch: bool) -> None:
    price = TABLE.models[model]
    total = sum((price.cost(part, batch=batch) for part in parts), Decimal(0))
    assert sum((price.cost(part, batch=batch) for part in reversed(parts)), Decimal(0)) == total
    known = [part for part in parts if part.cached_tokens <= part.input_tokens and part.written_tokens is None]
    whole = Usage(written_tokens=None)
    for part in known:
        whole = whole.plus(part)
    assert price.cost(whole, batch=batch) == sum((price.cost(part, batch=batch) for part in known), Decimal(0))


@given(usage=usages, more=usages, batch=st.booleans())
def test_more_tokens_never_cost_less(usage: Usage, more: Usage, batch: bool) -> None:
    price = TABLE.models["gpt-6-sol"]
    fresh = usage.model_copy(update={"input_tokens": usage.input_tokens + more.input_tokens})
    longer = usage.model_copy(update={"output_tokens": usage.output_tokens + more.output_tokens})
    uncached = usage.model_copy(update={"cached_tokens": 0, "written_tokens": None})
    for other in (fresh, longer, uncached):
        assert price.cost(other, batch=batch) >= price.cost(usage, batch=batch) >= 0


def test_usage_is_read_from_what_the_endpoint_said() -> None:
    facts = {"model": "m", "input_tokens": 1200, "cached_tokens": 1024, "output_tokens": 90, "milliseconds": 5}
    assert Usage.of(facts) == Usage(input_tokens=1200, cached_tokens=1024, output_tokens=90)
    assert Usage.of({"model": "m", "milliseconds": 5}) is None


def test_cached_input_that_is_counted_apart_is_added() -> None:
    read = Usage.of({"input_tokens": 100, "cached_tokens": 2000, "output_tokens": 1})
    assert read == Usage(input_tokens=2100, cached_tokens=2000, output_tokens=1)


def table(tmp_path: Path, models: str) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(f"as_of: 2026-11-20\nsource: my contract\nmodels:\n{models}", encoding="utf-8")
    return path


def test_own_prices_go_before_the_shipped_ones_model_by_model(tmp_path: Path) -> None:
    own = load_prices(table(tmp_path, "  gpt-4o: {input: 1, output: 2}\n  mine: {input: 0, output: 0}\n"))
    negotiated, kept, free = own.of("gpt-4o-2024-08-06"), own.of("gpt-4o-mini"), own.of("mine")
    assert negotiated is not None
    assert kept is not None
    assert free is not None
    assert (negotiated.input, negotiated.as_of) == (1, "2026-11-20")
    assert kept.as_of == TABLE.as_of
    assert free.cost(Usage(input_tokens=10**6, output_tokens=10**6)) == 0
    assert own.of("unknown") is None


def test_a_star_prices_every_model_that_no_other_entry_names(tmp_path: Path) -> None:
    own = load_prices(table(tmp_path, '  "*": {input: 0, output: 0}\n'))
    local, known = own.of("smollm2"), own.of("gpt-4o")
    assert local is not None
    assert known is not None
    assert local.output == 0
    assert known.output > 0


@pytest.mark.parametrize(
    ("models", "told"),
    [
        ("  mine: {input: -1, output: 2}\n", ("'mine'", "'input'", "greater than or equal to 0")),
        ("  mine: {input: 1}\n", ("'mine'", "'output'", "required")),
        ("  mine: {input: 1, output: 2, input_price: 3}\n", ("'mine'", "'input_price'", "not permitted")),
        ("  mine: {input: cheap, output: 2}\n", ("'mine'", "'input'", "decimal")),
        ("  mine: {input: .inf, output: 2}\n", ("'mine'", "'input'", "finite")),
        ("  mine: {input: 1, output: 2, batch_discount: 50}\n", ("'mine'", "'batch_discount'", "less than 1")),
        ("  mine: 3\n", ("'mine'",)),
        ("  - mine\n", ("'models'",)),
        ("  mine: {input: 1\n", ("no valid YAML", "line")),
    ],
)
def test_a_wrong_price_file_names_file_model_and_field(tmp_path: Path, models: str, told: tuple[str, ...]) -> None:
    path = table(tmp_path, models)
    with pytest.raises(ConfigurationError) as caught:
        load_prices(path)
    for part in ("own.yaml", *told):
        assert part in str(caught.value)


def test_a_price_file_that_is_not_there_or_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_prices(tmp_path / "absent.yaml")
    path = tmp_path / "list.yaml"
    path.write_text("- 1\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="holds no table"):
        load_prices(path)
    path.write_text("source: x\nmodels: {}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="as_of"):
        load_prices(path)


def test_amounts_are_shown_in_cents_and_small_ones_are_told_from_nothing() -> None:
    shown = [dollars(Decimal(text)) for text in ("0", "5", "0.0912", "0.0042", "0.00001", "1234.5")]
    assert shown == ["$0.00", "$5.00", "$0.09", "$0.0042", "under $0.0001", "$1234.50"]
