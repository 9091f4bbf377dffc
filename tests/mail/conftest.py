"""A desk with two mailboxes and an owner, on both back ends."""

from pathlib import Path

import pytest

from desk.context import Desk, Mailbox
from tests.desk.people import make_desk
from tests.mail.mailroom import OWNER, Mailroom
from tests.servers.fixtures import CLAIMS, DESK


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    mailboxes = (Mailbox(DESK, "Поддержка"), Mailbox(CLAIMS, "Претензии", take="requests"))
    return make_desk(tmp_path, mailboxes=mailboxes, alert_email=OWNER)


@pytest.fixture
async def room(desk: Desk, db: object) -> Mailroom:
    return Mailroom(desk)
