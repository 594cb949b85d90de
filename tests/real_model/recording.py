"""Records conversations with the real model's server and plays them back, request for request.

Played back, a request that is not the recorded one fails the test, and so does a recorded one that is not made.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from vcr import VCR
from vcr.cassette import Cassette
from vcr.record_mode import RecordMode
from vcr.request import Request

from tests.real_model import cassette_format
from tests.real_model.cassette_format import is_json, ordered

CASSETTES = Path(__file__).parents[1] / "cassettes"
ADVICE = "If the change is meant, run `make record`."
KEPT_HEADERS = frozenset(("content-type",))
"""Everything else names versions of libraries, keys or moments."""
REPLAYED_URL = "http://127.0.0.1/v1"
"""Nothing listens there; the port of a recording is another one every time."""

_PER_ANSWER = {"id": "chatcmpl-recorded", "created": 0}
_PASSING = ("timings",)


class Recording:
    """A cassette in use."""

    def __init__(self, cassette: Cassette, name: str) -> None:
        self._cassette = cassette
        self._name = name
        self._unknown: list[Request] = []
        # A judge takes a refused request for a broken connection and goes on; this remembers it.
        playable = cassette.can_play_response_for

        def remember(request: Request) -> bool:
            known = bool(playable(request))
            if not known:
                self._unknown.append(request)
            return known

        cassette.can_play_response_for = remember

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The bodies that were sent, in their order."""
        return [json.loads(request.body) for request in self._cassette.requests]

    @property
    def responses(self) -> list[dict[str, Any]]:
        """The bodies that came back, in the same order."""
        return [json.loads(response["body"]["string"]) for response in self._cassette.responses]

    def check(self) -> None:
        """Fail the test if a request was made that is not in the recording."""
        if not self._unknown or not self._cassette.write_protected:
            return
        asked = json.loads(self._unknown[0].body)
        left = [body for index, body in enumerate(self.requests) if not self._cassette.play_counts.get(index)]
        what = first_difference(left[0], asked) if left else "the recording holds no further request"
        pytest.fail(f"The request differs from the recorded one in {self._name!r}: {what}. {ADVICE}", pytrace=False)

    def finish(self) -> None:
        """Fail the test if a recorded request was not made."""
        self.check()
        if self._cassette.write_protected and not self._cassette.all_played:
            missing = len(self._cassette) - len(self._cassette.play_counts)
            pytest.fail(f"{missing} recorded requests of {self._name!r} were not made. {ADVICE}", pytrace=False)


@contextmanager
def open_recording(name: str, *, rewrite: bool, folder: Path = CASSETTES) -> Iterator[Recording]:
    """Play a cassette back, or record it anew; a recording that fails leaves the old one as it is."""
    if not rewrite:
        with _opened(name, folder, RecordMode.NONE) as recording:
            yield recording
            recording.finish()
        return
    with tempfile.TemporaryDirectory(dir=folder) as new:
        with _opened(name, Path(new), RecordMode.ALL) as recording:
            yield recording
        Path(new, f"{name}.yaml").replace(folder / f"{name}.yaml")


@contextmanager
def _opened(name: str, folder: Path, mode: RecordMode) -> Iterator[Recording]:
    vcr = VCR(
        cassette_library_dir=str(folder),
        record_mode=mode,
        match_on=("method", "path", "json"),
        before_record_request=_kept_request,
        before_record_response=_kept_response,
        decode_compressed_response=True,
    )
    vcr.register_matcher("json", _same_json)
    vcr.register_serializer("yaml", cassette_format)
    with vcr.use_cassette(f"{name}.yaml", allow_playback_repeats=False) as cassette:
        yield Recording(cassette, name)


def first_difference(recorded: Any, asked: Any) -> str:
    """Where two JSON bodies first differ, and how, in words for a failure message; empty if they do not."""
    return _difference(ordered(recorded), ordered(asked), "")


def _difference(recorded: Any, asked: Any, place: str) -> str:
    if isinstance(recorded, dict) and isinstance(asked, dict):
        if list(recorded) != list(asked):
            return f"{place or 'the body'} has the fields {', '.join(asked)}, recorded {', '.join(recorded)}"
        inside = (_difference(recorded[key], asked[key], f"{place}.{key}".lstrip(".")) for key in recorded)
        return next(filter(None, inside), "")
    if isinstance(recorded, list) and isinstance(asked, list) and len(recorded) == len(asked):
        inside = (_difference(recorded[index], asked[index], f"{place}[{index}]") for index in range(len(asked)))
        return next(filter(None, inside), "")
    if isinstance(recorded, str) and isinstance(asked, str):
        lines = zip_longest(recorded.split("\n"), asked.split("\n"))
        for number, (one, other) in enumerate(lines, start=1):
            if one != other:
                return f"{place} line {number} is {_short(other)}, recorded {_short(one)}"
        return ""
    # `1` and `1.0` are equal and written differently.
    return "" if repr(recorded) == repr(asked) else f"{place} is {_short(asked)}, recorded {_short(recorded)}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:97]}..."


def _same_json(one: Request, other: Request) -> None:
    assert not first_difference(json.loads(one.body), json.loads(other.body)), "the bodies differ"


def _kept_request(request: Request) -> Request:
    path = urlsplit(request.uri).path
    headers = {name: value for name, value in request.headers.items() if name.lower() in KEPT_HEADERS}
    return Request(request.method, REPLAYED_URL.removesuffix("/v1") + path, request.body, headers)


def _kept_response(response: dict[str, Any]) -> dict[str, Any]:
    headers = {name: value for name, value in response["headers"].items() if name.lower() in KEPT_HEADERS}
    body = response["body"]["string"]
    if is_json(body):
        content = json.loads(body)
        content = {key: _PER_ANSWER.get(key, value) for key, value in content.items() if key not in _PASSING}
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return {**response, "headers": headers, "body": {"string": body}}
