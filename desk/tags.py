"""Signed references to a ticket or an instruction: a tag for the subject of a letter and the Message-ID of what we send.

A tag looks like `RD-17-q3fzk2vw5m`: number and 50 bits of HMAC-SHA256. It proves that the reference came from us, not that
its bearer is the requester; desk.flow.intake still compares who writes.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence

_TAG = re.compile(r"\bRD-(\d{1,18})-([a-z2-7]{10})\b", re.IGNORECASE)
_INSTRUCTION_TAG = re.compile(r"\bRP-(\d{1,18})-([a-z2-7]{10})\b", re.IGNORECASE)
_INSTRUCTION_ID = re.compile(r"<?rp\.(\d{1,18})\.([0-9a-f]{16})\.([a-z2-7]{10})@", re.IGNORECASE)
_NAMED = re.compile(r"\bRD-(\d{1,18})\b", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<?rd\.(\d{1,18})\.([0-9a-f]{16})\.([a-z2-7]{10})@", re.IGNORECASE)


class Signer:
    """Signs references with a key of its own (desk.vault derives it); recognises those signed with `older` keys too."""

    def __init__(self, key: bytes, older: Sequence[bytes] = ()) -> None:
        self._key, self._older = key, tuple(older)

    def _sign(self, words: str, key: bytes | None = None) -> str:
        digest = hmac.new(key or self._key, words.encode(), hashlib.sha256).digest()
        return base64.b32encode(digest)[:10].decode().lower()

    def _is_ours(self, signature: str, words: str) -> bool:
        return any(hmac.compare_digest(signature, self._sign(words, key)) for key in (self._key, *self._older))

    def tag(self, ticket_id: int) -> str:
        """The tag of a ticket for the subject line, without brackets."""
        return f"RD-{ticket_id}-{self._sign(f'tag:{ticket_id}')}"

    def ticket_of_tag(self, text: str) -> int | None:
        """The ticket of the first tag in the text whose signature is ours."""
        for number, signature in _TAG.findall(text):
            if self._is_ours(signature.lower(), f"tag:{int(number)}"):
                return int(number)
        return None

    def message_id(self, ticket_id: int, domain: str) -> str:
        """A new Message-ID (RFC 5322 §3.6.4) that leads back to the ticket."""
        nonce = secrets.token_hex(8)
        return f"<rd.{ticket_id}.{nonce}.{self._sign(f'id:{ticket_id}:{nonce}')}@{domain}>"

    def ticket_of_message_id(self, message_id: str) -> int | None:
        """The ticket of one of our own Message-IDs, or None for anybody else's."""
        found = _MESSAGE_ID.match(message_id.strip())
        if not found:
            return None
        number, nonce, signature = int(found[1]), found[2].lower(), found[3].lower()
        return number if self._is_ours(signature, f"id:{number}:{nonce}") else None

    def code(self, salt: str, digest: str = "") -> str:
        """The six digits of a code; with its `digest` by the key it was made with, should that be an older one."""
        keys = (self._key, *self._older)
        made = [self._digits(salt, key) for key in keys]
        return next((one for one in made if digest and self.code_digest(salt, one, digest) == digest), made[0])

    def code_digest(self, salt: str, code: str, digest: str = "") -> str:
        """What a code that came back is compared by; with the `digest` it is compared with, under the key of that one."""
        keys = (self._key, *self._older)
        made = [hmac.new(key, f"code digest:{salt}:{code}".encode(), hashlib.sha256).hexdigest() for key in keys]
        return next((one for one in made if digest and hmac.compare_digest(one, digest)), made[0])

    @staticmethod
    def _digits(salt: str, key: bytes) -> str:
        return f"{int.from_bytes(hmac.new(key, f'code:{salt}'.encode(), hashlib.sha256).digest()) % 1_000_000:06d}"

    def instruction_tag(self, number: int) -> str:
        """The tag of an instruction to a processor, for the subject line and as its reference."""
        return f"RP-{number}-{self._sign(f'instruction:{number}')}"

    def instruction_message_id(self, number: int, domain: str) -> str:
        """A new Message-ID that leads back to the instruction."""
        nonce = secrets.token_hex(8)
        return f"<rp.{number}.{nonce}.{self._sign(f'instruction id:{number}:{nonce}')}@{domain}>"

    def instruction_of(self, references: Sequence[str], subject: str) -> int | None:
        """The instruction that a letter refers to: by one of our own Message-IDs, then by a tag of ours in its subject."""
        for one in references:
            if found := _INSTRUCTION_ID.match(one.strip()):
                number, nonce, signature = int(found[1]), found[2].lower(), found[3].lower()
                if self._is_ours(signature, f"instruction id:{number}:{nonce}"):
                    return number
        for number_, signature in _INSTRUCTION_TAG.findall(subject):
            if self._is_ours(signature.lower(), f"instruction:{int(number_)}"):
                return int(number_)
        return None


def named(text: str) -> int | None:
    """The ticket number a text names, signed or not: a hint for staff, never a proof."""
    found = _NAMED.search(text)
    return int(found[1]) if found else None
