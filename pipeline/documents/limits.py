"""What one file may cost before it is given up."""

from pipeline.models.base import FrozenModel

MIB = 1024 * 1024


class Limits(FrozenModel):
    """Bounds for the child process that parses one file, and for what it hands back."""

    memory: int = 512 * MIB
    """Bytes of address space on top of what the preloaded parsers take."""
    cpu_seconds: int = 10
    """Whole seconds of processor time."""
    wall_seconds: float = 20.0
    """Seconds from the request to the last byte of the answer."""
    input_bytes: int = 25 * MIB
    """Size of one file or archive."""
    output_bytes: int = 8 * MIB
    """Size of one parsed document on its way back; several hundred times a long resume."""
    expanded_bytes: int = 64 * MIB
    """Size of all parts of one DOCX after decompression."""
    pages: int = 300
    """Pages of one PDF."""
    blocks: int = 20_000
    """Blocks of one document."""
    archive_members: int = 2_000
    archive_member_bytes: int = 4 * MIB
    archive_bytes: int = 64 * MIB
    """Size of all extracted members together."""
    compression_ratio: int = 200
    """Times that a zip part above one MiB may grow; text seldom passes 20."""
    parallel: int = 2
    """Children of one reader at the same time."""
