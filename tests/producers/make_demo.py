"""Writes the files of `datasets/demo/` that are made from `datasets/demo_sources/`.

Run `python -m tests.producers.make_demo` in the root of the repository. The scorecard, the brief, the
starter and `candidates.csv` are written by hand and stay as they are.
"""

import gzip
import io
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.producers.render import to_docx, to_html, to_pdf_reportlab, to_pdf_typst
from tests.producers.scan import scanned

ROOT = Path(__file__).resolve().parents[2] / "datasets"
SOURCES = ROOT / "demo_sources"
DEMO = ROOT / "demo"
_MADE = (2026, 1, 5, 9, 0, 0)
_MADE_SECONDS = 1_767_603_600


def demo_files(sources: Path = SOURCES) -> dict[str, bytes]:
    """Return the content of every generated file by its path below `datasets/demo/`."""
    files: dict[str, bytes] = {}
    for candidate, producer in sorted(_CANDIDATES.items()):
        files.update(producer(sources / candidate, candidate))
    return dict(sorted(files.items()))


def write_demo(files: Mapping[str, bytes], demo: Path = DEMO) -> None:
    """Replace what was generated before."""
    for candidate in _CANDIDATES:
        shutil.rmtree(demo / candidate, ignore_errors=True)
        (demo / f"{candidate}.pdf").unlink(missing_ok=True)
    for path, content in files.items():
        target = demo / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def tree(folder: Path, prefix: str) -> dict[str, bytes]:
    """Return the files below a folder by path, sorted."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {f"{prefix}{path.relative_to(folder).as_posix()}": path.read_bytes() for path in found}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Pack a zip whose bytes depend on the files alone."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in sorted(files.items()):
            member = zipfile.ZipInfo(name, date_time=_MADE)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o100644 << 16
            archive.writestr(member, content)
    return stream.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    """Pack a .tar.gz whose bytes depend on the files alone."""
    stream = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=stream, mode="wb", mtime=_MADE_SECONDS, filename="") as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, content in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.mode = len(content), _MADE_SECONDS, 0o644
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


Producer = Callable[[Path, str], dict[str, bytes]]


def _text(source: Path, name: str = "resume.md") -> str:
    return (source / name).read_text(encoding="utf-8")


def _takehome_folder(source: Path, candidate: str) -> dict[str, bytes]:
    return tree(source / "takehome", f"{candidate}/takehome/")


def _abena(source: Path, candidate: str) -> dict[str, bytes]:
    return {f"{candidate}/resume.pdf": to_pdf_reportlab(_text(source)), **_takehome_folder(source, candidate)}


def _linh(source: Path, candidate: str) -> dict[str, bytes]:
    takehome = tarred(tree(source / "takehome", ""))
    return {f"{candidate}/resume.md": _text(source).encode(), f"{candidate}/takehome.tar.gz": takehome}


def _rafael(source: Path, candidate: str) -> dict[str, bytes]:
    header = "Rafael Quintela · Porto · rafael@quintela.example"
    takehome = zipped(tree(source / "takehome", "lockerbank-main/"))
    return {
        f"{candidate}/resume.docx": to_docx(_text(source), header=header),
        f"{candidate}/lockerbank-main.zip": takehome,
    }


def _brandon(source: Path, candidate: str) -> dict[str, bytes]:
    return {f"{candidate}.pdf": to_pdf_typst(_text(source), columns=2)}


def _yuki(source: Path, candidate: str) -> dict[str, bytes]:
    return {f"{candidate}/resume.html": to_html(_text(source)).encode(), **_takehome_folder(source, candidate)}


def _callum(source: Path, candidate: str) -> dict[str, bytes]:
    return {
        f"{candidate}/cv.pdf": to_pdf_typst(_text(source), hyphenate=True),
        f"{candidate}/cover-letter.md": _text(source, "cover-letter.md").encode(),
        **_takehome_folder(source, candidate),
    }


def _priya(source: Path, candidate: str) -> dict[str, bytes]:
    white = _text(source, "white_text.txt").strip()
    return {
        f"{candidate}/resume.pdf": to_pdf_reportlab(_text(source), columns=2, white_text=white),
        f"{candidate}/take-home.zip": zipped(tree(source / "takehome", "")),
    }


def _marek(source: Path, candidate: str) -> dict[str, bytes]:
    return {f"{candidate}/resume.pdf": scanned(to_pdf_typst(_text(source))), **_takehome_folder(source, candidate)}


def _oluwaseun(source: Path, candidate: str) -> dict[str, bytes]:
    whole = to_pdf_reportlab(_text(source))
    # The connection broke while the file was sent: what is left ends inside the page's own text.
    return {f"{candidate}.pdf": whole[: whole.index(b"endstream") - 400]}


def _katharina(source: Path, candidate: str) -> dict[str, bytes]:
    return {
        f"{candidate}/resume.txt": _text(source, "resume.txt").encode(),
        f"{candidate}/takehome.tgz": tarred(tree(source / "takehome", "anlage/")),
    }


def _samira(source: Path, candidate: str) -> dict[str, bytes]:
    return {f"{candidate}/resume.json": (source / "resume.json").read_bytes(), **_takehome_folder(source, candidate)}


def _george(source: Path, candidate: str) -> dict[str, bytes]:
    return {
        f"{candidate}/resume.docx": to_docx(_text(source)),
        f"{candidate}/submission.zip": zipped(tree(source / "takehome", "")),
    }


_CANDIDATES: Mapping[str, Producer] = {
    "abena-sarkodie": _abena,
    "brandon-hale": _brandon,
    "callum-wetherby": _callum,
    "george-anastasiou": _george,
    "katharina-vollmer": _katharina,
    "linh-tran": _linh,
    "marek-dvorak": _marek,
    "oluwaseun-bakare": _oluwaseun,
    "priya-raghunath": _priya,
    "rafael-quintela": _rafael,
    "samira-eldin": _samira,
    "yuki-hamasaki": _yuki,
}


def main() -> None:
    """Write the demo and say how large it is."""
    files = demo_files()
    write_demo(files)
    print(f"{len(files)} files, {sum(map(len, files.values())) / 1024:.0f} KiB, below {DEMO}")


if __name__ == "__main__":
    main()
