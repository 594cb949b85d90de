"""The files of the demo are what the generator makes of their sources."""

import io
import tarfile
import zipfile
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from tests.producers.make_demo import DEMO, SOURCES, demo_files, write_demo

_BY_HAND = {"scorecard.yaml", "brief.md", "candidates.csv", "starter/openapi.yaml", "starter/simulator.py"}
_BROKEN, _SCANNED = "oluwaseun-bakare.pdf", "marek-dvorak/resume.pdf"


@pytest.fixture(scope="module")
def generated() -> dict[str, bytes]:
    return demo_files()


def committed() -> dict[str, bytes]:
    files = (path for path in DEMO.rglob("*") if path.is_file())
    return {path.relative_to(DEMO).as_posix(): path.read_bytes() for path in files}


def members(content: bytes) -> dict[str, bytes]:
    """What is in a package; its own bytes depend on the version of zlib."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {m.name: f.read() for m in archive if (f := archive.extractfile(m)) is not None}


def page_texts(content: bytes) -> list[str]:
    """What is written on the pages; the bytes depend on the version of the producer."""
    return [page.get_textpage().get_text_range() for page in pdfium.PdfDocument(content)]


def test_the_demo_holds_what_is_generated_and_what_is_written_by_hand(generated: dict[str, bytes]) -> None:
    assert set(committed()) == set(generated) | _BY_HAND


def test_every_committed_file_says_what_the_generator_makes(generated: dict[str, bytes]) -> None:
    found = committed()
    for path, content in generated.items():
        if path.endswith((".docx", ".zip", ".tgz", ".tar.gz")):
            assert members(found[path]) == members(content), path
        elif path.endswith(".pdf") and path not in {_BROKEN, _SCANNED}:
            assert page_texts(found[path]) == page_texts(content), path
        elif path not in {_BROKEN, _SCANNED}:
            assert found[path] == content, path


def test_generating_twice_gives_the_same_bytes(generated: dict[str, bytes], tmp_path: Path) -> None:
    again = demo_files()
    assert again == generated
    write_demo(again, tmp_path)
    write_demo(again, tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()} == set(again)


def test_the_scan_has_a_page_and_no_text_and_the_broken_file_does_not_open() -> None:
    assert page_texts((DEMO / _SCANNED).read_bytes()) == [""]
    with pytest.raises(pdfium.PdfiumError):
        pdfium.PdfDocument((DEMO / _BROKEN).read_bytes())


def test_the_white_text_is_in_its_file_only(generated: dict[str, bytes]) -> None:
    start = (SOURCES / "priya-raghunath" / "white_text.txt").read_text(encoding="utf-8")[:40]
    whole = {path: " ".join(page_texts(content)) for path, content in generated.items() if path.endswith("resume.pdf")}
    assert [path for path, text in whole.items() if start in text] == ["priya-raghunath/resume.pdf"]


def test_the_demo_is_small() -> None:
    assert sum(map(len, committed().values())) < 1_500_000
