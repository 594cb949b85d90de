"""The one place where settings are read and the parts are put together."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from evaluators.bm25 import load_background
from evaluators.evidence import Retriever
from evaluators.evidence_judge.judge import EvidenceJudge
from evaluators.evidence_judge.pool import PooledEvidenceJudge
from evaluators.rubric_library import load_rubric_library
from flows.choosing_judges import put_together
from flows.reading_pool import shelf_in
from flows.run_options import RunOptions
from flows.workbench import Judges, Workbench
from pipeline.desk.places import heads_file, make_home, vault_folder, vectors_folder
from pipeline.documents.reading import DocumentReader
from pipeline.embeddings import Embedder, load_default_embedder, load_embedder
from pipeline.evidence_index import EvidenceIndex
from pipeline.ledger import Ledger
from pipeline.ledger_engine import database_file
from pipeline.models.scorecard import Scorecard
from pipeline.own_files import OwnFiles
from pipeline.scorecard import load_scorecard
from pipeline.settings import Settings
from pipeline.vault import Vault


def read_scorecard(path: Path) -> Scorecard:
    """Load a scorecard with the rubrics of the library."""
    return load_scorecard(path, library=load_rubric_library())


def own_files(settings: Settings) -> OwnFiles:
    """The files that no candidate's can be among."""
    return OwnFiles(settings.home, database_file(settings.ledger))


@contextmanager
def open_workbench(
    settings: Settings,
    scorecard: Scorecard,
    *,
    options: RunOptions | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[Workbench]:
    """Put together what the walk works with, and close it afterwards.

    Args:
        settings: Where things lie, and secrets.
        scorecard: The evidence index is kept per scorecard.
        options: Who judges and how; the evidence judge if not given.
        tell: Told, a line at a time, how a provider batch goes.
    """
    options = options or RunOptions()
    make_home(settings.home)
    embedder = chosen_embedder(options.embedder, options.embedder_base_url, settings)
    # The built-in judge and the worked examples belong to the built-in embedder, whoever retrieves.
    builtin = load_default_embedder()
    evidence_judge = PooledEvidenceJudge(EvidenceJudge.load(builtin))
    with (
        closing(evidence_judge),
        closing(open_index(settings, scorecard, embedder)) as index,
        DocumentReader() as reader,
        Ledger.open(settings.ledger, heads=heads_file(settings.home)) as ledger,
    ):
        judges = put_together(options, evidence_judge, ledger=ledger, settings=settings, embedder=builtin, tell=tell)
        yield Workbench(
            vault=Vault(vault_folder(settings.home)),
            readings=shelf_in(vault_folder(settings.home)),
            reader=reader,
            retriever=Retriever(embedder, load_background(), index=index),
            index=index,
            ledger=ledger,
            judges=judges,
            screening=Judges(first=evidence_judge),
            embedder=embedder.name,
            reading_version=reading_version(),
        )


def chosen_embedder(choice: str, base_url: str | None, settings: Settings) -> Embedder:
    """The embedder that finds evidence, with the key of the settings.

    Raises:
        ConfigurationError: There is none of this name.
    """
    key = settings.openai_api_key
    return load_embedder(choice, base_url=base_url, api_key=key.get_secret_value() if key else None)


def open_index(settings: Settings, scorecard: Scorecard, embedder: Embedder) -> EvidenceIndex:
    """The evidence index of one scorecard and embedder."""
    return EvidenceIndex(vectors_folder(settings.home) / f"{scorecard.id}-{embedder.name}".replace("/", "-"), embedder)


_NOT_READING = frozenset(("reports", "review", "desk", "fairness", "migrations"))
"""Folders of `pipeline/` that come after the dossier."""


def reading_version() -> str:
    """Hex sha256 over the code and word lists that turn files into dossiers.

    Readings are kept between runs; after any change of this code none of them is used again.
    """
    package = Path(__file__).parent.parent / "pipeline"
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        inside = path.relative_to(package)
        if path.suffix in (".py", ".txt", ".yaml", ".json") and inside.parts[0] not in _NOT_READING:
            digest.update(inside.as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
