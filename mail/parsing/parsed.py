"""What a mail says once it was read: the values that parsing hands to the rest of the program."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from mail.parsing.headers import Address, Headers
from mail.parsing.quotes import own_words
from mail.parsing.subjects import answers, forwards


@dataclass(frozen=True)
class File:
    """Something attached: the bytes are whole; the name is safe for a file system and at most 200 bytes of UTF-8.

    `aside` marks a little picture of a signature or of the layout, which nobody sent to be looked at.
    """

    name: str
    type: str  # lower case, like "application/pdf"
    content: bytes
    inline: bool
    content_id: str | None  # without angle brackets
    aside: bool = False


@dataclass(frozen=True)
class Remark:
    """What was left out, cut or repaired, as an English sentence of the bot's catalogue with `%(name)s` places.

    `told` is False for what changes nothing for a reader (a header that is not there).
    """

    words: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    told: bool = True

    def __str__(self) -> str:
        return self.words % self.params


@dataclass(frozen=True)
class ParsedMail:
    """What a mail says; every text is free of NULs, controls and lone surrogates."""

    message_id: str | None  # identifiers are written with their angle brackets
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    subject: str
    sender: Address | None
    reply_to: Address | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    date: datetime | None  # aware UTC, as the sender claims: never the moment of receipt
    body: str  # the words of the letter itself
    text: str  # those, and the words of the letters inside it
    own_text: str  # what of the body is no quotation
    new_text: str  # that, and what of the letters inside it is none
    html: str | None
    files: tuple[File, ...]
    headers: Headers
    remarks: tuple[Remark, ...]
    letters: tuple["ParsedMail", ...] = ()  # forwarded as files; their own files stand in `files` too
    file_texts: tuple[str, ...] = ()  # the words of attached documents
    quoted: bool = False  # the HTML says itself what of it is quoted
    reaction: str = ""  # the emoji, where the letter is nothing but a reaction to another
    recalls: str | None = None  # the subject of the letter that the sender's program wants back

    @property
    def answer_to(self) -> Address | None:
        """Where an answer goes: Reply-To when it names a mailbox, else From."""
        return self.reply_to or self.sender

    @property
    def forwarded(self) -> bool:
        """Whether the subject says that somebody passes a letter on."""
        return forwards(self.subject)

    @property
    def answers(self) -> bool:
        """Whether this answers another letter, so that there may be something to quote."""
        return bool(self.in_reply_to or self.references) or answers(self.subject)

    @property
    def defects(self) -> tuple[str, ...]:
        """The remarks as English sentences."""
        return tuple(map(str, self.remarks))

    def apart_from(self, ours: Sequence[str], theirs: Sequence[str] = ()) -> "ParsedMail":
        """The same letter, its `new_text` without `ours` (letters we sent to this person) and `theirs` (earlier ones)."""
        own = own_words(
            self.body, ours=ours, theirs=theirs, answers=self.answers, forwarded=self.forwarded, introduced=self.quoted
        )
        letters = tuple(letter.apart_from(ours, theirs) for letter in self.letters)
        new_text = with_letters(own, [(letter, letter.new_text) for letter in letters])
        return replace(self, own_text=own, new_text=new_text, letters=letters)


def with_letters(own: str, letters: Sequence[tuple[ParsedMail, str]]) -> str:
    """The words of a letter with those of the letters inside it below, each under who wrote it and what about."""
    parts = [own.strip(), *(f"{_heading(letter)}\n\n{text.strip()}".strip() for letter, text in letters)]
    return "\n\n".join(part for part in parts if part)


def _heading(letter: ParsedMail) -> str:
    sender = letter.sender
    who = " ".join(part for part in (sender.name, f"<{sender.email}>") if part) if sender else ""
    when = f"{letter.date:%d.%m.%Y}" if letter.date else ""
    return "✉️ " + " · ".join(part for part in (letter.subject[:200], who, when) if part)
