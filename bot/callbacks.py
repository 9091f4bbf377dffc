"""What the buttons of the staff group tell the bot (at most 64 bytes each)."""

from aiogram.filters.callback_data import CallbackData


class CardTap(CallbackData, prefix="card"):
    """A button of the card.

    `choice` is take, over (from somebody else), leave (to them), stop, steps, letter (from a template), extend, refuse, close,
    keep or reopen, and on old cards force.
    """

    choice: str
    ticket: int
    clock: int = 0


class WholeTap(CallbackData, prefix="whole"):
    """Show a letter with all that was folded away; `message` is its id."""

    message: int


class UndoTap(CallbackData, prefix="undo"):
    """Take a reply back; `reply` is its outbox id."""

    reply: int


class GateTap(CallbackData, prefix="gate"):
    """Decide about a letter that the gate of disclosure stopped: `act` is a reason (bot.staff.gate.REASONS), false or drop.

    `reply` is its outbox id, `seen` the beginning of the digest of what was shown.
    """

    act: str
    reply: int
    seen: str


class VerifyTap(CallbackData, prefix="verify"):
    """Who is it: `act` is flip (a fact of `mask`), done, or back (take the last check back); `mask` are the facts compared."""

    act: str
    ticket: int
    mask: int = 0


class MandateTap(CallbackData, prefix="mandate"):
    """By what right somebody speaks: `act` is role (`role`; empty: for themselves), ask (for the document), or back."""

    act: str
    ticket: int
    role: str = ""


class CodeTap(CallbackData, prefix="code"):
    """Send a code to an address on file: `held` is its id."""

    ticket: int
    held: int


class YoungTap(CallbackData, prefix="young"):
    """Somebody seems to be under age: `act` is unlawful (add the demand), parent (ask for one), or no (they are not)."""

    act: str
    ticket: int


class NamedTap(CallbackData, prefix="named"):
    """A date that the letter of an authority names: `choice` is term, paper or found, each also with "-" to take it back.

    `row` is the outbox id of the posting that lists them, `at` the place in its list.
    """

    choice: str
    row: int
    at: int = 0


class ParkedTap(CallbackData, prefix="park"):
    """Act on what is parked: `choice` is retry, open or drop; `box` is inbound or outbox."""

    choice: str
    box: str
    id: int


class QuietTap(CallbackData, prefix="quiet"):
    """Act on quiet letters: `choice` is raise (`id`: make a ticket of that one), seen (`id`), or all (everything up to `id`)."""

    choice: str
    id: int


class WaitTap(CallbackData, prefix="wait"):
    """When a waiting reply leaves: `choice` is now, tomorrow, safe or (of old postings) release; `reply` is its outbox id."""

    choice: str
    reply: int


class ReleaseTap(CallbackData, prefix="release"):
    """A manager lets a held reply go: `reply` is its outbox id, `seen` the version that stood there with the button."""

    reply: int
    seen: int


class ExtendTap(CallbackData, prefix="extend"):
    """Choose the clock that an extension is for; the reasons stand in the question's own row."""

    clock: int


class StepTap(CallbackData, prefix="step"):
    """The list of steps: `choice` is tick, ask, undo or show; `demand` is its id, `key` the step's in its rule."""

    choice: str
    demand: int
    key: str = ""


class ProofTap(CallbackData, prefix="proof"):
    """What settles a step: `choice` is letter (`id`: its outbox row), aside (ask why not needed), ready (the reason), was or no.

    Was and no answer whether the reply `id` was this step.
    """

    choice: str
    demand: int
    key: str
    id: int = 0


class InstructionTap(CallbackData, prefix="told"):
    """What processors are told: `choice` names a button of their list, of one of them or below an answer.

    It is list, all, send, spare, back, add, whom, what, open, theirs, again, rejudge, paper, write, or a judgement (done, partly
    or refused). `id` is that of the instruction (of add: the processor's), `message` the letter that is taken as its answer.
    """

    choice: str
    ticket: int
    id: int = 0
    message: int = 0


class DestroyTap(CallbackData, prefix="gone"):
    """Destruction: `choice` is new, list, place, field, set, extract, make, drop, void? or void.

    `id` is that of the record (of place: the system's or processor's), `value` a field or a common answer.
    """

    choice: str
    ticket: int
    id: int = 0
    value: str = ""


class KindTap(CallbackData, prefix="kind"):
    """Correct the kinds of a ticket: `choice` is menu, swap, more, drop or set; `old` is a demand's id, `new` a kind."""

    choice: str
    ticket: int
    old: int = 0
    new: str = ""


class GuessTap(CallbackData, prefix="guess"):
    """Say what a message demands of which it is only likely: `choice` is is (`kind`) or none."""

    choice: str
    ticket: int
    kind: str = ""


class CloseTap(CallbackData, prefix="close"):
    """Close a ticket over running terms for one of the common reasons (bot.staff.closing.REASONS)."""

    ticket: int
    reason: str


class RefuseTap(CallbackData, prefix="refuse"):
    """Refuse a demand: `choice` is demand (choose it), ground (choose it), or back (take a refusal back)."""

    choice: str
    demand: int
    ground: str = ""


class OpenTap(CallbackData, prefix="open"):
    """A button of the dialog that opens a ticket: `dialog` is its number, `turn` the state that the button belongs to.

    `choice` is way, now, skip, on, kind, order, back, cancel, leg or create; `arg` what is chosen.
    """

    choice: str
    dialog: int
    turn: int
    arg: str = ""


class IncidentTap(CallbackData, prefix="incident"):
    """A button of an incident: `choice` is ask, draft, preview, tell or stop; `key` names the field, or the notice."""

    choice: str
    ticket: int
    key: str = ""


class MergeTap(CallbackData, prefix="merge"):
    """Merge `ticket` into `into`: `choice` is ask, swap, do or no."""

    choice: str
    ticket: int
    into: int


class MeantTap(CallbackData, prefix="meant"):
    """What a message is that could be two things: `choice` is note, send, words (as it is) or do (the command `name`)."""

    choice: str
    name: str = ""


class AnswerTap(CallbackData, prefix="t"):
    """A letter from a template: `choice` is list or pick (`id` a ticket, `key` a language or KEY.LANGUAGE), else of letter `id`.

    Those are go, draft, toggle, chosen, suggest, change, unsay, head, unfile, send, tomorrow, safe, hold, paper or drop; `at` is
    a place in a list, or 1 for what is sent though a colleague has just answered.
    """

    choice: str
    id: int
    at: int = 0
    key: str = ""


class BlockTap(CallbackData, prefix="block"):
    """Blocking: `choice` is flip (`value`: the systems then ticked), done, where, why or since (in words), lift, or end.

    Systems are bits of `value` by their place in the settings; of since and end it is the blocking's id, and `result` what it
    came to.
    """

    choice: str
    ticket: int
    value: int = 0
    result: str = ""
