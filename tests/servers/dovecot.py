"""A real Dovecot: IMAP (plain, STARTTLS, TLS) and LMTP on loopback, Maildir mailboxes, users in a passwd file."""

import base64
import hashlib
import hmac
import imaplib
import json
import re
import shutil
import smtplib
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlencode

from tests.servers.base import Server, ServerError, Workspace, answers, find_program, free_port, wait_until
from tests.servers.certificates import Certificates, make_certificates

PASSWORD = "correct horse"  # with a space, so that quoting is exercised
TOKEN_KEY = b"a key known to Dovecot and to the tests"

CONFIGURATION = """
hostname = imap.operator.test
base_dir = {home}/run
state_dir = {home}/state
log_path = /dev/stderr
auth_verbose = yes
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 0
protocols = imap lmtp
listen = 127.0.0.1
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
recipient_delimiter = +
mail_fsync = never
ssl = yes
ssl_cert = <{certificates.certificate}
ssl_key = <{certificates.key}
mail_location = maildir:{mail}/%Ln
mailbox_list_index = yes
# IDLE is told by inotify at once; where a container has none, looking every 2 s is soon enough for a test.
mailbox_idle_check_interval = 2 s

passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {home}/oauth2.conf
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN username_format=%Lu {home}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%Lu {home}/users
  override_fields = uid={uid} gid={gid} home={mail}/%Lu mail=maildir:{mail}/%Lu
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Archive {{
    auto = create
  }}
}}
# A wrong password is answered at once, also the tenth time.
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp_port}
  }}
}}
service imap {{
  process_limit = 256
}}
"""

OAUTH2 = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={home}/keys/
username_attribute = email
"""


class Dovecot(Server):
    """Mailboxes `anna@…`, `desk@…` and so on; `add_user` makes more. Everybody's password is PASSWORD.

    Synchronous throughout; call the slow ones through `asyncio.to_thread` where an event loop must go on meanwhile.
    """

    name = "dovecot"
    password = PASSWORD

    def __init__(self, workspace: Workspace, addresses: Sequence[str]) -> None:
        super().__init__(workspace)
        self.program = find_program("Dovecot", "/usr/sbin/dovecot", "dovecot")
        self.doveadm = find_program("Dovecot", "/usr/bin/doveadm", "doveadm")
        version = workspace.run([self.program, "--version"]).split()[0]
        if not version.startswith("2.3."):
            raise ServerError(f"the tests configure Dovecot 2.3 (Debian 12), and this is Dovecot {version}")
        self.addresses = list(addresses)
        self._standing = tuple(addresses)
        self.mail = workspace.folder(self.name, "mail")
        for folder in ("run", "state", "keys"):
            workspace.folder(self.name, folder, mode=0o755)
        self.certificates = make_certificates(self.home)
        for path in (self.certificates.certificate, self.certificates.key):
            workspace.own(path)
        self.certificates.ca_file.chmod(0o644)
        self.imap_port, self.imaps_port, self.lmtp_port = free_port(), free_port(), free_port()
        self._write_users()
        self._write_token_key()
        self._configure()

    # -- configuration

    def _configure(self) -> None:
        import grp

        account = self.workspace.account
        text = CONFIGURATION.format(
            home=self.home,
            mail=self.mail,
            user=account.user,
            group=grp.getgrgid(account.gid).gr_name,
            uid=account.uid,
            gid=account.gid,
            certificates=self.certificates,
            imap_port=self.imap_port,
            imaps_port=self.imaps_port,
            lmtp_port=self.lmtp_port,
        )
        self.configuration = self.workspace.write(self.home / "dovecot.conf", text)
        self.workspace.write(self.home / "oauth2.conf", OAUTH2.format(home=self.home))

    def _write_users(self) -> None:
        lines = "".join(f"{address.lower()}:{{PLAIN}}{PASSWORD}::::::\n" for address in self.addresses)
        self.workspace.write(self.home / "users", lines)

    def _write_token_key(self) -> None:
        self.workspace.folder(self.name, "keys", "default", "HS256")
        encoded = base64.b64encode(TOKEN_KEY).decode()
        self.workspace.write(self.home / "keys" / "default" / "HS256" / "default", encoded)

    def use_certificates(self, certificates: Certificates) -> None:
        """Show other certificates from the next start on (an expired one, say)."""
        for path in (certificates.certificate, certificates.key):
            self.workspace.own(path)
        certificates.ca_file.chmod(0o644)
        self.certificates = certificates
        self._configure()

    def command(self) -> Sequence[str | Path]:
        return [self.program, "-F", "-c", self.configuration]

    def ready(self) -> bool:
        return answers(self.imap_port, b"* OK") and answers(self.lmtp_port, b"220")

    # -- addresses of the servers

    def imap_url(self, address: str, *, security: str = "plain", password: str = PASSWORD) -> str:
        """`imap://user:pass@127.0.0.1:port/INBOX`; security is "plain", "starttls" or "tls" (with `ca_file`)."""
        login = f"{quote(address, safe='')}:{quote(password, safe='')}"
        query = {"ca_file": str(self.certificates.ca_file)}
        if security == "tls":
            return f"imaps://{login}@127.0.0.1:{self.imaps_port}/INBOX?{urlencode(query)}"
        if security == "starttls":
            return f"imap://{login}@127.0.0.1:{self.imap_port}/INBOX?{urlencode({'starttls': '1'} | query)}"
        return f"imap://{login}@127.0.0.1:{self.imap_port}/INBOX"

    def access_token(self, address: str, *, lifetime: float = 3600) -> str:
        """An OAuth 2 access token for XOAUTH2 (a JWT that this Dovecot checks itself); `lifetime` in seconds."""
        issued = int(time.time())
        header = {"alg": "HS256", "typ": "JWT"}
        claims = {"email": address, "sub": address, "iat": issued - 1, "exp": int(issued + lifetime)}
        body = ".".join(_base64url(json.dumps(part).encode()) for part in (header, claims))
        return f"{body}.{_base64url(hmac.digest(TOKEN_KEY, body.encode(), hashlib.sha256))}"

    # -- mailboxes

    def add_user(self, address: str) -> None:
        """A new mailbox, until the next `clean`."""
        self.addresses.append(address)
        self._write_users()

    def clean(self) -> None:
        """Empty mailboxes for the standing addresses only; every connection is ended."""
        self.start()
        self.kick_all()
        self.addresses = list(self._standing)
        self._write_users()
        for folder in self.mail.iterdir():
            shutil.rmtree(folder)

    def deliver(self, raw: bytes, to: str, sender: str = "sender@elsewhere.test") -> None:
        """Hand a mail to Dovecot as an MTA does (LMTP): the server's own receipt time, Return-Path, Delivered-To."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port) as lmtp:
            lmtp.sendmail(sender, [to], _crlf(raw))

    def append(
        self, raw: bytes, address: str, *, folder: str = "INBOX", internaldate: datetime | None = None, flags: str = ""
    ) -> int:
        """Put a mail into a folder with its receipt time (aware; default now) and flags; its UID."""
        with self.session(address) as imap:
            when = imaplib.Time2Internaldate(internaldate or datetime.now(UTC))
            status, answer = imap.append(f'"{folder}"', flags, when, _crlf(raw))
            found = re.search(rb"APPENDUID \d+ (\d+)", answer[0] or b"")
            if status != "OK" or found is None:
                raise ServerError(f"APPEND to {folder} was refused: {answer!r}")
            return int(found[1])

    def messages(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """Every mail in the folder, raw, by UID."""
        with self.session(address) as imap:
            imap.select(f'"{folder}"', readonly=True)
            _, answer = imap.uid("FETCH", "1:*", "(BODY.PEEK[])")
            return [part[1] for part in answer if isinstance(part, tuple)]

    def wait_for_messages(self, address: str, count: int = 1, folder: str = "INBOX") -> list[bytes]:
        """The mails of the folder once there are at least so many."""
        wait_until(lambda: len(self.messages(address, folder)) >= count, f"{count} mails in a mailbox")
        return self.messages(address, folder)

    def uidvalidity(self, address: str, folder: str = "INBOX") -> int:
        with self.session(address) as imap:
            _, answer = imap.status(f'"{folder}"', "(UIDVALIDITY)")
            found = re.search(rb"UIDVALIDITY (\d+)", answer[0] or b"")
            if found is None:
                raise ServerError(f"STATUS gave no UIDVALIDITY: {answer!r}")
            return int(found[1])

    def set_uidvalidity(self, address: str, value: int) -> None:
        """Give the INBOX another UIDVALIDITY and number its mails anew from 1, as after a restore or a move of servers.

        Connections to that mailbox are ended.
        """
        self.uidvalidity(address)  # makes the folder when nobody has opened it yet
        self.kick(address)
        home = self.mail / address.lower()
        for index in home.glob("dovecot.index*"):
            index.unlink()
        listed = home / "dovecot-uidlist"
        header, *rows = listed.read_text().splitlines()
        # A row stays for a while after its mail was expunged. File names are "base" or "base:2,flags".
        present = {file.name.partition(":")[0] for part in ("cur", "new") for file in (home / part).iterdir()}
        rows = [row for row in rows if row.partition(" :")[2].partition(":")[0] in present]
        header = re.sub(r"\bV\d+", f"V{value}", header)
        header = re.sub(r"\bN\d+", f"N{len(rows) + 1}", header)
        rows = [f"{number} {row.split(' ', 1)[1]}" for number, row in enumerate(rows, start=1)]
        self.workspace.write(listed, "\n".join([header, *rows]) + "\n")

    # -- connections

    @contextmanager
    def session(self, address: str, password: str = PASSWORD) -> Iterator[imaplib.IMAP4]:
        """A logged-in plain IMAP connection of the standard library."""
        with imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=20) as imap:
            imap.login(address, password)
            yield imap

    def client_context(self) -> ssl.SSLContext:
        """A TLS context that trusts this server's authority."""
        return ssl.create_default_context(cafile=str(self.certificates.ca_file))

    def connections(self, address: str) -> int:
        """How many logged-in IMAP connections this user has."""
        listing = self._admin("who", "-1", address)
        return sum(1 for line in listing.splitlines()[1:] if " imap " in f" {line} ")

    def kick(self, address: str) -> None:
        """Cut this user's connections, as an administrator or a restart of the server would."""
        self._admin("kick", "-f", address)
        wait_until(lambda: not self.connections(address), "Dovecot to end a user's connections")

    def kick_all(self) -> None:
        """Cut everybody's connections."""
        for address in {line.split()[0] for line in self._admin("who", "-1").splitlines()[1:] if line.strip()}:
            self.kick(address)

    def _admin(self, *words: str) -> str:
        # doveadm ends with 68 when there is nobody to kick; its answers are looked at instead.
        return self.workspace.run([self.doveadm, "-c", self.configuration, *words], check=False)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _crlf(raw: bytes) -> bytes:
    """Line ends as the wire wants them."""
    return re.sub(rb"\r?\n", b"\r\n", raw)
