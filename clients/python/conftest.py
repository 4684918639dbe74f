"""Every test has a server of its own, on a new database with ../seed.json in it."""

import pytest

from poolhouse import CLIENTS, Poolhouse


@pytest.fixture
def start(tmp_path):
    """Starts servers on the test's one database file; all have ended when the test has."""
    servers = []

    def start(*arguments, **options):
        server = Poolhouse(tmp_path / "poolhouse.db", *arguments, **options)
        servers.append(server)
        return server

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture
def server(start):
    return start("--seed", CLIENTS / "seed.json")


@pytest.fixture
def cognito(server):
    """The client of an administrator."""
    return server.client()
