"""Letters made of tables: what the case files under tests/data/mail describe, as bytes."""

import tomllib
from pathlib import Path

DATA = Path(__file__).parents[2] / "data" / "mail"


def cases(name, key):
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))[key]


def part(described, level=0):
    """A part with its header, from `{type, text, name, disposition, id}` or `{multipart, parts}`."""
    if "multipart" in described or "parts" in described:
        mark = f"b{level}"
        inner = b"".join(
            b"--%b\r\n%b\r\n" % (mark.encode(), part(one, level * 10 + at + 1)) for at, one in enumerate(described["parts"])
        )
        kind = described.get("multipart", "mixed")
        return f'Content-Type: multipart/{kind}; boundary="{mark}"\r\n\r\n'.encode() + inner + f"--{mark}--\r\n".encode()
    head = f"Content-Type: {described['type']}; charset=utf-8\r\n"
    if "disposition" in described or "name" in described:
        head += f'Content-Disposition: {described.get("disposition", "inline")}; filename="{described.get("name", "")}"\r\n'
    if "id" in described:
        head += f"Content-ID: <{described['id']}>\r\n"
    return (head + "Content-Transfer-Encoding: 8bit\r\n\r\n" + described["text"]).encode()


def letter(described):
    head = f"From: Ivan <ivan@people.test>\r\nSubject: {described.get('subject', 'letter')}\r\nMessage-ID: <1@people.test>\r\n"
    return head.encode() + part(described, 0)


def body(described):
    """A letter of one part, from `body` or `html`."""
    kind = "html" if "html" in described else "plain"
    return letter(
        {"type": f"text/{kind}", "text": described.get("html", described.get("body"))}
        | ({"subject": described["subject"]} if "subject" in described else {})
    )
