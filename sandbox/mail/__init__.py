"""A local mail world on loopback, without root: IMAP and SMTP, a mailbox for every address, faults on demand.

    server = MailServer(domains=["operator.test", "people.test"])
    await server.start()
    server.imap_url("desk@operator.test"), server.smtp_url("desk@operator.test")

`python -m sandbox.mail` runs it as a process of its own; `controls(server)` is its HTTP side for a page or a test.
"""

from sandbox.mail.controls import controls
from sandbox.mail.faults import Fault, FaultKind, Service
from sandbox.mail.server import MailServer
from sandbox.mail.store import Mail, MailError

__all__ = ["Fault", "FaultKind", "Mail", "MailError", "MailServer", "Service", "controls"]
