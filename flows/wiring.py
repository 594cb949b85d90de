"""The one place where settings are read and the parts are put together."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evaluators.bm25 import load_background
from evaluators.evidence import Retriever
from evaluators.evidence_judge import EvidenceJudge
from evaluators.judge import Judge
from evaluators.rubric_library import load_rubric_library
from flows.workbench import Workbench
from pipeline.documents.reading import DocumentReader
from pipeline.embeddings import Embedder, load_default_embedder
from pipeline.errors import ConfigurationError
from pipeline.evidence_index import EvidenceIndex
from pipeline.ledger import Ledger
from pipeline.models.reading import Reading
from pipeline.models.scorecard import Scorecard
from pipeline.scorecard import load_scorecard
from pipeline.settings import Settings
from pipeline.shelf import Shelf
from pipeline.vault import Vault

DEFAULT_JUDGE = "evidence"


def read_scorecard(path: Path) -> Scorecard:
    """Load a scorecard with the rubrics of the library."""
    return load_scorecard(path, library=load_rubric_library())


@contextmanager
def open_workbench(
    settings: Settings,
    scorecard: Scorecard,
    *,
    judge: str = DEFAULT_JUDGE,
    base_url: str | None = None,
) -> Iterator[Workbench]:
    """Put together what the walk works with, and close it afterwards.

    Args:
        settings: Where things lie, and secrets.
        scorecard: The evidence index is kept per scorecard.
        judge: `evidence` or `openai:MODEL`.
        base_url: For a chat judge: another OpenAI-compatible endpoint.
    """
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    embedder = load_default_embedder()
    evidence_judge = EvidenceJudge.load(embedder)
    chosen = _judge(judge, evidence_judge, settings, base_url)
    index = open_index(settings, scorecard, embedder)
    with DocumentReader() as reader:
        yield Workbench(
            vault=Vault(settings.home / "vault"),
            readings=Shelf(settings.home / "vault" / "readings", Reading),
            reader=reader,
            retriever=Retriever(embedder, load_background(), index=index),
            index=index,
            ledger=Ledger.open(settings.ledger_url or settings.home / "ledger.db"),
            judge=chosen,
            reference_judge=None if chosen is evidence_judge else evidence_judge,
            embedder=embedder.name,
            reading_version=reading_version(),
        )


def open_index(settings: Settings, scorecard: Scorecard, embedder: Embedder) -> EvidenceIndex:
    """The evidence index of one scorecard and embedder."""
    return EvidenceIndex(settings.home / "chroma" / f"{scorecard.id}-{embedder.name}".replace("/", "-"), embedder)


def _judge(name: str, evidence_judge: EvidenceJudge, settings: Settings, base_url: str | None) -> Judge:
    if name == DEFAULT_JUDGE:
        return evidence_judge
    provider, _, model = name.partition(":")
    if provider != "openai" or not model:
        raise ConfigurationError(f"Judge {name!r} is not known. Use 'evidence' or 'openai:MODEL'.")
    from evaluators.chat_judge import ChatJudge

    return ChatJudge(model, base_url=base_url or settings.base_url, api_key=settings.openai_api_key)


def reading_version() -> str:
    """Hex sha256 over the code and word lists that turn files into dossiers.

    Readings are kept between runs; after any change of this code none of them is used again.
    """
    package = Path(__file__).parent.parent / "pipeline"
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.suffix in (".py", ".txt", ".yaml", ".json") and "reports" not in path.parts:
            digest.update(path.relative_to(package).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
