"""Vectors of passages by id, kept in Chroma: a cache for slow embedders, and the search over all candidates.

Chroma holds ids and vectors, no text. The built-in embedder computes a candidate's 35 passages in about 8 ms
where reading them back costs 1 ms and a first open 130 ms: only for costly embedders is the cache read, and filled
on the way. Everything else is written when the ranking is done (20,000 vectors: 1.5 to 4 s on two cores).
"""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from pipeline.embeddings import Embedder, Vectors
from pipeline.errors import ShortlistError, StorageError

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

_COLLECTION = "passages"
_WRITE_BATCH = 5_000
_READ_BATCH = 5_000
_LOCK_SECONDS = 60.0
# Half of Chroma's own figures: 1.4 s for 20,000 vectors and 99% of the exact neighbours, against 2.1 s and 100%.
_HNSW_NEIGHBORS = 8
_HNSW_EFFORT = 40


class SearchHit(NamedTuple):
    """A passage that is near to a query."""

    passage_id: str
    similarity: float
    """Cosine, -1 to 1."""


class EvidenceIndex:
    """One directory of vectors, for one scorecard and one embedder.

    Nothing is opened or created before the first call that needs Chroma, and the directory is locked
    only during such a call.

    Args:
        directory: Where Chroma keeps its files; made when it is missing.
        embedder: Computes what is not stored.
    """

    def __init__(self, directory: Path, embedder: Embedder) -> None:
        self._directory = directory
        self._embedder = embedder
        self._client: Client | None = None
        self._pending: dict[str, str] = {}
        self._computed: dict[str, Vectors] = {}

    @property
    def is_costly(self) -> bool:
        """True if a vector that is not stored has to be paid for again."""
        return self._embedder.costly

    def vectors(self, passages: Sequence[tuple[str, str]]) -> Vectors:
        """Vectors of the passages (id, text), one row each in their order; what is new is noted for `flush`."""
        self.add(passages)
        wanted = {passage_id: text for passage_id, text in passages if passage_id not in self._computed}
        stored = self._read(list(wanted)) if self._embedder.costly and wanted else {}
        missing = [passage_id for passage_id in wanted if passage_id not in stored]
        fresh = dict(zip(missing, self._embedder.embed([wanted[i] for i in missing]), strict=True)) if missing else {}
        if self._embedder.costly:
            self._computed |= fresh | stored
        by_id = self._computed | stored | fresh
        if not passages:
            return np.zeros((0, self._embedder.dimension), dtype=np.float32)
        return np.stack([by_id[passage_id] for passage_id, _ in passages]).astype(np.float32, copy=False)

    def add(self, passages: Sequence[tuple[str, str]]) -> None:
        """Note passages (id, text) for the next `flush`; nothing is computed yet."""
        self._pending.update(passages)

    def flush(self) -> int:
        """Write the vectors that are not stored yet and return their number.

        Raises:
            StorageError: The directory cannot be written, or another process keeps it locked.
        """
        if not self._pending:
            return 0
        new = self._not_stored(sorted(self._pending))
        for start in range(0, len(new), _WRITE_BATCH):
            batch = new[start : start + _WRITE_BATCH]
            vectors = self.vectors([(passage_id, self._pending[passage_id]) for passage_id in batch])
            # The lock was open while a slow embedder worked; Chroma passes over ids that came in meanwhile.
            with self._opened() as collection:
                collection.add(ids=batch, embeddings=vectors)
        self._pending.clear()
        self._computed.clear()
        return len(new)

    def keep_paid(self) -> None:
        """Write at once what a costly embedder made: a run that is killed must not pay for it again.

        Raises:
            StorageError: As for `flush`.
        """
        if self.is_costly:
            self.flush()

    def search(self, query: str, *, limit: int) -> list[SearchHit]:
        """The stored passages nearest to a query, best first; equal ones by id.

        Raises:
            StorageError: Nothing was stored yet, or the directory cannot be read.
        """
        if not self._directory.is_dir():
            raise StorageError(
                f"There is no evidence index at {str(self._directory)!r}. Screen a batch for this scorecard first."
            )
        vector = self._embedder.embed([query])
        with self._opened() as collection:
            stored = collection.count()
            if stored == 0 or limit < 1:
                return []
            found = collection.query(query_embeddings=vector, n_results=min(limit, stored), include=["distances"])
        distances = found["distances"] or [[]]
        hits = [
            SearchHit(passage_id, round(1.0 - float(distance), 6))
            for passage_id, distance in zip(found["ids"][0], distances[0], strict=True)
        ]
        return sorted(hits, key=lambda hit: (-hit.similarity, hit.passage_id))

    def close(self) -> None:
        """Let go of Chroma's files."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _not_stored(self, passage_ids: Sequence[str]) -> list[str]:
        stored: set[str] = set()
        with self._opened() as collection:
            for start in range(0, len(passage_ids), _READ_BATCH):
                stored.update(collection.get(ids=list(passage_ids[start : start + _READ_BATCH]), include=[])["ids"])
        return [passage_id for passage_id in passage_ids if passage_id not in stored]

    def _read(self, passage_ids: Sequence[str]) -> dict[str, Vectors]:
        if not self._directory.is_dir():
            return {}
        stored: dict[str, Vectors] = {}
        with self._opened() as collection:
            for start in range(0, len(passage_ids), _READ_BATCH):
                found = collection.get(ids=list(passage_ids[start : start + _READ_BATCH]), include=["embeddings"])
                vectors = found["embeddings"]
                if vectors is not None:
                    rows = (np.asarray(row, dtype=np.float32) for row in vectors)
                    stored |= dict(zip(found["ids"], rows, strict=True))
        return stored

    @contextlib.contextmanager
    def _opened(self) -> Iterator["Collection"]:
        """The collection, under the directory's lock; whatever Chroma raises becomes a StorageError."""
        import filelock

        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = filelock.FileLock(self._directory.with_name(self._directory.name + ".lock"), timeout=_LOCK_SECONDS)
            with lock:
                yield self._collection()
        except filelock.Timeout as error:
            raise StorageError(
                f"The evidence index at {str(self._directory)!r} has been in use by another run for "
                f"{_LOCK_SECONDS:.0f} s. Wait for it to finish, then try again."
            ) from error
        except OSError as error:
            raise StorageError(
                f"The evidence index at {str(self._directory)!r} cannot be used: {error.strerror or error}. "
                "Check that the folder is writable and the disk is not full."
            ) from error
        # Chroma and SQLite raise what they like on damaged files, a panic of its Rust part included.
        except BaseException as error:
            if isinstance(error, (ShortlistError, MemoryError, KeyboardInterrupt, SystemExit, GeneratorExit)):
                raise
            raise StorageError(
                f"The evidence index at {str(self._directory)!r} is damaged ({type(error).__name__}). "
                "Delete the folder; the next screening makes it again. No score depends on it."
            ) from error

    def _collection(self) -> "Collection":
        import chromadb
        from chromadb.config import Settings

        if self._client is None:
            # It says that it gives the interface, which cannot be closed; what it gives can.
            self._client = cast(
                "Client",
                chromadb.PersistentClient(path=str(self._directory), settings=Settings(anonymized_telemetry=False)),
            )
        collection = self._client.get_or_create_collection(
            _COLLECTION,
            # Without this Chroma would download a model of its own.
            embedding_function=None,
            configuration={
                "hnsw": {"space": "cosine", "max_neighbors": _HNSW_NEIGHBORS, "ef_construction": _HNSW_EFFORT}
            },
            metadata={"embedder": self._embedder.name},
        )
        known = (collection.metadata or {}).get("embedder")
        if known != self._embedder.name:
            raise StorageError(
                f"The evidence index at {str(self._directory)!r} was made with the embedder {known!r}, not "
                f"{self._embedder.name!r}. Use a directory of its own for each embedder."
            )
        return collection
