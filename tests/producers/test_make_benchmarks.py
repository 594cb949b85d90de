"""The committed renderings of the benchmark's resumes are what the generator makes of them."""

import io
import shutil
import zipfile
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from tests.producers.make_benchmarks import (
    BENCHMARKS,
    CHROMIUM,
    KINDS,
    SMALL_KINDS,
    rendered_files,
    renderings,
    to_pdf_chromium,
    write_rendered,
)


def committed(root: Path = BENCHMARKS) -> dict[str, bytes]:
    files = (path for folder in root.glob("*/rendered") for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def said(path: str, content: bytes) -> object:
    """What a file says; its bytes depend on the versions of producer and zlib."""
    if path.endswith(".pdf"):
        return [page.get_textpage().get_text_range() for page in pdfium.PdfDocument(content)]
    if path.endswith(".docx"):
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return {name: package.read(name) for name in package.namelist()}
    return content


def test_every_candidate_of_every_set_and_every_base_of_the_pairs_is_rendered() -> None:
    wanted = {
        (rendering.folder / f"resume.{kind}").relative_to(BENCHMARKS).as_posix()
        for rendering in renderings()
        for kind in rendering.kinds
    }
    assert set(committed()) == wanted
    assert sum(rendering.kinds == tuple(KINDS) for rendering in renderings()) >= 40
    assert sum(rendering.kinds == SMALL_KINDS for rendering in renderings()) >= 50


@pytest.mark.slow
def test_every_committed_rendering_says_what_the_generator_makes() -> None:
    found = committed()
    for path, content in rendered_files(without=frozenset((CHROMIUM,))).items():
        assert said(path, found[path]) == said(path, content), path


def some_sets(folder: Path) -> Path:
    """A root with one candidate of a set and one base of the pairs."""
    shutil.copytree(BENCHMARKS / "billing-reliability/candidates/c01", folder / "billing-reliability/candidates/c01")
    shutil.copytree(BENCHMARKS / "pairs/bases/parcel-lockers/pl02", folder / "pairs/bases/parcel-lockers/pl02")
    return folder


def test_rendering_again_says_what_was_committed_and_leaves_nothing_old(tmp_path: Path) -> None:
    root = some_sets(tmp_path)
    files = rendered_files(root, without=frozenset((CHROMIUM,)))
    assert files == rendered_files(root, without=frozenset((CHROMIUM,)))
    for path, content in files.items():
        assert said(path, (BENCHMARKS / path).read_bytes()) == said(path, content), path
    old = root / "billing-reliability/rendered/c99/resume.web.html"
    old.parent.mkdir(parents=True)
    old.write_text("old")
    write_rendered(files, root)
    assert committed(root) == files


@pytest.mark.chromium
@pytest.mark.skipif(shutil.which("chromium") is None, reason="Debian's chromium is not installed")
@pytest.mark.parametrize("candidate", ["billing-reliability/c08", "school-transport/c05"])
def test_chromium_prints_what_was_committed(candidate: str) -> None:
    set_, name = candidate.split("/")
    resume = (BENCHMARKS / set_ / "candidates" / name / "resume.md").read_text(encoding="utf-8")
    path = f"{set_}/rendered/{name}/resume.{CHROMIUM}"
    words = [word for page in said(path, to_pdf_chromium(resume)) for word in page.split()]  # type: ignore[attr-defined]
    assert words == [word for page in said(path, (BENCHMARKS / path).read_bytes()) for word in page.split()]  # type: ignore[attr-defined]


def test_the_renderings_are_small() -> None:
    assert sum(map(len, committed().values())) < 8_000_000
