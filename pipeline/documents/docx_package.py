"""The zip around a DOCX: parts within limits, parsed without entities."""

import io
import posixpath
import zipfile
import zlib

from lxml import etree

from pipeline.documents.limits import MIB, Limits
from pipeline.errors import SubmissionError

_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_ENCRYPTED = 0x1
_DAMAGED = "The DOCX is damaged or was cut off while it was sent. Ask for it again, or for a PDF."


class DocxPackage:
    """Reads parts of one DOCX; bounds what they may expand to."""

    def __init__(self, content: bytes, limits: Limits) -> None:
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            raise SubmissionError("corrupt", _DAMAGED) from error
        self._left = limits.expanded_bytes
        self._ratio = limits.compression_ratio
        self._names = set(self._archive.namelist())

    def part(self, name: str) -> etree._Element | None:
        """Return the root of an XML part; None if the package has no such part.

        Raises:
            SubmissionError: `corrupt`, `encrypted` or `too_large`.
        """
        if name not in self._names:
            return None
        # Entities stay unexpanded and nothing is fetched; a document type has no place in a DOCX at all.
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            root = etree.fromstring(self._bytes(name), parser)
        except etree.XMLSyntaxError as error:
            raise SubmissionError("corrupt", _DAMAGED) from error
        if root.getroottree().docinfo.doctype:
            raise SubmissionError("corrupt", "The DOCX holds definitions that Word never writes. Ask for a PDF.")
        return root

    def related(self, name: str) -> dict[str, str]:
        """Return the names of the parts that a part refers to, by relationship id."""
        folder, base = posixpath.split(name)
        root = self.part(f"{folder}/_rels/{base}.rels")
        if root is None:
            return {}
        return {
            relationship.get("Id", ""): posixpath.normpath(
                posixpath.join("/", folder, relationship.get("Target", ""))
            ).lstrip("/")
            for relationship in root.iter(_RELATIONSHIP)
            if relationship.get("TargetMode") != "External"
        }

    def main_part(self) -> str:
        """Return the name of the part with the body."""
        root = self.part("_rels/.rels")
        if root is not None:
            for relationship in root.iter(_RELATIONSHIP):
                if relationship.get("Type", "").endswith("/officeDocument"):
                    return str(relationship.get("Target", "")).lstrip("/")
        return "word/document.xml"

    def _bytes(self, name: str) -> bytes:
        entry = self._archive.getinfo(name)
        if entry.flag_bits & _ENCRYPTED:
            raise SubmissionError("encrypted", "The file is protected with a password. Ask for it without one.")
        if entry.file_size > MIB and entry.file_size > entry.compress_size * self._ratio:
            raise SubmissionError(
                "too_large", "The DOCX grows enormously when unpacked, as made to exhaust a computer. Ask for a PDF."
            )
        try:
            with self._archive.open(entry) as part:
                content = part.read(self._left + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError) as error:
            raise SubmissionError("corrupt", _DAMAGED) from error
        self._left -= len(content)
        if self._left < 0:
            raise SubmissionError("too_large", "The DOCX holds far more text than a resume. Ask for a shorter one.")
        return content
