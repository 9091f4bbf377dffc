"""The tables: one noun a file. Instants are UTC; dates are the operator's own."""

from models.action import Action
from models.attachment import Attachment
from models.automatic import Automatic
from models.became import Became
from models.clock import Clock
from models.clue import Clue
from models.demand import Demand
from models.dialog import Dialog
from models.ending import Ending
from models.heard import Heard
from models.history import History
from models.inbound import Inbound, InboundState
from models.level import Level
from models.message import Direction, Message
from models.outbox import Outbox, OutboxState
from models.posted import Posted
from models.quiet import Quiet, QuietState
from models.receipt import Receipt
from models.recognised import RecognisedBy
from models.reminder import Reminder
from models.requester import Contact, Requester
from models.staff import Staff
from models.step import Step
from models.ticket import Ticket, TicketStatus
from models.watched import Watched

__all__ = [
    "Action",
    "Attachment",
    "Automatic",
    "Became",
    "Clock",
    "Clue",
    "Contact",
    "Demand",
    "Dialog",
    "Direction",
    "Ending",
    "Heard",
    "History",
    "Inbound",
    "InboundState",
    "Level",
    "Message",
    "Outbox",
    "OutboxState",
    "Posted",
    "Quiet",
    "QuietState",
    "Receipt",
    "RecognisedBy",
    "Reminder",
    "Requester",
    "Staff",
    "Step",
    "Ticket",
    "TicketStatus",
    "Watched",
]
