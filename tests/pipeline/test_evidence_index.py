import logging
import threading

import filelock
import numpy as np
import pytest

from pipeline import evidence_index
from pipeline.errors import StorageError
from pipeline.evidence_index import EvidenceIndex


class Letters:
    """Counts letters; enough to tell texts apart, and counts what it is asked."""

    def __init__(self, name="letters", *, costly=False):
        self.name = name
        self.costly = costly
        self.dimension = 26
        self.asked = []

    def embed(self, texts):
        self.asked += texts
        rows = np.array([[text.count(chr(97 + n)) + 0.01 for n in range(26)] for text in texts], dtype=np.float32)
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32).reshape(len(texts), 26)


PASSAGES = [("id1", "aaaa"), ("id2", "bbbb"), ("id3", "aabb")]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "chroma" / "role-letters"


def test_rows_come_in_the_order_of_the_passages(folder):
    index = EvidenceIndex(folder, Letters())
    straight = index.vectors(PASSAGES)
    assert np.array_equal(straight[::-1], index.vectors(PASSAGES[::-1]))
    assert straight.dtype == np.float32
    assert index.vectors([]).shape == (0, 26)
    assert not folder.exists()


def test_flush_writes_what_is_new_and_search_finds_the_nearest(folder):
    index = EvidenceIndex(folder, Letters())
    index.add(PASSAGES[:2])
    assert index.flush() == 2
    index.add(PASSAGES)
    assert index.flush() == 1
    assert index.flush() == 0
    hits = index.search("bbb", limit=2)
    assert [hit.passage_id for hit in hits] == ["id2", "id3"]
    assert hits[0].similarity == pytest.approx(1.0, abs=1e-3)
    assert len(index.search("a", limit=100)) == 3


def test_vectors_that_are_stored_are_not_computed_again(folder):
    index = EvidenceIndex(folder, Letters())
    index.add(PASSAGES)
    index.flush()
    index.close()
    later = Letters()
    again = EvidenceIndex(folder, later)
    again.add(PASSAGES)
    assert again.flush() == 0
    assert later.asked == []


def test_costly_embedder_is_asked_once_for_each_passage(folder):
    first = EvidenceIndex(folder, Letters(costly=True))
    straight = first.vectors(PASSAGES)
    first.flush()
    first.close()
    later = Letters(costly=True)
    again = EvidenceIndex(folder, later).vectors([*PASSAGES, ("id4", "cc")])
    assert later.asked == ["cc"]
    np.testing.assert_allclose(again[:3], straight, atol=1e-6)


def test_no_text_lies_in_the_directory(folder):
    index = EvidenceIndex(folder, Letters())
    index.add([("id1", "zebrafish in the billing queue")])
    index.flush()
    index.close()
    assert not any(b"zebrafish" in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_search_before_any_screening_says_what_to_do(folder):
    with pytest.raises(StorageError, match="Screen a batch"):
        EvidenceIndex(folder, Letters()).search("a", limit=3)
    assert not folder.exists()


@pytest.mark.parametrize("damage", ["garbage", "truncated", "directory"])
def test_damaged_directory_is_a_storage_error_with_the_next_step(folder, damage):
    index = EvidenceIndex(folder, Letters())
    index.add(PASSAGES)
    index.flush()
    index.close()
    database = folder / "chroma.sqlite3"
    content = database.read_bytes()
    database.unlink()
    if damage == "garbage":
        database.write_bytes(b"no database" * 500)
    elif damage == "truncated":
        database.write_bytes(content[: len(content) // 2])
    else:
        database.mkdir()
    with pytest.raises(StorageError, match=r"Delete the folder|cannot be used"):
        EvidenceIndex(folder, Letters()).search("a", limit=3)


def test_locked_directory_is_a_storage_error_that_names_it(folder, monkeypatch):
    monkeypatch.setattr(evidence_index, "_LOCK_SECONDS", 0.05)
    index = EvidenceIndex(folder, Letters())
    index.add(PASSAGES)
    folder.parent.mkdir(parents=True)
    held, done = threading.Event(), threading.Event()

    def hold():
        with filelock.FileLock(folder.with_name(folder.name + ".lock")):
            held.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    try:
        with pytest.raises(StorageError, match="in use by another run"):
            index.flush()
    finally:
        done.set()
        thread.join()
    assert index.flush() == 3


def test_folder_that_cannot_be_made_is_a_storage_error(tmp_path):
    (tmp_path / "chroma").write_text("a file")
    index = EvidenceIndex(tmp_path / "chroma" / "role", Letters())
    index.add(PASSAGES)
    with pytest.raises(StorageError, match="writable"):
        index.flush()


def test_directory_of_another_embedder_is_refused(folder):
    index = EvidenceIndex(folder, Letters())
    index.add(PASSAGES)
    index.flush()
    index.close()
    with pytest.raises(StorageError, match="'letters', not 'words'"):
        EvidenceIndex(folder, Letters("words")).search("a", limit=1)


def test_errors_of_the_caller_are_not_called_damage(folder):
    class Broken(Letters):
        def embed(self, texts):
            raise StorageError("the embedder's own")

    index = EvidenceIndex(folder, Broken())
    index.add(PASSAGES)
    with pytest.raises(StorageError, match="the embedder's own"):
        index.flush()


def test_nothing_is_logged_about_texts(folder, caplog):
    caplog.set_level(logging.DEBUG)
    index = EvidenceIndex(folder, Letters())
    index.add([("id1", "zebrafish")])
    index.flush()
    index.search("zebrafish", limit=1)
    assert "zebrafish" not in caplog.text
