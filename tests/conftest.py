"""What holds for every test: no test reaches any machine but this one."""

import hypothesis
import pytest

# A deadline for each example says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("shortlist", deadline=None)
hypothesis.settings.load_profile("shortlist")

THIS_MACHINE = r"^127\.0\.0\.1$,^localhost$,^::1$,^/"
"""Patterns of the hosts and socket files that tests may connect to, as pytest-recording takes them."""


def pytest_configure(config: pytest.Config) -> None:
    # Set here and not by command-line flags, so that nobody can leave them out.
    config.option.block_network = True
    config.option.allowed_hosts = config.option.allowed_hosts or THIS_MACHINE
