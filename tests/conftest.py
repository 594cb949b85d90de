"""What holds for every test: none reaches another machine, or hangs on how the developer's own is set up."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# A deadline for each example says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("shortlist", deadline=None)
hypothesis.settings.load_profile("shortlist")

THIS_MACHINE = r"^127\.0\.0\.1$,^localhost$,^::1$,^/"
"""Patterns of the hosts and socket files that tests may connect to, as pytest-recording takes them."""

OUR_VARIABLES = ("SHORTLIST_", "PREFECT_", "OPENAI_API_KEY")

# At import and not in a fixture: Prefect reads its variables when a file of tests imports it. A ledger or a server
# that is somebody's own must not be written to, and children are started with what stands here.
for _name in [name for name in os.environ if name.startswith(OUR_VARIABLES)]:
    del os.environ[_name]
# A file without settings, since a `shortlist.toml` in the current folder is read otherwise.
os.environ["SHORTLIST_CONFIG"] = str(Path(__file__).with_name("no_settings.toml"))


@pytest.fixture(scope="session", autouse=True)
def plain_console() -> Iterator[None]:
    """What commands print has neither colours nor a width that somebody chose; what pytest prints may."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("FORCE_COLOR", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES"):
            patch.delenv(name, raising=False)
        yield


def pytest_configure(config: pytest.Config) -> None:
    # Set here and not by command-line flags, so that nobody can leave them out.
    config.option.block_network = True
    config.option.allowed_hosts = config.option.allowed_hosts or THIS_MACHINE
