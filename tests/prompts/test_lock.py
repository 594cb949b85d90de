from pathlib import Path

import pytest

from pipeline.errors import ConfigurationError
from prompts.lock import LOCK, lock_problems, write_lock

TEXT = "---\nid: sample\nversion: 1\nvariables: []\n---\nSay what you see.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sample.md").write_text(TEXT)
    write_lock(tmp_path)
    return tmp_path


def test_the_shipped_prompts_agree_with_their_lock() -> None:
    problems = lock_problems()
    assert not problems, "\n".join(problems)


def test_a_changed_text_needs_a_new_version_before_the_lock_is_written(folder: Path) -> None:
    (folder / "sample.md").write_text(TEXT.replace("see", "read"))
    (problem,) = lock_problems(folder)
    assert "version: 2" in problem
    assert "python -m prompts.lock" in problem
    with pytest.raises(ConfigurationError, match="version is still 1"):
        write_lock(folder)
    (folder / "sample.md").write_text(TEXT.replace("see", "read").replace("version: 1", "version: 2"))
    assert "not in prompts.lock yet" in lock_problems(folder)[0]
    write_lock(folder)
    assert lock_problems(folder) == []


def test_new_and_removed_prompts_are_noticed(folder: Path) -> None:
    (folder / "other.md").write_text(TEXT.replace("sample", "other"))
    assert len(lock_problems(folder)) == 1
    (folder / "sample.md").unlink()
    assert any("is gone" in problem for problem in lock_problems(folder))
    write_lock(folder)
    assert [line.split()[0] for line in (folder / LOCK).read_text().splitlines()] == ["other"]


def test_a_file_that_calls_itself_otherwise_is_refused(folder: Path) -> None:
    (folder / "other.md").write_text(TEXT)
    with pytest.raises(ConfigurationError, match="calls itself 'sample'"):
        lock_problems(folder)
