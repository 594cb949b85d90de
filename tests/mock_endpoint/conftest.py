"""One endpoint for all tests of the mock; each test sets it back."""

from collections.abc import Iterator

import pytest

from tests.mock_endpoint.behaviour import Behaviour
from tests.mock_endpoint.endpoint import MockEndpoint


@pytest.fixture(scope="session")
def running() -> Iterator[MockEndpoint]:
    with MockEndpoint() as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(running: MockEndpoint) -> MockEndpoint:
    defaults = Behaviour()
    running.configure(**{name: getattr(defaults, name) for name in Behaviour.model_fields})
    running.reset()
    return running
