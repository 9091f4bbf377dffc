"""What an entry of a ticket's history says was done; the words are what is stored and hashed, so they never change."""

from enum import StrEnum


class Action(StrEnum):
    """Read by people in `/history` and `rightsdesk ticket N`, translated in `bot/locales` (desk.history.said)."""

    # What came in
    TICKET_OPENED = "ticket opened"  # the first message of a matter, with the kinds heard in it
    MESSAGE_RECEIVED = "message received"  # one more message of the requester
    REACTION = "reaction"  # a sign put on a message of ours
    REPEATED_LETTER_LINKED = "repeated letter linked"  # asks what is asked already: no new term
    DEMANDED_IN_JOINT = "demanded in the joint ticket"  # by the person of a merged ticket: its terms run in the joint one
    MESSAGES_MOVED_AWAY = "messages moved away"  # the requester said which ticket they belong to
    MESSAGES_MOVED_HERE = "messages moved here"
    AUTO_REPLY_RECEIVED = "auto reply received"  # letters of programs, tied to the ticket by what they answer
    LIST_RECEIVED = "list received"
    BOUNCE_RECEIVED = "bounce received"
    REPORT_RECEIVED = "report received"
    RECALL_RECEIVED = "recall received"
    REACTION_RECEIVED = "reaction received"
    STAFF_RECEIVED = "staff received"  # a letter of the operator's own people
    INBOUND_PARKED = "inbound parked"  # it failed for good; a person decides
    INBOUND_RETRIED = "inbound retried"
    INBOUND_DROPPED = "inbound dropped"
    MADE_OF_PARKED = "ticket made of a parked message"
    QUIET_RAISED = "quiet letter raised"  # staff made a ticket of a letter that had opened none

    # What is demanded
    DEMAND_OPENED = "demand opened"
    DEMAND_OPENED_AGAIN = "demand opened again"
    DEMANDS_CONFIRMED = "demands confirmed"  # the requester meant what the machine had heard
    DEMANDS_TAKEN_BACK = "demands taken back"  # the requester did not
    CANDIDATES_CONFIRMED = "candidates confirmed"
    NONE_OF_CANDIDATES = "none of the candidates"
    KIND_CHANGED = "kind changed"
    DESTRUCTION_IMPOSSIBLE = "destruction impossible"  # blocked instead, with a term of its own
    KNOWN_DATE = "date of proof or detection entered"  # or taken back
    DOCUMENT_NAMED = "document named"  # which document of an authority a letter is, or taken back
    DOCUMENT_DATE = "document date entered"  # the last day that a document of an authority names
    PAPER_REGISTERED = "paper letter registered"
    REGISTERED = "registered by staff"  # a ticket was opened for what did not come by itself
    INCIDENT_DESCRIBED = "incident described"  # one field of the notices
    CONCERNED_LISTED = "people concerned listed"
    NOTIFYING_BEGUN = "notices to people begun"
    NOTIFYING_STOPPED = "notices to people stopped"
    NOTIFYING_DONE = "notices to people done"
    WAY_REGISTERED = "another way registered"  # the matter came once more, on paper or otherwise
    EARLIER_RECEIPT = "earlier receipt counts"  # the demand had come before: its terms run from then

    # Terms, steps, endings
    CLOCK_STOPPED = "clock stopped"
    CLOCK_RUNS_AGAIN = "clock runs again"
    CLOCK_EXTENDED = "clock extended"  # the notice was sent
    EXTENSION_DECIDED = "extension decided"
    EXTENSION_WITHDRAWN = "extension withdrawn"
    STEP_DONE = "step done"
    STEP_SET_ASIDE = "step set aside"
    STEP_TAKEN_BACK = "step taken back"
    REFUSAL_DECIDED = "refusal decided"
    DEMAND_REFUSED = "demand refused"  # the refusal was sent
    REFUSAL_WITHDRAWN = "refusal withdrawn"
    REMINDER_SAID = "reminder said"

    # Processors and destruction
    INSTRUCTIONS_DRAFTED = "instructions drafted"  # letters to processors wait for their release
    INSTRUCTIONS_CHANGED = "instructions changed"  # by what the person is found, or what is to be corrected
    INSTRUCTIONS_RELEASED = "instructions released"
    INSTRUCTION_TAKEN_BACK = "instruction taken back"  # before it left
    INSTRUCTION_SENT = "instruction sent"
    INSTRUCTION_TOLD = "instruction told"  # on paper or by phone
    INSTRUCTION_CAME_BACK = "instruction came back"  # undelivered
    INSTRUCTION_DRAFTED_AGAIN = "instruction drafted again"
    INSTRUCTION_ANSWERED = "instruction answered"  # by the processor, or by somebody who has its reference
    LETTER_TAKEN_AS_ANSWER = "letter taken as answer"
    INSTRUCTION_JUDGED = "instruction judged"  # done, partly or refused
    JUDGEMENT_TAKEN_BACK = "judgement taken back"
    PROCESSOR_NOT_CONCERNED = "processor not concerned"
    PROCESSOR_CONCERNED = "processor concerned after all"
    PROCESSOR_WRITTEN = "words to a processor written"
    PROCESSOR_WORDS_SENT = "words to a processor sent"
    PROCESSOR_REMINDED = "processor reminded"
    DESTRUCTION_BEGUN = "destruction begun"
    DESTRUCTION_DROPPED = "destruction draft dropped"
    ACT_MADE = "act of destruction made"
    ACT_VOIDED = "act of destruction voided"
    EXTRACT_ATTACHED = "log extract attached"
    ACT_SIGNED = "signed act came back"
    ACT_ERASED = "act of destruction erased"  # kept long enough

    # Blocking
    BLOCKED = "data blocked"  # for the time of a check
    BLOCKING_DATED = "beginning of the blocking entered"  # it had begun before it was recorded, or that is taken back
    UNBLOCKED = "blocking ended"  # with what the check came to
    BLOCKING_LASTS = "blocking lasts on"  # what had ended it was taken back
    NOT_BLOCKED = "data not blocked"  # it would harm somebody
    BLOCKING_VOIDED = "blocking recorded by mistake"

    # The ticket
    TICKET_TAKEN = "ticket taken"
    ASSIGNEE_LEFT = "assignee left"  # who had it is no longer in the staff group
    TICKET_CLOSED = "ticket closed"
    TICKET_REOPENED = "ticket reopened"
    TICKET_MERGED = "ticket merged"  # of the one that goes in
    TICKET_TAKEN_IN = "ticket taken in"  # of the one that goes on
    TICKET_TAKEN_APART = "ticket taken apart"
    ADDRESS_NAMED = "address named"  # staff said where answers go

    ERASED = "personal data erased"  # closed long ago

    # Who it is
    IDENTITY_VERIFIED = "identity verified"  # staff compared facts
    PROVED_BY_CODE = "identity proved by code"
    VERIFICATION_TAKEN_BACK = "verification taken back"
    CODE_SENT = "code sent"  # to an address that the operator holds
    CODE_WRONG = "code wrong"
    SPEAKER_NAMED = "speaker named"  # as what the requester speaks for somebody else
    MANDATE_CHECKED = "mandate checked"  # the document by which they do
    MANDATE_TAKEN_BACK = "mandate taken back"
    MINOR_SEEN = "minor seen"  # the letter tells that its writer is under age
    DISCLOSURE_STOPPED = "disclosure stopped"  # personal data to somebody who is not proved far enough
    DISCLOSURE_OVERRIDDEN = "disclosure overridden"  # staff answer for it by name

    # What leaves
    REPLY_WRITTEN = "reply written"
    REPLY_AMENDED = "reply amended"
    REPLY_BECAME_NOTE = "reply became a note"
    REPLY_TAKEN_BACK = "reply taken back"
    ANSWER_BEGUN = "answer begun"  # a letter from a template
    ANSWER_FILLED_IN = "answer filled in"  # one of its gaps
    ANSWER_RELEASED = "answer released"
    ANSWER_PUT_AWAY = "answer put away"
    ANSWER_ON_PAPER = "answer went on paper"
    REPLY_RESCHEDULED = "reply rescheduled"
    REPLY_SENT = "reply sent"
    ACKNOWLEDGED = "acknowledged"
    PROGRESS_SENT = "progress sent"
    CLOSING_TOLD = "closing told"
    DELIVERY_OVERTAKEN = "delivery overtaken"  # what it would have said is no longer true: not sent
    DELIVERY_PARKED = "delivery parked"  # it failed for good; a person decides
    DELIVERY_RETRIED = "delivery retried"
    DELIVERY_DROPPED = "delivery dropped"

    # The desk itself
    TOPIC_MADE = "topic made"
    TOPIC_MADE_TWICE = "topic made twice"  # an answer of Telegram was lost; the second one is removed
    TOPIC_DELETED = "topic was deleted"
    RESTORED = "restored"  # the database was put in place from a backup
    SEALED = "sealed"  # digests of what a transaction wrote (models.store.chain)
    COVERED = "history covers what is kept"  # of everything that lay in the database: it is covered from here on
