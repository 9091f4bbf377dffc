"""A real MTA (Exim) on loopback: takes mail like an MX and like a provider's submission server, delivers to Dovecot.

What nobody can route, and what Dovecot refuses, comes back to the sender as a genuine delivery report.
"""

import os
import re
import shutil
import signal
import smtplib
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import quote, urlencode

import psutil

from tests.servers.base import Server, ServerError, Workspace, answers, find_program, free_port, processes_of, wait_until
from tests.servers.dovecot import PASSWORD, Dovecot

HOST = "mx.operator.test"
"""The name the MTA gives itself: in its greeting, Received, Authentication-Results and delivery reports."""

CONFIGURATION = r"""
exim_user = {user}
exim_group = {gid}
trusted_users = {user}
deliver_drop_privilege = true
exim_path = {home}/exim4
primary_hostname = {host}
spool_directory = {home}/spool
log_file_path = {home}/log/%s
log_selector = -queue_run
pid_file_path = {home}/exim.pid
keep_environment = PATH
local_interfaces = <; 127.0.0.1.{port}; 127.0.0.1.{submission_port}; 127.0.0.1.{submissions_port}
tls_on_connect_ports = {submissions_port}
tls_certificate = {certificates.certificate}
tls_privatekey = {certificates.key}
tls_advertise_hosts = *
auth_advertise_hosts = ${{if eq{{$received_port}}{{{port}}}{{}}{{*}}}}
domainlist local_domains = {domains}
# No names are looked up anywhere: there is no DNS here.
dkim_verify_signers =
rfc1413_query_timeout = 0s
daemon_startup_retries = 0
check_spool_space = 0
check_spool_inodes = 0
check_log_space = 0
check_log_inodes = 0
smtp_accept_max = 200
smtp_accept_queue_per_connection = 0
message_size_limit = ${{readfile{{{home}/size_limit}}{{}}}}
ignore_bounce_errors_after = 0s
acl_smtp_mail = acl_mail
acl_smtp_rcpt = acl_rcpt
acl_smtp_data = acl_data

begin acl

acl_mail:
  require message = 530 5.7.0 Authentication required
          condition = ${{if eq{{$received_port}}{{{port}}}{{yes}}{{${{if def:authenticated_id}}}}}}
  # As providers do: only one's own address, or none (automatic letters).
  deny message = 553 5.7.1 Sender address rejected: not owned by user
       !condition = ${{if eq{{$received_port}}{{{port}}}}}
       !condition = ${{if eq{{$sender_address}}{{}}}}
       !condition = ${{if eqi{{$sender_address}}{{$authenticated_id}}}}
  accept

acl_rcpt:
  warn set acl_m_answer = ${{run{{/bin/sh {home}/answer.sh $local_part@$domain}}{{$value}}{{}}}}
  defer condition = ${{if match{{$acl_m_answer}}{{^4}}}}
        message = $acl_m_answer
  deny condition = ${{if match{{$acl_m_answer}}{{^5}}}}
       message = $acl_m_answer
  accept authenticated = *
  accept domains = +local_domains
  deny message = 550 5.7.1 Relaying denied

acl_data:
  warn set acl_m_answer = ${{run{{/bin/sh {home}/answer.sh data}}{{$value}}{{}}}}
  defer condition = ${{if match{{$acl_m_answer}}{{^4}}}}
        message = $acl_m_answer
  deny condition = ${{if match{{$acl_m_answer}}{{^5}}}}
       message = $acl_m_answer
  accept authenticated = *
  # What SPF, DKIM and DMARC would have said is told by the tests (`authenticates`).
  warn add_header = :at_start:Authentication-Results: {host}; \
    ${{lookup{{$sender_address_domain}}lsearch{{{home}/results}}{{$value}}{{none}}}}
  accept

begin routers

mailboxes:
  driver = manualroute
  domains = +local_domains
  transport = dovecot
  route_list = * 127.0.0.1 byname
  self = send

begin transports

dovecot:
  driver = smtp
  protocol = lmtp
  hosts = 127.0.0.1
  port = {lmtp_port}
  allow_localhost = true
  hosts_avoid_tls = *
  hosts_try_fastopen =
  max_rcpt = 1

begin retry

* * F,4d,1s

begin authenticators

plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if eq{{$auth3}}{{{password}}}}}
  server_set_id = $auth2

login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if eq{{$auth2}}{{{password}}}}}
  server_set_id = $auth1
"""

# Gives the next answer prepared for an address, or nothing. Each line is given once; "always …" stays.
ANSWER = """
folder={home}/answers
[ -s "$folder/$1" ] || exit 0
read -r line <"$folder/$1"
case $line in
always\\ *) printf %s "${{line#always }}" ;;
*)
    sed 1d "$folder/$1" >"$folder/.$1.rest" && mv "$folder/.$1.rest" "$folder/$1"
    printf %s "$line"
    ;;
esac
"""

SIZE_LIMIT = 26_214_400  # 25 MiB, what Russian and other large providers take at most


class Mta(Server):
    """An MX on `port` (no login, local domains only) and a submission server on `submission_port` (login, any domain).

    Everybody's password is PASSWORD, the login is the address. STARTTLS on both; TLS from the start on a third port.
    """

    name = "mta"
    stop_signal = signal.SIGTERM
    stops_its_children = False
    password = PASSWORD
    host = HOST

    def __init__(self, workspace: Workspace, dovecot: Dovecot, domains: Sequence[str]) -> None:
        super().__init__(workspace)
        self.dovecot = dovecot
        self.domains = list(domains)
        self.certificates = dovecot.certificates
        self.port, self.submission_port, self.submissions_port = free_port(), free_port(), free_port()
        self.spool = workspace.folder(self.name, "spool")
        for folder in ("log", "answers"):
            workspace.folder(self.name, folder)
        self.program = self._private_copy()
        self.configuration = self.home / "exim.conf"
        self._configure()
        self.clear()

    def _private_copy(self) -> Path:
        # Exim must run without its set-user-id bit, and from a place the plain account can reach.
        found = find_program(
            "Exim 4",
            f"{os.environ.get('RIGHTSDESK_TEST_PROGRAMS', '/usr/local/libexec/rightsdesk-tests')}/exim4",
            "/usr/sbin/exim4",
        )
        copy = self.home / "exim4"
        shutil.copyfile(found, copy)
        copy.chmod(0o755)
        return copy

    def _configure(self) -> None:
        account = self.workspace.account
        text = CONFIGURATION.format(
            home=self.home,
            user=account.user,
            gid=account.gid,
            host=HOST,
            port=self.port,
            submission_port=self.submission_port,
            submissions_port=self.submissions_port,
            lmtp_port=self.dovecot.lmtp_port,
            certificates=self.certificates,
            domains=" : ".join(self.domains),
            password=PASSWORD,
        )
        self.workspace.write(self.configuration, text)
        self.workspace.write(self.home / "answer.sh", ANSWER.format(home=self.home))

    def command(self) -> Sequence[str | Path]:
        return [self.program, "-C", self.configuration, "-bdf", "-q1s"]

    def ready(self) -> bool:
        return answers(self.port, b"220") and answers(self.submission_port, b"220")

    def _family(self) -> list[psutil.Process]:
        # A delivery goes on by itself when the connection that began it is over: no longer a child of the daemon.
        relatives = super()._family()
        if self.process is None:
            return relatives
        return relatives + [process for process in processes_of(self.program) if process not in relatives]

    def log_tail(self, lines: int = 40) -> str:
        """The end of what Exim said and logged."""
        logs = [self.log, *sorted((self.home / "log").iterdir())]
        return "\n".join("\n".join(log.read_text(errors="replace").splitlines()[-lines:]) for log in logs)

    def smtp_url(self, address: str, *, security: str = "plain", password: str = PASSWORD) -> str:
        """`smtp://user:pass@127.0.0.1:port` for submission; security is "plain", "starttls" or "tls" (with `ca_file`)."""
        login = f"{quote(address, safe='')}:{quote(password, safe='')}"
        query = {"ca_file": str(self.certificates.ca_file)}
        if security == "tls":
            return f"smtps://{login}@127.0.0.1:{self.submissions_port}?{urlencode(query)}"
        if security == "starttls":
            return f"smtp://{login}@127.0.0.1:{self.submission_port}?{urlencode({'starttls': '1'} | query)}"
        return f"smtp://{login}@127.0.0.1:{self.submission_port}"

    # -- mail

    def send(self, raw: bytes, *, to: str | None = None, sender: str | None = None) -> None:
        """Mail from the outside world to the MX port; by default from the From to the To of the mail itself."""
        headers = message_from_bytes(raw, policy=policy.compat32)
        envelope_from = parseaddr(str(headers["From"]))[1] if sender is None else sender
        envelope_to = to or parseaddr(str(headers["To"]))[1]
        with smtplib.SMTP("127.0.0.1", self.port, timeout=20) as smtp:
            smtp.sendmail(envelope_from, [envelope_to], re.sub(rb"\r?\n", b"\r\n", raw))

    def waiting(self) -> int:
        """How many mails are in the queue."""
        return sum(1 for _ in (self.spool / "input").rglob("*-H"))

    def wait_until_idle(self) -> None:
        """Return when every mail has been delivered or returned."""
        wait_until(lambda: not self.waiting(), "the MTA's queue to become empty")

    def authenticates(self, domain: str, results: str) -> None:
        """Say what sender authentication gives for mail from this envelope domain, as in `spf=pass smtp.mailfrom=…`."""
        with (self.home / "results").open("a", encoding="utf-8") as file:
            file.write(f"{domain}: {results}\n")

    # -- faults

    def refuse(self, address: str, answer: str, times: int | None = None) -> None:
        """Answer RCPT for this address with e.g. "550 5.1.1 No such user" or "451 4.7.1 Greylisted".

        `times` is for how many attempts (None: until `clear`). The address "data" answers the end of DATA instead.
        """
        if not re.match(r"[45]\d\d ", answer):
            raise ServerError(f"an SMTP refusal starts with 4xx or 5xx, not with {answer[:4]!r}")
        lines = f"always {answer}\n" if times is None else f"{answer}\n" * times
        self.workspace.write(self.home / "answers" / address.lower(), lines)

    def limit_size(self, octets: int) -> None:
        """The largest mail it takes (SIZE in the answer to EHLO), from the next connection on."""
        self.workspace.write(self.home / "size_limit", str(octets))

    def clear(self) -> None:
        """Take everything back: refusals, size limit, authentication results."""
        for file in (self.home / "answers").iterdir():
            file.unlink()
        self.limit_size(SIZE_LIMIT)
        self.workspace.write(self.home / "results", "")

    def clean(self) -> None:
        """No faults and an empty queue."""
        self.clear()
        if self.waiting():
            self.stop()
            for folder in ("input", "msglog", "db"):
                shutil.rmtree(self.spool / folder, ignore_errors=True)
        self.start()
