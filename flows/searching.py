"""What `shortlist search` looks through: the readings of the last screening for a scorecard."""

from collections.abc import Sequence
from contextlib import closing

from evaluators.bm25 import load_background
from evaluators.search import EvidenceCard, search_passages
from flows.run_options import RunOptions
from flows.wiring import chosen_embedder, open_index
from flows.workbench import Workbench
from pipeline.desk.places import readings_in, searchable_folder, vault_folder
from pipeline.embeddings import DEFAULT_EMBEDDER
from pipeline.errors import ConfigurationError
from pipeline.models.base import FrozenModel
from pipeline.models.dossier import Passage
from pipeline.models.reading import Reading, ReadingNote
from pipeline.models.scorecard import Scorecard
from pipeline.settings import Settings
from pipeline.shelf import Shelf

INDEXED_AT_ONCE = 60_000
"""Passages of prose. Of a larger batch the vectors are stored when somebody searches it for the first time: for 10,000
resumes Chroma takes some minutes and a gigabyte, and most batches are never searched."""


class Searchable(FrozenModel):
    """Where the readings of the last screening lie."""

    readings: tuple[str, ...]
    indexed: bool = True
    """Whether the vectors of their passages are stored."""
    embedder: str = DEFAULT_EMBEDDER
    """Whose vectors; a query is embedded by the same."""
    embedder_base_url: str | None = None


def remember_for_search(
    readings: Sequence[ReadingNote], scorecard: Scorecard, *, bench: Workbench, settings: Settings, options: RunOptions
) -> None:
    """Put the batch's passages into the evidence index and note which readings belong to the scorecard."""
    # What was paid for is stored at once, however much it is.
    indexed = bench.index.is_costly or sum(len(note.passages) for note in readings) <= INDEXED_AT_ONCE
    if indexed:
        for note in readings:
            bench.index.add(_searched(bench.readings[note.key]))
        bench.index.flush()
    keys = tuple(sorted(note.key for note in readings))
    noted = Searchable(
        readings=keys, indexed=indexed, embedder=options.embedder, embedder_base_url=options.embedder_base_url
    )
    _shelf(settings).put(scorecard.id, noted)


def _searched(reading: Reading) -> list[tuple[str, str]]:
    return [(p.id, p.text) for p in reading.dossier.passages if p.kind not in ("inventory", "addressed")]


def search(query: str, scorecard: Scorecard, *, settings: Settings, limit: int) -> list[EvidenceCard]:
    """Passages nearest to a query among the candidates that were screened last for a scorecard.

    Raises:
        ConfigurationError: Nothing was screened for this scorecard yet.
    """
    searchable = _shelf(settings).get(scorecard.id)
    if searchable is None:
        raise ConfigurationError(
            f"Nothing was screened for scorecard {scorecard.id!r} yet. "
            "Run 'shortlist screen BATCH --scorecard FILE' first."
        )
    shelf = Shelf(readings_in(vault_folder(settings.home)), Reading)
    embedder = chosen_embedder(searchable.embedder, searchable.embedder_base_url, settings)
    passages: dict[str, tuple[str, Passage]] = {}
    with closing(open_index(settings, scorecard, embedder)) as index:
        for key in searchable.readings:
            reading = shelf[key]
            if not searchable.indexed:
                index.add(_searched(reading))
            for passage in reading.dossier.passages:
                passages.setdefault(passage.id, (reading.candidate, passage))
        if not searchable.indexed:
            index.flush()
            _shelf(settings).put(scorecard.id, searchable.model_copy(update={"indexed": True}))
        return search_passages(query, passages=passages, index=index, background=load_background(), limit=limit)


def _shelf(settings: Settings) -> Shelf[Searchable]:
    return Shelf(searchable_folder(settings.home), Searchable)
