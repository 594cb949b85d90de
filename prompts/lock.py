"""Write or check `prompts.lock`, which ties every prompt's text to its version: `python -m prompts.lock`.

A stored answer names the version and hash of the prompt that it answered. The lock makes sure that two texts never
share a version.
"""

import sys
from pathlib import Path

from pipeline.errors import ConfigurationError
from prompts.loader import FOLDER, Prompt, load_prompt

LOCK = "prompts.lock"


def all_prompts(folder: Path = FOLDER) -> list[Prompt]:
    """Every prompt in the folder, sorted by id.

    Raises:
        ConfigurationError: One of them is not well formed.
    """
    return [load_prompt(path.stem, folder=folder) for path in sorted(folder.glob("*.md"))]


def lock_problems(folder: Path = FOLDER) -> list[str]:
    """What stands between the prompts and their lock, each with what to do; empty if they agree."""
    locked = _read(folder)
    problems = []
    for prompt in all_prompts(folder):
        version, sha256 = locked.pop(prompt.id, (0, ""))
        if sha256 == prompt.sha256:
            continue
        if version >= prompt.version:
            problems.append(
                f"The text of prompts/{prompt.id}.md changed but its version is still {prompt.version}. "
                f"Set `version: {version + 1}` in its front matter, then run `python -m prompts.lock`."
            )
        else:
            problems.append(f"prompts/{prompt.id}.md is not in {LOCK} yet. Run `python -m prompts.lock`.")
    return problems + [f"prompts/{id}.md is gone. Run `python -m prompts.lock`." for id in sorted(locked)]


def write_lock(folder: Path = FOLDER) -> None:
    """Write the lock.

    Raises:
        ConfigurationError: A prompt changed without a new version.
    """
    unversioned = [problem for problem in lock_problems(folder) if "version is still" in problem]
    if unversioned:
        raise ConfigurationError("\n".join(unversioned))
    lines = [f"{prompt.id} {prompt.version} {prompt.sha256}\n" for prompt in all_prompts(folder)]
    (folder / LOCK).write_text("".join(lines), encoding="utf-8")


def _read(folder: Path) -> dict[str, tuple[int, str]]:
    path = folder / LOCK
    if not path.exists():
        return {}
    rows = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {id: (int(version), sha256) for id, version, sha256 in rows}


def main() -> int:
    """Write the lock, or say why not.

    Returns:
        0, or 2 if a prompt has to be changed first.
    """
    try:
        write_lock()
    except ConfigurationError as error:
        print(error, file=sys.stderr)  # noqa: T201  (the command's one output)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
