import socket

import pytest


def test_no_test_reaches_another_machine() -> None:
    with socket.socket() as attempt, pytest.raises(RuntimeError, match="Network is disabled"):
        attempt.connect(("192.0.2.1", 80))


def test_a_server_on_this_machine_can_be_reached() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())
