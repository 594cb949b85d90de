"""One reader for all document tests: its child server is started once."""

import hashlib
from collections.abc import Callable, Iterator

import pytest

from pipeline.documents.reading import DocumentReader
from pipeline.models.documents import Document
from pipeline.models.submissions import FileRole, SubmittedFile

Read = Callable[..., Document]


@pytest.fixture(scope="session")
def reader() -> Iterator[DocumentReader]:
    with DocumentReader() as own:
        yield own


@pytest.fixture(scope="session")
def read(reader: DocumentReader) -> Read:
    def read_bytes(name: str, content: bytes, role: FileRole = "resume") -> Document:
        digest = hashlib.sha256(content).hexdigest()
        return reader.read(SubmittedFile(name=name, role=role, sha256=digest, size=len(content)), content)

    return read_bytes
