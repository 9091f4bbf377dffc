"""The errors of the desk.

DeskError                 carries a sentence for a person
├── Refused               a person asked for what cannot be; the sentence is shown to them, nothing is logged as a fault
├── Temporary             try again later; `after` says when at the earliest
│   ├── Unclear           broken off before the answer: nobody knows whether it was handed over
│   └── PutOff            nothing was tried: it is only too soon (a limit of the other side), and counts as no attempt
├── Permanent             will not work as it stands: the row is parked and staff are told
│   ├── TopicGone         the topic of a ticket was deleted: it is made anew and what waited follows it
│   └── Unreachable       the requester cannot be reached on this channel (blocked the bot, no such address)
└── Misconfigured         the channel itself is set up wrongly (password, token): where a probe says so too, its queue waits
"""

from datetime import timedelta

from desk import i18n


class DeskError(Exception):
    """An error whose text is a sentence for a person, free of personal data.

    `words` is the English message id of the bot's catalogue, with `%(name)s` places for `params`, so that the sentence can be
    said in any language.
    """

    def __init__(self, words: str = "", /, **params: object) -> None:
        super().__init__(words % params if params else words)
        self.words, self.params = words, params

    @property
    def sentence(self) -> str:
        """The words to show, in English."""
        return str(self)

    def said(self, language: str) -> str:
        """The words in the reader's language; those that nobody translated stay as they are."""
        told = i18n.words("bot", language).gettext(self.words) if self.words else ""
        return told % self.params if self.params else told


class Refused(DeskError):
    """What was asked for cannot be done; the sentence says why and what to do instead."""


class Temporary(DeskError):
    """It failed now and may work later. `after` is the wait the other side asked for, if it did."""

    def __init__(self, words: str = "", /, after: timedelta | None = None, **params: object) -> None:
        super().__init__(words, **params)
        self.after = after


class Unclear(Temporary):
    """It was broken off before the other side answered: it may have been handed over, and is tried again."""


class PutOff(Temporary):
    """It was not tried, or the other side itself put it off: this counts as no attempt and is nobody's fault."""


class Permanent(DeskError):
    """It will never work as it stands."""


class TopicGone(Permanent):
    """The ticket's topic no longer exists in the staff group."""


class Unreachable(Permanent):
    """The requester cannot be reached on this channel any more."""


class Misconfigured(DeskError):
    """A way out or in is set up wrongly; trying again changes nothing until an administrator acts."""
