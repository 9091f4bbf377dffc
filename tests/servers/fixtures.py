"""pytest fixtures for the real servers: started once, when first asked for; clean for every test.

dovecot       mailboxes of DESK, CLAIMS, ANNA, BORIS, CLARA, MALLORY, all empty
mta           an MX and submission server that delivers to that Dovecot
postgres      the PostgreSQL server (stop, start, kill); leave it running
postgres_url  the URL of a fresh empty database
mail_sandbox  a `sandbox.mail.MailServer` in this process, on ports of its own
"""

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.servers.base import Workspace
from tests.servers.dovecot import Dovecot
from tests.servers.mta import Mta
from tests.servers.postgres import Postgres

if TYPE_CHECKING:
    from sandbox.mail import MailServer

DESK = "desk@operator.test"
CLAIMS = "claims@operator.test"
ANNA = "anna@people.test"
BORIS = "boris@operator.test"
CLARA = "clara@operator.test"
MALLORY = "mallory@elsewhere.test"
ADDRESSES = (DESK, CLAIMS, ANNA, BORIS, CLARA, MALLORY)
DOMAINS = ("operator.test", "people.test", "elsewhere.test")


@pytest.fixture(scope="session")
def workspace() -> Iterator[Workspace]:
    """The folder and the processes of this test run."""
    workspace = Workspace()
    yield workspace
    workspace.close()


@pytest.fixture(scope="session")
def dovecot_server(workspace: Workspace) -> Iterator[Dovecot]:
    server = Dovecot(workspace, ADDRESSES)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def mta_server(workspace: Workspace, dovecot_server: Dovecot) -> Iterator[Mta]:
    server = Mta(workspace, dovecot_server, DOMAINS)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres(workspace: Workspace) -> Iterator[Postgres]:
    """The PostgreSQL server of this test run."""
    server = Postgres(workspace)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def dovecot(dovecot_server: Dovecot) -> Dovecot:
    """Dovecot, running, with empty mailboxes and nobody logged in."""
    dovecot_server.resume()
    dovecot_server.clean()
    return dovecot_server


@pytest.fixture
def mta(dovecot: Dovecot, mta_server: Mta) -> Mta:
    """The MTA, running, without faults and with an empty queue; brings a clean `dovecot`."""
    mta_server.resume()
    mta_server.clean()
    # What was still on its way for the test before is in a mailbox now.
    dovecot.clean()
    return mta_server


@pytest_asyncio.fixture
async def postgres_url(postgres: Postgres) -> AsyncIterator[str]:
    """`postgres://postgres@127.0.0.1:port/name` of a fresh empty database, dropped after the test."""
    postgres.resume()
    postgres.start()
    url = await postgres.create_database()
    yield url
    postgres.start()
    await postgres.drop_database(url)


@pytest_asyncio.fixture
async def mail_sandbox() -> AsyncIterator["MailServer"]:
    """A sandbox mail server with the same domains, in memory."""
    # Half a second that tests without it need not wait for.
    from sandbox.mail import MailServer

    server = MailServer(domains=DOMAINS)
    await server.start()
    yield server
    await server.stop()
