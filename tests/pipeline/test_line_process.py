"""A process that breaks down costs its asker an answer, and leaves neither a process nor a pipe behind."""

import os
import sys

import pytest

from pipeline.line_process import LinePool, _Child


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


ECHO = python("import sys\nopening = input()\nfor line in sys.stdin: print(opening + line, end='', flush=True)")


def open_descriptors() -> list[str]:
    return sorted(os.listdir("/proc/self/fd"))


def test_each_line_is_answered_and_the_opening_is_told_once() -> None:
    with LinePool(ECHO, opening="o", size=1) as pool:
        assert [pool.ask("a"), pool.ask("b")] == ["oa\n", "ob\n"]


@pytest.mark.parametrize(
    "code",
    [
        "",
        "input()",
        "import sys; input(); sys.stdout.write('no end of line')",
        "import os, time; input(); os.write(1, b'\\xff\\n'); time.sleep(600)",
    ],
    ids=["gone", "silent", "cut", "no text"],
)
def test_a_process_that_breaks_down_is_ended_and_not_asked_again(code: str) -> None:
    before = open_descriptors()
    with LinePool(python(code), opening="", size=1) as pool:
        assert pool.ask("a") is None
        assert open_descriptors() == before
        assert pool.ask("b") is None


def test_a_process_that_cannot_be_started_is_no_answer() -> None:
    with LinePool(("/nowhere/at/all",), opening="", size=1) as pool:
        assert pool.ask("a") is None


def test_whoever_breaks_off_the_asking_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[_Child] = []

    def ctrl_c(self: _Child, *_: str) -> str:
        asked.append(self)
        raise KeyboardInterrupt

    before = open_descriptors()
    # A real Ctrl-C would come to this process when it likes.
    monkeypatch.setattr(_Child, "ask", ctrl_c)
    with LinePool(ECHO, opening="", size=1) as pool:
        with pytest.raises(KeyboardInterrupt):
            pool.ask("a")
        assert asked[0].process.returncode is not None
        assert open_descriptors() == before
