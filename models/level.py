"""Levels: how far it is known that whoever gets an answer is the person whose data it is."""

from enum import StrEnum


class Level(StrEnum):
    """How far an identity is proved, weakest first; compared by rank (`Level.SENDER < Level.CODE`), never as words."""

    SAID = "said"  # somebody said so: a name in a letter, an address that others typed
    SENDER = "sender"  # a letter or message came from this address, as far as its sender states
    AUTHENTICATED = "authenticated"  # our mail server vouched for the sender, or it is an address that the operator holds
    CODE = "code"  # a code that was sent to an address the operator holds came back from here
    DOCUMENT = "document"  # the number of an identity document, or a signature, was compared with what the operator holds
    STAFF = "staff"  # a member of staff compared what the operator knows of the person, and vouches by name

    @property
    def rank(self) -> int:
        """Its place, from 0; words are never compared."""
        return _RANKS[self.value]

    def __lt__(self, other: str) -> bool:
        return self.rank < Level(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Level(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Level(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Level(other).rank


_RANKS = {level.value: rank for rank, level in enumerate(Level)}
