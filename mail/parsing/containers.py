"""Containers are opened: what is in winmail.dat, .msg, S/MIME, PGP, calendars and attached letters becomes words and files."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from mail.parsing import outlook, remarks, sealed
from mail.parsing.calendar import calendar_text
from mail.parsing.filetext import plain_text
from mail.parsing.parsed import File, ParsedMail
from mail.parsing.parts import LETTERS, Item, Reading, Words

_PKCS7 = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_DEEPEST = 5  # containers within containers
_TEXT_NAME = re.compile(r"\.(?:txt|text|md|htm|html)$", re.IGNORECASE)

# How the bytes of a whole letter, and the tree of a part, are read: given by the parser, which uses this module.
Whole = Callable[[bytes], ParsedMail]
Tree = Callable[[bytes, Reading], list[Item]]


def opened(
    items: Sequence[Item], reading: Reading, *, keys: sealed.Keys, whole: Whole | None, tree: Tree
) -> tuple[list[Item], list[ParsedMail]]:
    """The items of a letter with every container opened, and the letters that were in it. Without `whole` those stay files."""
    out: list[Item] = []
    letters: list[ParsedMail] = []
    # What was found in a container may be one again: a signed letter in an encrypted one, a saved letter in a winmail.dat.
    todo: list[tuple[Item, int]] = [(item, 0) for item in reversed(items)]
    while todo:
        item, level = todo.pop()
        if isinstance(item, Words):
            text, said = sealed.without_armour(item.text, keys)
            for remark in said:
                reading.odd(remark)
            out.append(replace(item, text=text))
        elif is_letter(item) and whole is not None and not reading.report:
            inner = whole(item.content)
            letters.append(inner)
            out += [item, *inner.files]
        elif level < _DEEPEST and (found := _opened(item, reading, keys, tree)) is not None:
            out += [item] if found.kept else []
            todo += [(one, level + 1) for one in reversed(found.items)]
        else:
            out.append(item)
    return out, letters


def is_letter(file: File) -> bool:
    """Whether a file is a letter as mail programs write it."""
    return file.type in LETTERS or file.name.lower().endswith(".eml")


@dataclass(frozen=True)
class _Found:
    """What was in a container, and whether the container stays beside it."""

    items: Sequence[Item]
    kept: bool = False


def _opened(file: File, reading: Reading, keys: sealed.Keys, tree: Tree) -> _Found | None:
    """What is in a file; None when it is no container, or a closed one."""
    try:
        if outlook.is_tnef(file.type, file.content):
            found = outlook.tnef(file.content)
            reading.odd(remarks.opened(file.name))
            return _Found([*_words(found.words), *found.files])
        if outlook.is_msg(file.name, file.content):
            found = outlook.msg(file.content)
            heading = "✉️ " + " · ".join(part for part in (found.subject, found.sender) if part)
            return _Found([*_words(f"{heading}\n\n{found.words}"), *found.files], kept=True)
        if file.type in _PKCS7:
            return _unsealed(sealed.smime(file.content, keys), reading, tree)
        if file.type == "application/pgp-encrypted":
            return _Found([])  # "Version: 1", before the letter itself
        if _is_pgp(file):
            return _unsealed(sealed.pgp(file.content, keys), reading, tree)
        if file.type == "text/calendar":
            return _Found(_words(calendar_text(file.content)), kept=True)
    except Exception:  # noqa: BLE001 - a broken container stays what it is, and is said to be broken
        reading.odd(remarks.unopened(file.name))
    return None


def _words(text: str) -> list[Item]:
    return [Words(text.strip())] if text.strip() else []


def _unsealed(found: sealed.Unsealed, reading: Reading, tree: Tree) -> _Found | None:
    reading.odd(found.remark)
    return _Found(tree(found.content, reading)) if found.content is not None else None


def _is_pgp(file: File) -> bool:
    return file.content.lstrip().startswith(b"-----BEGIN PGP MESSAGE-----") or file.name.lower().endswith((".pgp", ".gpg"))


def texts_shown(items: Sequence[Item]) -> list[Item]:
    """The items, attached texts among them shown when the letter has no other words: some programs attach the body."""
    if any(isinstance(item, Words) and re.search(r"\w", item.text) for item in items):
        return list(items)
    out: list[Item] = []
    for item in items:
        if isinstance(item, File) and (item.type in {"text/plain", "text/html"} or _TEXT_NAME.search(item.name)):
            out.append(Words(plain_text(item)[:50_000], name=item.name))
        out.append(item)
    return out
