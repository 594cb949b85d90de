"""Whatever the upload: every file is accounted for exactly once, and its order changes nothing."""

import io
import os
import random
import re
import tempfile
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigurationError, SubmissionError
from pipeline.intake import open_batch
from pipeline.models.submissions import Batch
from pipeline.vault import Vault


class NoArchives:
    def unpack(self, name: str, content: bytes) -> "Nothing":
        raise SubmissionError("corrupt", f"{len(content)} bytes that are no archive.")


class Nothing(NamedTuple):
    members: tuple["Never", ...] = ()
    skipped: tuple["Never", ...] = ()


class Never(NamedTuple):
    name: str
    content: bytes
    reason: str


_TOPS = st.sampled_from(["anna", "bo", "Żofia", "gold", "starter", ".git", "c01", "candidates"])
_FOLDERS = st.sampled_from(["takehome", "Submission", "src", "docs", "node_modules", "photos", "vendor", "a.b"])
_FILES = st.sampled_from(
    [
        *("resume.pdf", "resume.md", "cv.docx", "anna.pdf", "cover.md", "notes.txt", "meta.yaml", "photo.png"),
        *("README.md", "main.go", "go.sum", "AGENTS.md", "app.min.js", "takehome.zip", "work.tar.gz", "brief.md"),
        *("x\u202ey.md", "a\nb.py", "no_suffix", ".env", "scorecard.yaml", "b.json", "résumé.odt", "data.csv"),
    ]
)
_PATHS = st.one_of(
    _FILES,
    st.tuples(_TOPS, _FILES).map("/".join),
    st.tuples(_TOPS, _FOLDERS, _FILES).map("/".join),
    st.tuples(_TOPS, _FOLDERS, _FOLDERS, _FILES).map("/".join),
)
_CONTENTS = st.sampled_from([b"", b"some words", b"other words", b"\0binary", b"package main\n"])
_TREES = st.dictionaries(_PATHS, _CONTENTS, min_size=1, max_size=25)


def lay(files: Mapping[str, bytes], root: Path) -> Path:
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return root


def is_possible(files: Mapping[str, bytes]) -> bool:
    """A name cannot be both a file and a folder."""
    folders = {"/".join(path.split("/")[:depth]) for path in files for depth in range(1, path.count("/") + 1)}
    return not folders & set(files)


def opened(path: Path, vault: Path) -> Batch | None:
    try:
        return open_batch(path, vault=Vault(vault), reader=NoArchives())
    except ConfigurationError:
        return None


def claims(batch: Batch, files: Mapping[str, bytes]) -> Counter[str]:
    """How many times the batch accounts for each file that was sent."""
    shown = {path: re.sub(r"[\u202e\n]", "_", path) for path in files}
    counted: Counter[str] = Counter()

    def is_loose_file_of(candidate: str, name: str) -> bool:
        stem = name.removesuffix(".tar.gz") if name.endswith(".tar.gz") else name.rpartition(".")[0]
        return "/" not in name and candidate in {name, stem}

    def claim(candidate: str, file: str) -> None:
        assert not re.search(r"/ \(\d+ ", file), "the trees are too small for rows that stand for many files"
        # A file that lies loose is named by itself, one in a folder by its path inside the folder.
        in_a_folder = any(name.startswith(f"{candidate}/") for name in shown.values())
        loose = is_loose_file_of(candidate, file) and not in_a_folder
        whole = file if candidate == "" or loose else f"{candidate}/{file}"
        for path, name in shown.items():
            counted[path] += name.startswith(whole) if whole.endswith("/") else name == whole

    for submission in batch.submissions:
        for file in submission.files:
            claim(submission.candidate, file.name)
    for brief in batch.brief_files:
        claim("", brief.name)
    for refused in batch.quarantined:
        if refused.code != "missing_resume":
            claim(refused.candidate, refused.file)
    for row in batch.unused:
        claim(row.candidate, row.file)
    for duplicate in batch.duplicates:
        for path, name in shown.items():
            in_a_folder = any(other.startswith(f"{duplicate.candidate}/") for other in shown.values())
            loose = is_loose_file_of(duplicate.candidate, name) and not in_a_folder
            counted[path] += name.startswith(f"{duplicate.candidate}/") or loose
    return counted


@settings(max_examples=150, deadline=None)
@given(files=_TREES)
def test_every_file_is_accounted_for_exactly_once(files: dict[str, bytes]) -> None:
    assume(is_possible(files))
    with tempfile.TemporaryDirectory() as root:
        # The second candidate keeps the batch from being taken for a folder around everything.
        files = {"zz-other.md": b"a resume of somebody else", "zz/resume.md": b"yet another", **files}
        batch = opened(lay(files, Path(root) / "batch"), Path(root) / "vault")
    assume(batch is not None)
    assert batch is not None
    counted = claims(batch, files)
    assert {path: counted[path] for path in files} == dict.fromkeys(files, 1)


@settings(max_examples=40, deadline=None)
@given(files=_TREES, seed=st.integers(0, 2**32))
def test_neither_the_order_of_the_folder_nor_zip_or_folder_changes_the_batch(
    files: dict[str, bytes], seed: int
) -> None:
    assume(is_possible(files))
    shuffled = list(files.items())
    random.Random(seed).shuffle(shuffled)
    scandir = os.scandir

    class Backwards:
        """Lists a folder in another order, as another file system would."""

        def __init__(self, path: str) -> None:
            with scandir(path) as scan:
                self._entries = sorted(scan, key=lambda entry: entry.name, reverse=True)

        def __enter__(self) -> list[os.DirEntry[str]]:
            return self._entries

        def __exit__(self, *raised: object) -> None:
            return None

    with tempfile.TemporaryDirectory() as root:
        plain = opened(lay(files, Path(root) / "batch"), Path(root) / "vault")
        # Patched because no file system can be told in which order to list.
        with mock.patch("pipeline.intake_tree.os.scandir", Backwards):
            assert opened(Path(root) / "batch", Path(root) / "vault2") == plain
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for path, content in shuffled:
                archive.writestr(zipfile.ZipInfo(path), content)
        (Path(root) / "batch.zip").write_bytes(stream.getvalue())
        assert opened(Path(root) / "batch.zip", Path(root) / "vault") == plain
