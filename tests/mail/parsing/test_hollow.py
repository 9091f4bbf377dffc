"""Large letters cost their own bytes and little more, and are read to the last byte."""

import hashlib
import os
import tracemalloc
from base64 import encodebytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail.parsing import fingerprints, hollow, salvage
from mail.parsing.fingerprints import fingerprint, trimmed
from mail.parsing.parse import parse

HEAD = b"From: a@b.test\r\nSubject: x\r\nMessage-ID: <1@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\n"


def large(content, encoding="base64", ends=b"\r\n", kind="application/zip"):
    packed = encodebytes(content) if encoding == "base64" else content
    head = f"Content-Type: {kind}; name=a.zip\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()
    return HEAD + head + packed.replace(b"\n", ends) + b"\r\n--b\r\nContent-Type: text/plain\r\n\r\nend\r\n--b--\r\n"


@pytest.mark.parametrize("ends", [b"\r\n", b"\n", b"\r", b""])
@pytest.mark.parametrize("size", [1_000, 1_500_000, 3_000_001])
def test_a_large_file_comes_byte_for_byte(size, ends):
    content = os.urandom(size)
    mail = parse(large(content, ends=ends))
    assert mail.files[0].content == content
    assert mail.text == "hello\n\nend"
    assert mail.defects == ("no Date header",)


def test_a_large_file_in_other_encodings_comes_whole():
    lines = b"".join(b"line %d of a long text\r\n" % number for number in range(120_000))
    assert parse(large(lines.removesuffix(b"\r\n"), "8bit", b"\n")).files[0].content == lines.removesuffix(b"\r\n")
    quoted = b"".join(b"=D0=9E line %d =\r\n" % number for number in range(100_000))
    assert parse(large(quoted, "quoted-printable")).files[0].content.count("О".encode()) == 100_000


def test_a_large_letter_inside_a_letter_keeps_its_file():
    content = os.urandom(2_000_000)
    mail = parse(HEAD + b"Content-Type: message/rfc822\r\n\r\n" + large(content) + b"\r\n--b--\r\n")
    assert [file.content == content for file in mail.files if file.name == "a.zip"] == [True]


def test_a_line_that_looks_like_a_stand_in_is_only_text():
    forged = b"=_" + b"0" * 32 + b"_0_900_=\r\n"
    mail = parse(HEAD.replace(b"hello", forged) + b"\r\n" + b"x" * 2_000_000)
    assert "=_000" in mail.text


def test_a_large_letter_costs_its_bytes_and_little_more():
    raw = large(os.urandom(15_000_000))
    tracemalloc.start()
    try:
        mail = parse(raw)
        fingerprint(raw, mail)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # What comes out is the file itself; nothing is held twice.
    assert peak < len(mail.files[0].content) + 16_000_000


def by_definition(raw, mail):
    """The fingerprint as it is defined, all at once."""
    _, body = salvage.split_head(trimmed(raw))
    told = hashlib.sha256()
    for name in ("message-id", "date", "from", "subject", "content-type", "content-transfer-encoding"):
        value = "".join((mail.headers.first(name) or "").split())
        told.update(f"{name}:{len(value)}:{value}\n".encode("utf-8", "replace"))
    plain = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n>From ", b"\nFrom ").strip(b"\n")
    told.update(plain.removeprefix(b">") if plain.startswith(b">From ") else plain)
    return told.hexdigest()


@given(
    pieces=st.lists(
        st.sampled_from([b"\r\n", b"\n", b"\r", b">From ", b"From ", b">", b"text", b"longer text of a line", b"\n\n"]),
        max_size=60,
    ),
    size=st.integers(9, 40),
)
@settings(max_examples=300)
def test_the_fingerprint_is_the_same_in_pieces_of_any_size(pieces, size):
    raw = b"From: a@b.test\r\nMessage-ID: <1@x>\r\n\r\n" + b"".join(pieces)
    mail = parse(raw)
    before, fingerprints._PIECE = fingerprints._PIECE, size
    try:
        assert fingerprint(raw, mail) == by_definition(raw, mail)
    finally:
        fingerprints._PIECE = before


def test_light_letters_are_parsed_as_they_are():
    raw = HEAD + b"\r\n--b--"
    assert hollow.hollowed(raw).light is raw
