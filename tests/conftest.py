"""Fixtures of every test."""

import pytest
from hypothesis import settings

# No test has a time to keep: what is slow beside other work is not wrong. All else as it is chosen by where the tests run.
settings.register_profile("untimed", parent=settings.default, deadline=None)
settings.load_profile("untimed")

pytest_plugins = ["tests.servers.fixtures", "tests.databases"]

# A test with one of these starts a server of the system; those of the flows start and kill processes.
SERVERS = {"dovecot", "dovecot_server", "mta", "mta_server", "postgres", "postgres_url"}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: starts servers or processes; `make test-fast` leaves it out")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & SERVERS or "tests/flows" in item.path.as_posix() or item.get_closest_marker("postgres"):
            item.add_marker("slow")
