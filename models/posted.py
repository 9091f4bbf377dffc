"""What a receipt says was posted: the role by which staff's answers, edits and removals find their way back."""

from enum import StrEnum


class Posted(StrEnum):
    """The role of a posting (models.Receipt.role)."""

    # To the requester
    LETTER = "letter"  # by mail, whatever it says
    ACKNOWLEDGEMENT = "acknowledgement"
    REPLY = "reply"
    EXTENSION = "extension"
    REFUSAL = "refusal"
    PROGRESS = "progress"
    CLOSING = "closing"
    CODE = "code"  # a code to an address the operator holds, and what became of it
    BREACH_NOTICE = "breach_notice"  # to a person whose data an incident concerns
    PAPER_FORM = "paper_form"  # the statement to print and sign

    # In the staff group
    TOPIC = "topic"  # the thread of a ticket
    CARD = "card"  # its pinned first message: a reply to it answers the requester
    REQUESTER = "requester"  # the requester's words and files: a reply to them answers the requester
    DRAFT = "draft"  # a letter that nobody got yet
    PAST = "past"  # words said before, shown again
    UNDO = "undo"  # what waits to leave, with Undo
    STATUS = "status"  # what became of a letter
    REMINDER = "reminder"
    PARKED = "parked"  # what failed for good, with what can be done
    OVERVIEW = "overview"  # tickets that opened at once
    DIGEST = "digest"  # of the morning
    INCIDENT_DRAFT = "incident_draft"  # of a notice to the authority

    PROCESSORS = "processors"  # the list of what processors are told
    PROCESSOR = "processor"  # the words of a processor, or of a stranger: a reply to them answers nobody
    ANSWERED = "answered"  # the question what a processor did
    ACT = "act"  # the papers of an act: a file in reply to them is the signed act

    # Anywhere
    NOTICE = "notice"  # a sentence that needs no answer
    SCREEN = "screen"  # buttons or a question
    VOLUME = "volume"  # a file of the record: journal or dossier
