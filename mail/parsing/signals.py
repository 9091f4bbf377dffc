"""Letters that are no letters: a reaction to one of ours, and a program's wish to have a letter back."""

import re

_LONGEST = 1_500  # characters of a letter that may be nothing but a signal
_EMOJI = re.compile("[\u2600-\u27bf\u2b50\u2764\U0001f300-\U0001faff][\ufe0f\u200d\U0001f3fb-\U0001f3ff\U0001f300-\U0001faff]*")
_REACTED = re.compile(
    r"""\breacted\ (?:to|with|via)\b | \bотреагировал(?:а|\(а\))?\ на\b | \bотправил(?:а|\(а\))?\ реакцию\b
      | \bhat\ .{0,40}reagiert\b
      | \ba\ réagi\ à\b | \b(?:liked|loved|laughed\ at|emphasi[sz]ed|disliked)\ (?:your\ message|[“"«])
      | \b(?:понравилось|нравится)\ ваше\ (?:сообщение|письмо)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_RECALL_SUBJECT = re.compile(
    r"^\s*(?:recall|message\ recall|отзыв|отозвать|rückruf|rappel)\s*:\s*(?P<subject>.*)$", re.IGNORECASE | re.VERBOSE
)
_RECALL_TEXT = re.compile(
    r"""\bwould\ like\ to\ recall\ (?:the|this)\ message\b | \b(?:хотел\(?а?\)?\ бы|хочет|желает)\ отозвать\ (?:это\ )?сообщение\b
      | \bmöchte\ die\ nachricht\ .{0,200}\ zurückrufen\b | \bsouhaite\ rappeler\ le\ message\b""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_NAMED = re.compile(r"[\"“«„]([^\"”»“]{1,300})[\"”»“]")


def reaction(subject: str, body: str) -> str:
    """The emoji, when a letter says no more than that somebody reacted to another one; else empty.

    Gmail marks its reactions by a part of their own (`mail.parsing.parts`); Outlook and phones say it in words.
    """
    first = " ".join(body.strip().split("\n\n")[0].split())
    emoji = _EMOJI.search(f"{subject} {first}")
    if len(first) > 300 or len(body) > 20_000:
        return ""
    told = _REACTED.search(f"{subject}\n{first}")
    rest = _EMOJI.sub("", first)
    if told and (emoji or _REACTED.search(subject)):
        return emoji[0] if emoji else "👍"
    # A letter that is one emoji, and nothing else.
    return emoji[0] if emoji and not re.search(r"\w", rest) and not re.search(r"\w", _EMOJI.sub("", body)) else ""


def recalled(subject: str, body: str) -> str | None:
    """The subject of the letter that Outlook asks to give back, or None. A person's "отзыв" of a consent is no recall."""
    found = _RECALL_SUBJECT.match(subject)
    if not found or len(body) > _LONGEST or not _RECALL_TEXT.search(body):
        return None
    named = _NAMED.search(body)
    return (named[1] if named else found["subject"]).strip()
