"""Outlook's recall: a letter that says no more than that its sender's program wants another one back."""

import re

_LONGEST = 1_500  # characters of a letter that may be nothing but that
_LONGEST_NAME = 8  # words
_SUBJECT = re.compile(
    r"^\s*(?:(?:message\ )?recall|отзыв(?:\ сообщения)?|отозвать|rückruf|rappel)\s*:\s*(?P<subject>.*)$",
    re.IGNORECASE | re.VERBOSE,
)
_TEXT = re.compile(
    r"""\bwould\ like\ to\ recall\ (?:the|this)\ message\b | \b(?:хотел\(?а?\)?\ бы|хочет|желает)\ отозвать\ (?:это\ )?сообщение\b
      | \bmöchte\ die\ nachricht\ .{0,200}\ zurückrufen\b | \bsouhaite\ rappeler\ le\ message\b""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_NAMED = re.compile(r"[\"“«„]([^\"”»“]{1,300})[\"”»“]")


def recalled(subject: str, body: str) -> str | None:
    """The subject of the letter that Outlook asks to give back, or None. A person's "отзыв" of a consent is no recall."""
    found, told = _SUBJECT.match(subject), _TEXT.search(body)
    if not found or not told or len(body) > _LONGEST:
        return None
    named = _NAMED.search(body)
    # The name of the sender, the sentence, and the subject: whoever writes more writes a letter.
    rest = _NAMED.sub("", body[told.end() :])
    if re.search(r"\w", rest) or len(body[: told.start()].split()) > _LONGEST_NAME or re.search(r"[.!?]\s", body[: told.start()]):
        return None
    return (named[1] if named else found["subject"]).strip()
