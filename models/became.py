"""What an inbound row became: the words of `inbound.outcome`, which people and JSON read as they are stored."""

from enum import StrEnum


class Became(StrEnum):
    """One word for each; `desk.ports.Outcome` may add what was tapped ("tap take", "step undo")."""

    # A message and its ticket
    OPENED = "opened"  # a ticket of its own
    OPENED_BY_HAND = "opened by hand"  # staff made a ticket of what was parked
    ADDED = "added"  # to the ticket it belongs to
    LINKED = "linked"  # asks again what is asked already
    EDITED = "edited"  # another version of a message
    UNCHANGED = "unchanged"  # an edit that changed nothing
    DUPLICATE = "duplicate"  # has come before
    COURTESY = "courtesy"  # thanks or greets only
    RECORDED = "recorded"  # a kind that the operator answers elsewhere
    IGNORED = "ignored"  # concerns nobody

    # A letter of a program
    AUTO_REPLY = "auto_reply"
    LIST = "list"
    BOUNCE = "bounce"
    REPORT = "report"
    RECALL = "recall"
    REACTION = "reaction"  # by mail or a sign on a message
    STAFF = "staff"  # of the operator's own people

    # A letter about an instruction
    PROCESSOR = "processor"  # the processor's own
    STRANGER = "stranger"  # of somebody else who has its reference

    # The private chat
    GREETED = "greeted"  # by /start
    GREETING = "greeting"  # a message that only greets or thanks
    OFFERED = "offered"  # kinds to choose from
    DIALOG = "dialog"  # a step of a form
    CANCELLED = "cancelled"
    STOPPED = "stopped"
    MENU = "menu"  # the screens
    HELP = "help"
    LANGUAGE = "language"
    STATUS = "status"
    CHOSEN = "chosen"  # which ticket is meant
    OWN_WORDS = "own words"  # the request will be typed
    CONFIRMED = "confirmed"  # what was heard is meant
    ONLY_A_QUESTION = "only a question"
    MEANT = "meant"  # by the requester of candidates; by staff of an unsure message
    SOMETHING_ELSE = "something else"  # none of the candidates
    KEPT = "kept"  # a file of a form
    NOT_KEPT = "not kept"
    TOO_MANY = "too many"
    STALE_BUTTON = "stale button"
    BLOCKED = "blocked"  # the bot, by a person
    UNBLOCKED = "unblocked"

    # The staff group: messages
    REPLY = "reply"
    NOTE = "note"
    UNSURE = "unsure"  # reply or note: staff are asked
    DONE_ALREADY = "done already"
    REFUSED = "refused"  # with a sentence that says why
    NOT_A_MEMBER = "not a member"
    ASKED = "asked"  # for words, a choice, or a second look
    RESCHEDULED = "rescheduled"

    # The staff group: commands and buttons
    TAP = "tap"
    OUT_OF_DATE = "out of date"  # the button
    UNDONE = "undone"
    TOO_LATE = "too late"
    TAKEN = "taken"
    CLOSED = "closed"
    CLOSED_BY_HAND = "closed by hand"  # with the topic
    REOPENED = "reopened"
    LISTED = "listed"
    HELPED = "helped"
    EXPLAINED = "explained"
    ADDRESSED = "addressed"
    KIND = "kind"
    KINDS = "kinds"  # shown, to choose
    GUESS = "guess"  # whether a candidate is meant
    STEP = "step"
    PROCESSORS = "processors"  # shown, or what a button had asked for
    BLOCK = "block"  # a blocking: shown, begun, or why there is none
    UNBLOCK = "unblock"
    DESTROY = "destroy"
    EXTRACT = "extract"  # of an event log, for an act
    SIGNED = "signed"  # an act that came back
    STEPS = "steps"
    EXTEND = "extend"
    EXTENSION = "extension"
    TERM = "term"  # of a document
    PROOFS = "proofs"  # the day they came
    DETECTED = "detected"  # the moment a fault was
    ANSWER = "answer"  # a letter from a template: filled in, shown, released
    TEMPLATE = "template"  # changed
    LETTER = "letter"  # a paper one
    IMPOSSIBLE = "impossible"  # to destroy
    REFUSE = "refuse"  # a tap on the way to a refusal
    REFUSAL = "refusal"
    VERIFIED = "verified"  # what was compared, recorded or ticked
    CODE = "code"  # came back from a requester; what it was follows
    CODE_SENT = "code sent"
    MANDATE = "mandate"
    OVERRIDDEN = "overridden"  # a stopped answer: which decision follows
    MERGE = "merge"
    TAKEN_APART = "taken apart"

    # The staff group itself
    MEMBER_CAME = "member came"
    MEMBER_LEFT = "member left"
    LEFT = "left"  # the bot, a group that is not its own
    REMOVED = "removed"  # a service message of a topic
    GROUP_CHANGED = "group changed"
    BOT_REMOVED = "removed from the staff group"
    RIGHTS_LOST = "rights lost"
    RIGHTS_COMPLETE = "rights complete"
