"""Who answers the questions of a run: made from what the caller chose."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from evaluators.chat.calibration import ChatCalibration, load_calibration
from evaluators.chat.client import shown_url
from evaluators.evidence_judge.pool import PooledEvidenceJudge
from evaluators.judge import Judge
from evaluators.judging import PATIENCE_SECONDS
from evaluators.money.prices import price_for
from evaluators.money.spending import Spending
from flows.run_options import DEFAULT_JUDGE, RunOptions
from flows.workbench import CHAT_CHUNK, Judges, nothing
from pipeline.desk.places import calibrations_folder
from pipeline.embeddings import Embedder
from pipeline.errors import ConfigurationError
from pipeline.ledger import Ledger
from pipeline.settings import Settings

if TYPE_CHECKING:
    from evaluators.chat.judge import ChatJudge

BATCH_PATIENCE = 26 * 3600.0
"""Another process may be waiting for a provider batch, which takes up to a day."""
WHOLE_BATCH = 1_000_000
"""A provider batch takes hours whatever its size, so everybody goes into one chunk."""


def put_together(
    options: RunOptions,
    evidence_judge: PooledEvidenceJudge,
    *,
    ledger: Ledger,
    settings: Settings,
    embedder: Embedder,
    tell: Callable[[str], None],
) -> Judges:
    """The judges of a run.

    Raises:
        ConfigurationError: A judge is not known, lacks its key or its price, or a calibration is not its own.
    """
    second = _second(options, evidence_judge, settings=settings, embedder=embedder)
    second_spending = getattr(second, "spending", None)
    names = (judge_label(options.judge), judge_label(options.second or ""))
    if options.judge == DEFAULT_JUDGE:
        chunk = CHAT_CHUNK if second else Judges.chunk
        return Judges(first=evidence_judge, second=second, names=names, chunk=chunk, second_spending=second_spending)
    chat = chat_judge(options.judge, options=options, settings=settings, embedder=embedder, base_url=options.base_url)
    if second is not None and second.fingerprint == chat.fingerprint:
        raise ConfigurationError(
            f"--second {options.second!r} is the same model asked in the same way as the first judge, so the ledger "
            "would give the first one's answers for its own. Name another model."
        )
    if second_spending is not None:
        chat.spending.share_with(second_spending)
    chat.tell = tell
    judge: Judge = chat
    tidy = nothing
    if options.provider_batch:
        from evaluators.batches.provider_batches import BatchJudge

        judge = batches = BatchJudge(
            chat, store=ledger.batches, spending=chat.spending, heartbeat=ledger.renew, tell=tell
        )
        tidy = batches.tidy
    return Judges(
        first=judge,
        reference=evidence_judge,
        second=second,
        calibration=_calibration(options.calibration, chat.fingerprint, settings.home),
        second_calibration=_calibration(None, second.fingerprint, settings.home) if second is not None else None,
        names=names,
        chunk=WHOLE_BATCH if options.provider_batch else CHAT_CHUNK,
        spending=chat.spending,
        second_spending=second_spending,
        patience=BATCH_PATIENCE if options.provider_batch else PATIENCE_SECONDS,
        live_endpoint=None if options.provider_batch else shown_url(chat.endpoint.base_url),
        tidy=tidy,
    )


def chat_judge(
    name: str, *, options: RunOptions, settings: Settings, embedder: Embedder, base_url: str | None
) -> "ChatJudge":
    """A chat judge by its name, `PROVIDER:MODEL`.

    Raises:
        ConfigurationError: The provider is not known, or the judge lacks its package, its key or its price.
    """
    from evaluators.chat.endpoints import OPENAI, judge_name
    from evaluators.chat.judge import ChatJudge
    from evaluators.chat.worked_examples import load_worked_examples

    provider, model = judge_name(name)
    if options.provider_batch and provider != OPENAI:
        raise ConfigurationError(
            f"--batch speaks OpenAI's batch protocol, and judge {name!r} does not. Leave --batch out."
        )
    # The address in the environment is one of OpenAI's protocol.
    url = base_url or (settings.base_url if provider == OPENAI else None)
    price = price_for(model, base_url=url, prices=options.prices)
    return ChatJudge(
        model,
        provider=provider,
        base_url=url,
        api_key=settings.openai_api_key,
        in_flight=options.in_flight,
        timeout=options.timeout,
        logprobs=options.logprobs,
        examples=load_worked_examples(embedder),
        spending=Spending(
            price, model=model, budget=options.budget, max_requests=options.max_requests, batch=options.provider_batch
        ),
    )


def judge_label(name: str) -> str:
    """What to call a judge in a report."""
    return "the built-in judge" if name == DEFAULT_JUDGE else name.partition(":")[2] or name


def calibration_path(home: Path, fingerprint: str) -> Path:
    """Where the calibration of a judge is kept."""
    return calibrations_folder(home) / f"{fingerprint.replace(':', '-').replace('/', '-')}.json"


def _second(
    options: RunOptions, evidence_judge: PooledEvidenceJudge, *, settings: Settings, embedder: Embedder
) -> Judge | None:
    if options.second is None:
        return None
    if options.second == DEFAULT_JUDGE:
        return evidence_judge
    return chat_judge(
        options.second,
        options=options.model_copy(update={"provider_batch": False}),
        settings=settings,
        embedder=embedder,
        base_url=options.second_base_url or (options.base_url if _same_provider(options) else None),
    )


def _same_provider(options: RunOptions) -> bool:
    """An address belongs to a protocol; another provider's model is not asked there."""
    return (options.second or "").partition(":")[0] == options.judge.partition(":")[0]


def _calibration(choice: str | None, fingerprint: str, home: Path) -> ChatCalibration | None:
    if choice == "none":
        return None
    if choice is not None:
        return load_calibration(Path(choice), fingerprint=fingerprint)
    own = calibration_path(home, fingerprint)
    return load_calibration(own, fingerprint=fingerprint) if own.is_file() else None
