"""What a file or folder of a batch is, told by its name alone."""

import re
import unicodedata
from collections.abc import Sequence

from pipeline.intake_tree import Folder, Listing, SourceFile

ARCHIVE_SUFFIXES = (".zip", ".tar.gz", ".tgz")
_MEDIA_ORDER = ("pdf", "docx", "html", "htm", "md", "markdown", "txt", "text", "json")
# Not read here, yet a person meant them as a resume: they become a candidate whom nobody loses.
_FOREIGN_RESUMES = frozenset(
    {"doc", "docm", "dot", "odt", "ott", "rtf", "pages", "wpd", "wps", "tex", "epub", "xps", "djvu", "eml", "msg"}
    | {"jpg", "jpeg", "png", "tif", "tiff", "heic", "webp"}
)
_NEVER_READ = frozenset({"meta.yaml", "meta.yml"})
_NEVER_READ_FOLDERS = frozenset({"gold", "variants"})
_TAKEHOME_NAMES = ("takehome", "submission", "assignment")

NEVER_READ_REASON = "Notes of a benchmark; never read. Rename it if it belongs to a candidate."
HIDDEN_FOLDER_REASON = "A hidden folder is no candidate."


def suffix_of(name: str) -> str:
    """Return the lower-case suffix without its dot, or an empty string."""
    return name.casefold().rpartition(".")[2] if "." in name.strip(".") else ""


def is_archive(name: str) -> bool:
    """Tell whether this is a kind of archive that is unpacked."""
    return name.casefold().endswith(ARCHIVE_SUFFIXES)


def stem_of(name: str) -> str:
    """Return the name without its suffix (`.tar.gz` counts as one)."""
    for suffix in ARCHIVE_SUFFIXES:
        if name.casefold().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name.rpartition(".")[0] or name


def is_document(name: str) -> bool:
    """Tell whether this is a kind of document that can be read as a resume."""
    return suffix_of(name) in _MEDIA_ORDER


def is_never_read(name: str) -> bool:
    """Tell whether a file holds the answers of a benchmark."""
    return name.casefold() in _NEVER_READ


def is_never_read_folder(name: str) -> bool:
    """Tell whether a folder holds the answers of a benchmark."""
    return name.casefold() in _NEVER_READ_FOLDERS


def is_takehome_name(name: str) -> bool:
    """Tell whether a folder (or the stem of an archive) is called like a take-home."""
    return re.sub(r"[^a-z]", "", _plain(name)).startswith(_TAKEHOME_NAMES)


def is_cover(name: str) -> bool:
    """Tell whether a document is a cover letter."""
    return is_document(name) and re.match(r"cover|.*\bcover[ _-]?letter", _plain(stem_of(name))) is not None


def is_brief(name: str) -> bool:
    """Tell whether a file at the top of a batch is the take-home's brief."""
    return _plain(stem_of(name)) == "brief" and is_document(name)


def is_loose_resume(name: str) -> bool:
    """Tell whether a file at the top of a batch stands for a candidate."""
    if _plain(stem_of(name)) == "readme" or name.startswith("."):
        return False
    return is_document(name) or suffix_of(name) in _FOREIGN_RESUMES or is_archive(name)


def resume_rank(name: str) -> int | None:
    """Return how plainly a file is called a resume (0 most), or None if it is not."""
    stem = _plain(stem_of(name))
    if is_archive(name) or is_never_read(name) or not (is_document(name) or suffix_of(name) in {*_FOREIGN_RESUMES, ""}):
        return None
    if stem.startswith("resume"):
        return 0
    if re.match(r"cv(?![a-z])", stem):
        return 1
    if re.search(r"(?<![a-z])(?:resume|cv)(?![a-z])", stem):
        return 2
    return 3 if stem.startswith("cv") else None


def choose_resume(files: Sequence[SourceFile]) -> tuple[SourceFile | None, tuple[SourceFile, ...]]:
    """Return the resume among the files at the top of a candidate's folder, and further resumes.

    `resume*` goes before `cv*`, a PDF before DOCX before others. Without such a name it is the
    only document that is no cover letter.
    """
    named = sorted(
        (
            (rank, _media_rank(found.name), found.name, found)
            for found in files
            if (rank := resume_rank(found.name)) is not None
        ),
        key=lambda ranked: ranked[:3],
    )
    if named:
        return named[0][3], tuple(found for *_, found in named[1:])
    documents = [found for found in files if is_document(found.name) and not is_cover(found.name)]
    readable = documents or [found for found in files if suffix_of(found.name) in _FOREIGN_RESUMES]
    return (readable[0], ()) if len(readable) == 1 else (None, ())


def is_one_candidate(listing: Listing) -> bool:
    """Tell whether a folder is one candidate's own rather than a batch of several.

    When in doubt it is a batch: to list one person's files as several candidates loses nobody.
    """
    if any(found.name.casefold() == "candidates.csv" or is_brief(found.name) for found in listing.files):
        return False
    if any(is_takehome_name(below.name) for below in listing.folders):
        return True
    stems = {_plain(stem_of(found.name)) for found in listing.files if is_document(found.name)}
    if stems & {"resume", "cv"} or any(is_cover(found.name) for found in listing.files):
        return True
    return len(listing.files) == 1 and not listing.folders


def batch_listing(root: Folder) -> Listing:
    """Return what lies at the top of a batch, without the one folder that may wrap all of it.

    A `candidates/` folder beside a scorecard, brief, starter or the answers of a benchmark counts as
    such a wrapping too; what lies beside it stays.
    """
    listing = root.listing()
    if not listing.files and len(listing.folders) == 1 and not listing.refused:
        inner = listing.folders[0].listing()
        holds_something = bool(inner.files or inner.folders)
        if holds_something and not is_takehome_name(listing.folders[0].name) and not is_one_candidate(inner):
            listing = inner
    inside = next((below for below in listing.folders if below.name.casefold() == "candidates"), None)
    if inside is None or any(is_loose_resume(found.name) and not is_brief(found.name) for found in listing.files):
        return listing
    beside = tuple(below for below in listing.folders if below is not inside)
    if not all(_is_no_candidate(below.name) for below in beside):
        return listing
    inner = inside.listing()
    return Listing(
        files=(*listing.files, *inner.files),
        folders=(*inner.folders, *beside),
        refused=(*listing.refused, *inner.refused),
    )


def _is_no_candidate(name: str) -> bool:
    return name.casefold() == "starter" or name.startswith(".") or is_never_read_folder(name)


def _media_rank(name: str) -> int:
    suffix = suffix_of(name)
    return _MEDIA_ORDER.index(suffix) if suffix in _MEDIA_ORDER else len(_MEDIA_ORDER)


def _plain(text: str) -> str:
    """Return lower-case text without accents, so that a résumé is a resume."""
    return "".join(
        letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter)
    )
