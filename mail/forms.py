"""Forms of web sites: a program sends what a person has filled in, each answer after the name of its field."""

import re
import tomllib
from dataclasses import dataclass
from importlib import resources

from mail.parsing.headers import mailbox

_READ = 4_000  # characters at the beginning in which a form is looked for
_BULLET = r"[ \t>*•·—–-]{0,6}"
_FIELD = re.compile(
    rf"^{_BULLET}\**(?P<label>[^\n:|=\t]{{2,60}}?)\**[ \t]*(?::|\||=|\t|[ ]{{2}}| [—–-] )[ \t|]*(?P<value>[^\n]*)$", re.MULTILINE
)
_WORDS = tomllib.loads((resources.files("mail") / "writers.toml").read_text(encoding="utf-8"))["field"]
_KNOWN = {field: re.compile(rf"(?:{words})\ *\*?", re.IGNORECASE | re.VERBOSE) for field, words in _WORDS.items()}


@dataclass(frozen=True)
class Form:
    """What was filled in. `email` is an address that can be written to, or empty; `name` as written."""

    name: str = ""
    email: str = ""
    phone: str = ""


def form_of(text: str) -> Form | None:
    """The form that a letter begins with; None where there is none.

    A signature with a telephone number and an address is no form: it stands below words, and names no message.
    """
    found: dict[str, str] = {}
    lines, loose = _answers(text[:_READ]), 0
    for label, value in lines:
        field = next((name for name, words in _KNOWN.items() if words.fullmatch(label)), None)
        if field is None:
            loose += 0 if label else 1
            if loose > 3 and len(found) < 2:
                return None
            continue
        found.setdefault(field, value)
    email = mailbox(found.get("email", "").split(" ")[0]) or ""
    if "message" not in found or not (found.get("name") or email or found.get("phone")) or len(found) < 2:
        return None
    return Form(" ".join(found.get("name", "").split())[:255], email, found.get("phone", "")[:40])


def _answers(text: str) -> list[tuple[str, str]]:
    """Label and answer of each line; lines of plain words have no label. The answer may stand on the next line."""
    out: list[tuple[str, str]] = []
    lines = [line for line in text.splitlines() if line.strip(" \t>*•-_=")]
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        match = _FIELD.match(line)
        bare = line.strip("*: ")
        if match is not None:
            label, value = match["label"].strip(), match["value"].strip(" \t*")
            if not value and at + 1 < len(lines) and not _known(lines[at + 1]):
                at += 1
                value = lines[at].strip()
            out.append((label, value))
        elif at + 1 < len(lines) and any(words.fullmatch(bare) for words in _KNOWN.values()):
            at += 1
            out.append((bare, lines[at].strip()))
        else:
            out.append(("", line))
        at += 1
    return out


def _known(line: str) -> bool:
    """Whether a line is a field by itself: then the one above it was left empty."""
    match = _FIELD.match(line.strip())
    return match is not None and any(words.fullmatch(match["label"].strip()) for words in _KNOWN.values())
