"""What a message can hold besides text: what staff see of each kind of content, and what of it is read for demands."""

from bot.content.table import CONTENT, FRAME, SAID, SERVICE, Content, content_of, seen, written

__all__ = ["CONTENT", "FRAME", "SAID", "SERVICE", "Content", "content_of", "seen", "written"]
