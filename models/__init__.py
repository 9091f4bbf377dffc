"""The tables: one noun a file. Instants are UTC; dates are the operator's own."""

from models.action import Action
from models.answer import Answer, AnswerTemplate
from models.attachment import Attachment
from models.automatic import Automatic
from models.became import Became
from models.blocking import Blocking, BlockingResult
from models.challenge import Challenge, ChallengeState
from models.clock import Clock
from models.clue import Clue
from models.demand import Demand
from models.destruction import Destruction, DestructionState
from models.dialog import Dialog
from models.ending import Ending
from models.group import MovedGroup, ShutTopic
from models.heard import Heard
from models.held import Held
from models.history import History
from models.inbound import Inbound, InboundState
from models.incident import Concerned, Incident, Notifying
from models.instruction import Instruction, InstructionState
from models.level import Level
from models.mandate import Mandate
from models.message import Direction, Message
from models.outbox import Outbox, OutboxState
from models.posted import Posted
from models.quiet import Quiet, QuietState
from models.receipt import Receipt
from models.recognised import RecognisedBy
from models.registration import Registration, Way
from models.reminder import Reminder
from models.requester import Contact, Requester
from models.shapes import Entity, Remark, StoredBytes, StoredFile
from models.staff import Staff
from models.step import ProofKind, Step
from models.store import chain as chain
from models.store.covering import cover
from models.ticket import Ticket, TicketStatus
from models.verification import Verification
from models.watched import Watched

__all__ = [
    "Action",
    "Answer",
    "AnswerTemplate",
    "Attachment",
    "Automatic",
    "Became",
    "Blocking",
    "BlockingResult",
    "Challenge",
    "ChallengeState",
    "Clock",
    "Clue",
    "Concerned",
    "Contact",
    "Demand",
    "Destruction",
    "DestructionState",
    "Dialog",
    "Direction",
    "Ending",
    "Entity",
    "Heard",
    "Held",
    "History",
    "Inbound",
    "InboundState",
    "Incident",
    "Instruction",
    "InstructionState",
    "Level",
    "Mandate",
    "Message",
    "MovedGroup",
    "Notifying",
    "Outbox",
    "OutboxState",
    "Posted",
    "ProofKind",
    "Quiet",
    "QuietState",
    "Receipt",
    "RecognisedBy",
    "Registration",
    "Remark",
    "Reminder",
    "Requester",
    "ShutTopic",
    "Staff",
    "Step",
    "StoredBytes",
    "StoredFile",
    "Ticket",
    "TicketStatus",
    "Verification",
    "Watched",
    "Way",
]

# What the history answers for; the rest says nothing of a matter, or is no longer than it is being worked on.
cover(Requester, but=("language",))
cover(Contact)
cover(Ticket, but=("topic_id", "card_id"))
cover(Demand)
cover(Clock, but=("target", "next_at", "owed_from", "planned_by"))
cover(Step)
cover(Message)
cover(Instruction, but=("next_at", "reminded"))
cover(Destruction, but=("act", "editable", "extract", "signed"))
cover(Blocking, but=("next_at",))
cover(Registration)
cover(Mandate, but=("remind_at",))
cover(Verification)
cover(Challenge)
cover(Incident, but=("notify_at",))
cover(Concerned)
cover(Answer)
cover(Outbox, only=("errand", "channel", "conversation", "done_at", "kept"), when="kept")
cover(Attachment, but=("blob", "telegram_kind", "telegram_file"))
