"""Other people's words where one line of them stands: a name on a card or in a topic, a subject, the name of a file."""

import re

# What turns the direction of what follows, so that a line says something else than it shows, and what nobody sees.
# Joiners stay: they hold emoji and some scripts together.
_UNSEEN = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def one_line(text: str) -> str:
    """The words as one line that shows what it says."""
    return " ".join(_CONTROLS.sub(" ", _UNSEEN.sub("", text)).split())


def file_name(name: str) -> str:
    """The name of a file as it may be shown and kept; never empty."""
    return one_line(name) or "file"
