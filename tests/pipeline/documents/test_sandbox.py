"""Children that crash, hang or swell end alone: the file is refused and the next one is read."""

import contextlib
import errno
import gc
import os
import resource
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from pipeline.documents import sandbox
from pipeline.documents.limits import MIB, Limits
from pipeline.documents.reading import DocumentReader
from pipeline.errors import ConfigurationError, SubmissionError
from pipeline.models.documents import Document
from pipeline.models.submissions import SubmittedFile

# Inline markup that the Markdown parser is slow with: some seconds of honest work.
SLOW = ("*a _b " * 4000 + "\n\n").encode() * 30


def submitted(content: bytes, name: str = "resume.md") -> SubmittedFile:
    return SubmittedFile(name=name, role="resume", sha256="0" * 64, size=len(content))


def read(reader: DocumentReader, content: bytes, name: str = "resume.md") -> Document:
    return reader.read(submitted(content, name), content)


def refused(reader: DocumentReader, content: bytes, name: str = "resume.md") -> str:
    with pytest.raises(SubmissionError) as caught:
        read(reader, content, name)
    return caught.value.code


def server_pid(reader: DocumentReader) -> int:
    read(reader, b"start")
    server = reader._sandbox._server
    assert server is not None
    return server._process.pid


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def open_descriptors() -> list[str]:
    """What is open in this process; sockets and pipes have numbers of their own."""
    # What earlier tests left to be collected would close in between. What is collected open warns, which is an error.
    gc.collect()
    found = []
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # the listing's own is closed by now
            found.append(os.readlink(f"/proc/self/fd/{number}"))
    return sorted(found)


@contextlib.contextmanager
def meanwhile(attempt: Callable[[], bool]) -> Iterator[None]:
    """Try something again and again in a thread, until it succeeds or the block is over."""
    over = threading.Event()

    def repeat() -> None:
        while not over.wait(0.002):
            with contextlib.suppress(OSError):  # a process may be gone before it is looked at
                if attempt():
                    return

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def kill_a_child(pid: int, kind: signal.Signals) -> bool:
    found = children(pid)
    if found:
        os.kill(found[0], kind)
    return bool(found)


@pytest.mark.parametrize("kind", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_a_child_that_dies_is_a_crash_and_the_next_file_is_read(reader: DocumentReader, kind: signal.Signals) -> None:
    server = server_pid(reader)
    with meanwhile(lambda: kill_a_child(server, kind)):
        assert refused(reader, SLOW) == "crashed"
    assert read(reader, b"# Fine").blocks[0].text == "Fine"


def test_a_child_that_hangs_is_ended_on_time() -> None:
    # More processor time than the text needs, so that the clock alone can end it.
    with DocumentReader(Limits(wall_seconds=3, cpu_seconds=300)) as own:
        server_pid(own)
        assert refused(own, SLOW * 6) == "timeout"
        assert read(own, b"# Fine").blocks[0].text == "Fine"


def test_processor_time_is_bounded_too() -> None:
    with DocumentReader(Limits(cpu_seconds=1, wall_seconds=300)) as own:
        assert refused(own, SLOW * 4) == "timeout"


def test_memory_is_bounded() -> None:
    with DocumentReader(Limits(memory=24 * MIB)) as own:
        assert refused(own, b"word " * 4_000_000, "resume.txt") in ("too_large", "crashed")
        assert read(own, b"# Fine").blocks[0].text == "Fine"


def test_an_answer_that_is_too_long_is_refused() -> None:
    with DocumentReader(Limits(output_bytes=2000)) as own:
        assert refused(own, b"Much more text than that. " * 400) == "too_large"
        assert read(own, b"# Fine").blocks[0].text == "Fine"


def test_too_many_blocks_are_refused() -> None:
    with DocumentReader(Limits(blocks=50)) as own:
        assert refused(own, b"\n\n".join(b"Paragraph %d" % number for number in range(60))) == "too_large"


def test_a_dead_server_is_started_again() -> None:
    with DocumentReader() as own:
        os.kill(server_pid(own), signal.SIGKILL)
        assert read(own, b"# Fine").blocks[0].text == "Fine"


def control(reader: DocumentReader) -> str:
    """The socket to the server, as it stands among the descriptors."""
    server = reader._sandbox._server
    assert server is not None
    return os.readlink(f"/proc/self/fd/{server._control.fileno()}")


def test_a_server_that_is_gone_before_the_file_is_handed_over_leaves_nothing_open() -> None:
    with DocumentReader() as own:
        server = server_pid(own)
        before, old = open_descriptors(), control(own)
        os.kill(server, signal.SIGKILL)
        os.waitid(os.P_PID, server, os.WEXITED | os.WNOWAIT)
        assert read(own, b"# Fine").blocks[0].text == "Fine"
        assert server_pid(own) != server
        after = open_descriptors()
        assert set(after) - set(before) == {control(own)}
        assert old not in after


def test_a_server_that_cannot_be_started_is_the_operators_matter_and_leaves_nothing_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_process(*_: object, **__: object) -> None:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    before = open_descriptors()
    monkeypatch.setattr(subprocess, "Popen", no_process)
    with DocumentReader() as own, pytest.raises(ConfigurationError, match="cannot be started: Resource temporarily"):
        read(own, b"# Fine")
    assert open_descriptors() == before


def test_breaking_off_while_the_server_starts_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            started.append(self)

    def ctrl_c(*_: object) -> bytes:
        raise KeyboardInterrupt

    before = open_descriptors()
    with monkeypatch.context() as patched:
        patched.setattr(subprocess, "Popen", Noted)
        patched.setattr(socket.socket, "recv", ctrl_c)
        with DocumentReader() as own, pytest.raises(KeyboardInterrupt):
            read(own, b"# Fine")
    assert [server.returncode is not None for server in started] == [True]
    assert open_descriptors() == before


def test_running_out_of_descriptors_leaves_none_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_pipe() -> tuple[int, int]:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with DocumentReader() as own:
        server_pid(own)
        before = open_descriptors()
        with monkeypatch.context() as patched:
            patched.setattr(os, "pipe", no_pipe)
            with pytest.raises(ConfigurationError, match=r"Too many open files.*ulimit"):
                read(own, b"# Fine")
        assert open_descriptors() == before
        assert read(own, b"# Fine").blocks[0].text == "Fine"


def test_a_process_with_very_many_descriptors_reads_too() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 1200:
        pytest.skip("this machine allows no process more than 1,023 descriptors")
    with ExitStack() as stack, DocumentReader() as own:
        server_pid(own)
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
        while (last := os.open(os.devnull, os.O_RDONLY)) < 1024:
            stack.callback(os.close, last)
        stack.callback(os.close, last)
        assert read(own, b"# Fine").blocks[0].text == "Fine"


def server_without_children(folder: Path, monkeypatch: pytest.MonkeyPatch, *, failures: int) -> None:
    """Let the next server fail to fork so many times; it is another process, which no patch of this one reaches."""
    (folder / "sitecustomize.py").write_text(
        "import errno, os\n"
        f"fork, failures = os.fork, iter(range({failures}))\n"
        "def failing():\n"
        "    for _ in failures:\n"
        "        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))\n"
        "    return fork()\n"
        "os.fork = failing\n"
    )
    environment = sandbox._environment()
    path = f"{folder}{os.pathsep}{environment['PYTHONPATH']}"
    monkeypatch.setattr(sandbox, "_environment", lambda: environment | {"PYTHONPATH": path})


def test_a_system_that_is_busy_for_a_moment_costs_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server_without_children(tmp_path, monkeypatch, failures=3)
    with DocumentReader() as own:
        assert read(own, b"# Fine").blocks[0].text == "Fine"
        server = server_pid(own)
        assert read(own, b"# Fine").blocks[0].text == "Fine"
        assert server_pid(own) == server


def test_a_system_without_room_for_processes_is_the_operators_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server_without_children(tmp_path, monkeypatch, failures=10_000)
    monkeypatch.setattr(sandbox, "_BUSY_SECONDS", 0.5)
    with DocumentReader() as own, pytest.raises(ConfigurationError, match="to read a file with: Resource temporarily"):
        read(own, b"# Fine")


def test_a_file_that_twice_kills_the_server_is_a_crash() -> None:
    with DocumentReader() as own:
        first = server_pid(own)
        killed: set[int] = set()

        def kill_servers() -> bool:
            server = own._sandbox._server
            if server is not None and server._process.pid not in killed and children(server._process.pid):
                os.kill(server._process.pid, signal.SIGKILL)
                killed.add(server._process.pid)
            return len(killed) == 2

        with meanwhile(kill_servers):
            assert refused(own, SLOW) == "crashed"
        assert len(killed) == 2
        assert server_pid(own) != first


def test_many_threads_and_two_readers_get_their_own_answers(reader: DocumentReader) -> None:
    with DocumentReader() as other, ThreadPoolExecutor(max_workers=8) as threads:

        def ask(number: int) -> str:
            return read((reader, other)[number % 2], b"# Heading %d" % number).blocks[0].text

        assert list(threads.map(ask, range(80))) == [f"Heading {number}" for number in range(80)]


def test_the_server_has_no_secrets_and_ends_with_its_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHORTLIST_OPENAI_API_KEY", "not-for-parsers")
    own = DocumentReader()
    pid = server_pid(own)
    assert b"not-for-parsers" not in Path(f"/proc/{pid}/environ").read_bytes()
    own.close()
    assert not Path(f"/proc/{pid}").exists()


def test_a_child_can_write_no_file_and_sees_few_descriptors() -> None:
    # The limits are set in the child itself, so they are read while one is at work.
    with DocumentReader(Limits(wall_seconds=300, cpu_seconds=300)) as own:
        pid = server_pid(own)
        seen: list[str] = []

        def look() -> bool:
            for child in children(pid):
                text = Path(f"/proc/{child}/limits").read_text()
                if "Max file size             0 " in text:
                    seen.append(text)
            return bool(seen)

        with meanwhile(look):
            read(own, SLOW)
        assert seen, "no child was seen at work"
        limits = {line[:25].strip(): line[26:].split()[0] for line in seen[0].splitlines()[1:]}
    assert limits["Max file size"] == "0"
    assert limits["Max core file size"] == "0"
    assert limits["Max processes"] == "0"
    assert int(limits["Max open files"]) <= 64
    assert limits["Max address space"] != "unlimited"
