"""Word lists that are shipped as text: one entry a line, `#` starts a comment."""

from functools import lru_cache
from importlib import resources


@lru_cache(maxsize=32)
def read_words(name: str) -> tuple[str, ...]:
    """The entries of a list in `pipeline/words/`, in file order."""
    text = (resources.files("pipeline") / "words" / name).read_text(encoding="utf-8")
    lines = (line.split("#", maxsplit=1)[0].strip() for line in text.splitlines())
    return tuple(line for line in lines if line)
