"""One laboratory for all tests of a module; what it asked is kept in its ledger."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.injection.payloads import Payload, addressed_payloads, own_payloads
from tests.injection.trial import Laboratory, laboratory


@pytest.fixture(scope="session")
def payloads() -> dict[str, Payload]:
    return {payload.id: payload for payload in (*own_payloads(), *addressed_payloads())}


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, payloads: dict[str, Payload]) -> Iterator[Laboratory]:
    home: Path = tmp_path_factory.mktemp("injection")
    with laboratory(list(payloads.values()), home=home) as opened:
        yield opened
