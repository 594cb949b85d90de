"""File endings that reports know; any other ending may be part of a name."""

CODE_ENDINGS = frozenset(
    (
        *("c", "cc", "cpp", "cs", "css", "go", "h", "hpp", "html", "java", "js", "json", "jsx", "kt", "kts", "lua"),
        *("php", "pl", "proto", "ps1", "py", "r", "rb", "rs", "scala", "sh", "sql", "swift", "tf", "toml", "ts"),
        *("tsx", "vue", "xml", "yaml", "yml"),
    )
)
"""Quotes from these files keep their lines and stand in a fixed-width type."""
PROSE_ENDINGS = frozenset(("adoc", "docx", "htm", "jsonresume", "markdown", "md", "odt", "pdf", "rst", "rtf", "txt"))
ARCHIVE_ENDINGS = frozenset(("7z", "bz2", "gz", "rar", "tar", "tgz", "xz", "zip"))
PICTURE_ENDINGS = frozenset(("gif", "heic", "jpeg", "jpg", "png", "svg", "tif", "tiff", "webp"))
KNOWN_ENDINGS = CODE_ENDINGS | PROSE_ENDINGS | ARCHIVE_ENDINGS | PICTURE_ENDINGS


def ending(file: str) -> str:
    """The ending of a file name in lower case if it is a known one, else nothing."""
    last = file.rsplit("/", 1)[-1].rpartition(".")[2].lower()
    return last if "." in file and last in KNOWN_ENDINGS else ""
