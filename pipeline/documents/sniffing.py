"""What a file really is: by its bytes first, by its name second."""

import io
import re
import zipfile
from pathlib import PurePosixPath
from typing import Literal

from pipeline.documents.comment_syntax import is_code_name
from pipeline.errors import SubmissionError

FileType = Literal["pdf", "docx", "html", "markdown", "text", "json_resume", "notebook", "code"]

_AS_PDF = "Ask for it saved as PDF or DOCX."
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", f"This is an old Word file (.doc) or an encrypted Office file. {_AS_PDF}"),
    (b"{\\rtf", f"This is an RTF file, which is not read. {_AS_PDF}"),
    (b"%!PS", f"This is a PostScript file, which is not read. {_AS_PDF}"),
    (b"Rar!\x1a\x07", "This is a RAR archive, which is not opened. Ask for a .zip or for the files themselves."),
    (
        b"7z\xbc\xaf\x27\x1c",
        "This is a 7-Zip archive, which is not opened. Ask for a .zip or for the files themselves.",
    ),
    (b"\x1f\x8b", "This is a compressed file and not a document. Ask for the document itself."),
    (b"BZh", "This is a compressed file and not a document. Ask for the document itself."),
    (b"\x7fELF", f"This is a program and not a document. {_AS_PDF}"),
    (b"MZ\x90", f"This is a program and not a document. {_AS_PDF}"),
)
_IMAGES = (
    b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*", b"BM", b"\x00\x00\x00\x0cjP  ",
)  # fmt: skip
_HTML_START = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|meta)\b", re.I | re.S
)
_MARKDOWN_NAMES = (".md", ".markdown", ".mdown", ".mkd", ".mdx")
_HTML_NAMES = (".html", ".htm", ".xhtml")
_TEXT_NAMES = (".txt", ".text", ".rst", ".adoc", ".asciidoc", ".log", ".org", "")
_PDF_MARK_WITHIN = 1024


def file_type(name: str, content: bytes, *, is_takehome: bool) -> FileType:
    """Return how a file is to be read.

    Raises:
        SubmissionError: `unsupported`, `scanned`, `encrypted`, `corrupt` or `empty`.
    """
    if not content.strip(b"\x00\t\n\r\x0b\x0c \xef\xbb\xbf"):
        raise SubmissionError("empty", "The file holds no text. Ask for it again.")
    suffix = PurePosixPath(name.lower()).suffix
    if b"%PDF-" in content[:_PDF_MARK_WITHIN]:
        return "pdf"
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_type(content, suffix)
    _refuse_foreign(content)
    return _text_type(name, suffix, content, is_takehome=is_takehome)


def _refuse_foreign(content: bytes) -> None:
    for signature, reason in _SIGNATURES:
        if content.startswith(signature):
            raise SubmissionError("unsupported", reason)
    is_webp_or_heic = (content[:4] == b"RIFF" and content[8:12] == b"WEBP") or content[4:8] == b"ftyp"
    if content.startswith(_IMAGES) or is_webp_or_heic:
        raise SubmissionError(
            "scanned", "This is a picture, and text in pictures is not read. Ask for a PDF with text or a DOCX."
        )


def _zip_type(content: bytes, suffix: str) -> FileType:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, UnicodeError) as error:
        raise SubmissionError(
            "corrupt", "The file is damaged or was cut off while it was sent. Ask for it again."
        ) from error
    if any(part.startswith("word/") for part in names):
        return "docx"
    if "EncryptedPackage" in names:
        raise SubmissionError("encrypted", "The file is protected with a password. Ask for it without one.")
    kinds = {
        "content.xml": "an OpenDocument file (.odt), which is not read",
        "xl/workbook.xml": "a spreadsheet, which is not read",
        "ppt/presentation.xml": "a presentation, which is not read",
        "Index/Document.iwa": "a Pages document, which is not read",
    }
    for part, kind in kinds.items():
        if part in names:
            raise SubmissionError("unsupported", f"This is {kind}. {_AS_PDF}")
    if suffix == ".docx":
        raise SubmissionError("corrupt", f"This DOCX has no text part; it is damaged. {_AS_PDF}")
    raise SubmissionError("unsupported", "This is a zip archive and not a document. Ask for the document itself.")


def _text_type(name: str, suffix: str, content: bytes, *, is_takehome: bool) -> FileType:
    if suffix == ".ipynb":
        return "notebook"
    if suffix in _MARKDOWN_NAMES:
        return "markdown"
    if suffix == ".pdf" and not _HTML_START.match(content):
        raise SubmissionError(
            "corrupt", "The file is named .pdf but holds no PDF; it is damaged or was cut off. Ask for it again."
        )
    if suffix in (".docx", ".doc") and not _HTML_START.match(content):
        raise SubmissionError(
            "corrupt", f"The file is named {suffix} but holds no Word document; it is damaged. {_AS_PDF}"
        )
    if is_takehome and is_code_name(name):
        return "code"
    if suffix in _HTML_NAMES or _HTML_START.match(content):
        return "html"
    if suffix == ".json" and not is_takehome:
        return "json_resume"
    if is_code_name(name) or (is_takehome and suffix not in _TEXT_NAMES):
        return "code"
    return "text"
