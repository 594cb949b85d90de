"""Frozen models as JSON files by key: what was already worked out is not worked out again."""

from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from pipeline.errors import StorageError
from pipeline.models.base import FrozenModel
from pipeline.whole_files import write_whole

M = TypeVar("M", bound=FrozenModel)


class Shelf(Generic[M]):
    """A folder of models of one kind, readable by their owner only.

    Args:
        root: Made when the first model is put.
        kind: The model class.
    """

    def __init__(self, root: Path, kind: type[M]) -> None:
        self._root = root
        self._kind = kind

    def get(self, key: str) -> M | None:
        """The model under this key, or None.

        A file that this version cannot read counts as absent: it is worked out and written again.
        """
        try:
            return self._kind.model_validate_json(self._path(key).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def __getitem__(self, key: str) -> M:
        """The model under this key.

        Raises:
            StorageError: There is none.
        """
        model = self.get(key)
        if model is None:
            raise StorageError(f"{self._path(key)} is missing or damaged. Run the same screening again to rebuild it.")
        return model

    def put(self, key: str, model: M) -> None:
        """Write a model; a reader sees the whole of it or nothing.

        Raises:
            StorageError: It cannot be written.
        """
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(path, model.model_dump_json().encode())
        except OSError as error:
            raise StorageError(
                f"Cannot write to {str(self._root)!r}: {error.strerror}. "
                "Free some space or give another SHORTLIST_HOME."
            ) from error

    def _path(self, key: str) -> Path:
        return self._root / key[:2] / f"{key}.json"
