import hashlib
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.errors import StorageError
from pipeline.vault import Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "home" / "vault")


def test_put_returns_the_sha256_and_read_gives_the_bytes_back(vault: Vault) -> None:
    sha256 = vault.put(b"a resume")
    assert sha256 == hashlib.sha256(b"a resume").hexdigest()
    assert vault.read(sha256) == b"a resume"
    assert vault.path(sha256).read_bytes() == b"a resume"


def test_files_are_readable_by_their_owner_only_whatever_the_umask(vault: Vault) -> None:
    before = os.umask(0)
    try:
        path = vault.path(vault.put(b"a resume"))
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(vault.root.stat().st_mode) == 0o700


def test_putting_the_same_bytes_again_writes_nothing(vault: Vault) -> None:
    path = vault.path(vault.put(b"a resume"))
    inode = path.stat().st_ino
    vault.put(b"a resume")
    assert path.stat().st_ino == inode
    assert [entry.name for entry in vault.root.iterdir()] == [path.name]


def test_a_half_written_file_is_replaced_by_the_next_put(vault: Vault) -> None:
    path = vault.path(vault.put(b"a resume"))
    path.write_bytes(b"a re")
    vault.put(b"a resume")
    assert path.read_bytes() == b"a resume"


def test_damaged_bytes_are_an_error_not_an_answer(vault: Vault) -> None:
    sha256 = vault.put(b"a resume")
    vault.path(sha256).write_bytes(b"b resume")
    with pytest.raises(StorageError, match="damaged"):
        vault.read(sha256)


def test_missing_bytes_name_the_hash_and_the_next_step(vault: Vault) -> None:
    missing = hashlib.sha256(b"never seen").hexdigest()
    with pytest.raises(StorageError, match=f"{missing}.*Screen the batch again"):
        vault.read(missing)


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 64, "abc", ""])
def test_what_is_no_hash_never_becomes_a_path(vault: Vault, name: str) -> None:
    with pytest.raises(StorageError, match="not a sha256"):
        vault.path(name)


def test_a_vault_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "vault").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="Cannot write to the vault"):
        Vault(tmp_path / "vault").put(b"a resume")


def test_a_failed_write_leaves_nothing_behind(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    vault.put(b"first")

    def full(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    # Patched because a full disk cannot be had in a test.
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(StorageError, match="No space left"):
        vault.put(b"second")
    assert len(list(vault.root.iterdir())) == 1


def test_purge_deletes_what_was_not_put_again_within_the_days(vault: Vault) -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    old, used = vault.put(b"old"), vault.put(b"old but used")
    unfinished = vault.root / ".unfinished-abc"
    unfinished.write_bytes(b"x")
    before = (now - timedelta(days=31)).timestamp()
    for path in (vault.path(old), vault.path(used), unfinished):
        os.utime(path, (before, before))
    vault.put(b"old but used")
    assert vault.purge(30, now) == 1
    assert not vault.path(old).exists()
    assert not unfinished.exists()
    assert vault.read(used) == b"old but used"


def test_what_somebody_else_deletes_meanwhile_stops_no_purge(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    before = (now - timedelta(days=31)).timestamp()
    for content in (b"one", b"two", b"three"):
        os.utime(vault.path(vault.put(content)), (before, before))
    unlink, others = os.unlink, iter(range(1))

    def after_another(path: str) -> None:
        for _ in others:
            unlink(path)
        unlink(path)

    # No other process deletes between two calls.
    monkeypatch.setattr(os, "unlink", after_another)
    assert vault.purge(30, now) == 2
    assert list(vault.root.iterdir()) == []


def test_purging_a_vault_that_was_never_written_deletes_nothing(vault: Vault) -> None:
    assert vault.purge(30, datetime(2026, 6, 1, tzinfo=UTC)) == 0
