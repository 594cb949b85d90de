"""Load a prompt and put values into it, so that no value can pass for a part of the prompt.

A prompt file is front matter (`id`, `version`, `variables`) and text with `{{variable}}` places. The line `⟦user⟧`
divides what is the same for many requests from what is not; providers keep the first part in a cache.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import ConfigurationError

FOLDER = Path(__file__).parent

_DIVIDER = "⟦user⟧"
_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_LABEL = re.compile(r"[A-Za-z0-9_ ,.-]+")
# Our marker brackets, and the others that a reader would take for them. One character for one, so that offsets and
# quotes stay as they are.
_NEUTRAL = str.maketrans({"⟦": "[", "⟧": "]", "〚": "[", "〛": "]", "⟬": "[", "⟭": "]"})


class Block(NamedTuple):
    """Somebody else's text between our markers."""

    label: str
    """Ours; letters, digits, spaces and `_,.-`."""
    text: str


class RenderedPrompt(NamedTuple):
    """A prompt with its values in place."""

    system: str
    """The part before the divider; empty if there is none."""
    user: str


class _FrontMatter(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: str
    version: int = Field(ge=1)
    variables: list[str]


class Prompt:
    """One prompt file."""

    def __init__(self, *, id: str, version: int, variables: frozenset[str], body: str, sha256: str) -> None:
        self.id = id
        self.version = version
        self.variables = variables
        self.sha256 = sha256
        """Hex, over the bytes of the file."""
        self._system, divider, user = body.partition(f"\n{_DIVIDER}\n")
        self._user = user
        if not divider:
            self._system, self._user = "", body

    @classmethod
    def parse(cls, content: bytes, *, name: str) -> Self:
        """Read a prompt from the bytes of its file.

        Args:
            content: The file.
            name: What to call it in an error.

        Raises:
            ConfigurationError: The front matter is missing or wrong, or the text uses other variables than it names.
        """
        text = content.decode()
        parts = re.match(r"---\n(.*?)\n---\n(.*)\Z", text, re.DOTALL)
        if parts is None:
            raise ConfigurationError(
                f"Prompt {name!r} has no front matter; start it with '---', id, version, variables."
            )
        try:
            front = _FrontMatter.model_validate(yaml.safe_load(parts[1]))
        except (yaml.YAMLError, ValidationError) as error:
            raise ConfigurationError(f"The front matter of prompt {name!r} is wrong: {error}. Edit it.") from error
        used = set(_PLACE.findall(parts[2]))
        if used != set(front.variables):
            raise ConfigurationError(
                f"Prompt {name!r} names the variables {sorted(front.variables)} but uses {sorted(used)}. "
                "Make them equal."
            )
        return cls(
            id=front.id,
            version=front.version,
            variables=frozenset(used),
            body=parts[2].strip(),
            sha256=hashlib.sha256(content).hexdigest(),
        )

    def render(self, **values: str | Sequence[Block]) -> RenderedPrompt:
        """Put every variable's value in its place.

        Marker brackets in values become plain brackets, so that a value can neither close a block nor open one.

        Raises:
            ConfigurationError: A variable is missing or unknown.
            ValueError: A block's label could be taken for something else.
        """
        missing, unknown = self.variables - set(values), set(values) - self.variables
        if missing or unknown:
            raise ConfigurationError(
                f"Prompt {self.id!r} was rendered without {sorted(missing)} and with unknown {sorted(unknown)}; "
                f"its variables are {sorted(self.variables)}."
            )
        texts = {name: _text(value) for name, value in values.items()}

        # One pass, so that a place inside a value stays what it is: text.
        def fill(part: str) -> str:
            return _PLACE.sub(lambda place: texts[place[1]], part)

        return RenderedPrompt(fill(self._system), fill(self._user))


def load_prompt(id: str, *, folder: Path = FOLDER) -> Prompt:
    """Load the prompt with this id.

    Raises:
        ConfigurationError: There is no such prompt, or it is not well formed.
    """
    path = folder / f"{id}.md"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"Prompt {id!r} cannot be read: {error}. Reinstall, or name another.") from error
    prompt = Prompt.parse(content, name=path.name)
    if prompt.id != id:
        raise ConfigurationError(f"Prompt file {path.name!r} calls itself {prompt.id!r}; make the two equal.")
    return prompt


def prompts_hash(folder: Path = FOLDER) -> str:
    """Hex sha256 over the ids and texts of all prompts."""
    lines = [f"{path.stem} {hashlib.sha256(path.read_bytes()).hexdigest()}\n" for path in sorted(folder.glob("*.md"))]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _text(value: str | Sequence[Block]) -> str:
    if isinstance(value, str):
        return value.translate(_NEUTRAL)
    return "\n".join(_block(block) for block in value)


def _block(block: Block) -> str:
    if _LABEL.fullmatch(block.label) is None:
        raise ValueError(f"Block label {block.label!r} may hold only letters, digits, spaces and '_,.-'.")
    return f"⟦{block.label}⟧\n{block.text.translate(_NEUTRAL)}\n⟦end of {block.label.partition(' ')[0]}⟧"
