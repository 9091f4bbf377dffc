"""What can go wrong with the sandbox's mail on demand, for so many times or until it is lifted."""

from dataclasses import asdict, dataclass
from enum import StrEnum

from sandbox.mail.store import MailError, normal


class Service(StrEnum):
    IMAP = "imap"
    SMTP = "smtp"


class FaultKind(StrEnum):
    REFUSE = "refuse"
    """No connection: the port is closed; with `times`, so many connections are reset as soon as they are made."""
    DROP = "drop"
    """Open connections are cut, new ones at the first word of the client. With `times`, so many new ones."""
    TIMEOUT = "timeout"
    """Connections are taken and nothing is ever answered, on open ones neither. With `times`, so many new ones."""
    LOGIN = "login"
    """Every password is wrong."""
    REJECT = "reject"
    """SMTP only: RCPT for `address` (default: everybody) is answered with `answer`."""
    REJECT_DATA = "reject_data"
    """SMTP only: a mail is refused after DATA with `answer`."""
    BOUNCE = "bounce"
    """SMTP only: the mail is accepted, does not arrive, and a delivery report with `answer` comes back."""
    LOST_ANSWER = "lost_answer"
    """SMTP only: the mail is accepted and delivered, and the connection is cut before the 250."""


SMTP_ONLY = frozenset({FaultKind.REJECT, FaultKind.REJECT_DATA, FaultKind.BOUNCE, FaultKind.LOST_ANSWER})


@dataclass
class Fault:
    """One thing that goes wrong."""

    id: int
    service: Service
    kind: FaultKind
    times: int | None = None
    """How many more times; None means until it is lifted."""
    address: str | None = None
    """Only for this recipient; everybody when None."""
    answer: str = "451 4.3.0 Temporary failure, try again later"

    def concerns(self, address: str | None) -> bool:
        return self.address is None or (address is not None and normal(address) == self.address)

    def as_json(self) -> dict[str, object]:
        return asdict(self)


class Faults:
    """The faults in force."""

    def __init__(self) -> None:
        self.active: list[Fault] = []
        self._last = 0

    def add(
        self, service: str, kind: str, *, times: int | None = None, address: str | None = None, answer: str | None = None
    ) -> Fault:
        """Raises MailError when the words make no sense."""
        if service not in list(Service):
            raise MailError(f"there is no service {service!r}; there are {', '.join(Service)}")
        if kind not in list(FaultKind):
            raise MailError(f"there is no fault {kind!r}; there are {', '.join(FaultKind)}")
        if service != Service.SMTP and kind in SMTP_ONLY:
            raise MailError(f"only smtp can have the fault {kind!r}")
        if times is not None and times < 1:
            raise MailError("a fault happens at least once")
        if answer is not None and not (answer[:3].isdigit() and answer[0] in "45" and answer[3:4] == " "):
            raise MailError('an answer reads like "451 4.7.1 Greylisted" or "550 5.1.1 No such user"')
        self._last += 1
        fault = Fault(self._last, Service(service), FaultKind(kind), times, normal(address) if address else None)
        if answer is not None:
            fault.answer = answer
        self.active.append(fault)
        return fault

    def in_force(self, service: Service, kind: FaultKind, address: str | None = None) -> Fault | None:
        """The first fault that would happen now; nothing is counted."""
        for fault in self.active:
            if fault.service == service and fault.kind == kind and fault.concerns(address):
                return fault
        return None

    def take(self, service: Service, kind: FaultKind, address: str | None = None) -> Fault | None:
        """The fault that happens now, counted; None when nothing goes wrong."""
        fault = self.in_force(service, kind, address)
        if fault is not None and fault.times is not None:
            fault.times -= 1
            if not fault.times:
                self.active.remove(fault)
        return fault

    def lift(self, number: int | None = None) -> None:
        """End one fault, or all of them."""
        self.active = [fault for fault in self.active if number is not None and fault.id != number]
