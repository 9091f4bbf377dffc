"""The bytes of a part come out as they went in, and a large file is held once while it is decoded."""

import base64
import os
import textwrap
from collections.abc import Callable

import pytest

from mail.parsing.parse import parse
from tests.weighing import peak

MIB = 2**20
SIZE = 24 * MIB


def lines(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def one_line(data: bytes) -> bytes:
    return base64.b64encode(data)


def spaced(data: bytes) -> bytes:
    return textwrap.fill(base64.b64encode(data).decode(), 60).replace("\n", " \r\n\t").encode()


def raw(body: bytes) -> bytes:
    head = (
        b"From: p@people.test\r\nTo: support@desk.example\r\nSubject: scan\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: application/octet-stream; name="scan.bin"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    )
    return head + body + b"\r\n"


@pytest.mark.parametrize("size", [1, 2, 3, 56, 57, 58, 65_536, 262_144, 300_001])
@pytest.mark.parametrize("written", [lines, one_line, spaced])
def test_a_file_comes_out_as_it_went_in(written: Callable[[bytes], bytes], size: int) -> None:
    data = os.urandom(size)
    [file] = parse(raw(written(data))).files
    assert file.content == data


def test_a_large_file_is_held_once_while_it_is_decoded() -> None:
    letter = raw(lines(os.urandom(SIZE)))
    parse(letter)
    assert peak(lambda: parse(letter)) < SIZE + 5 * MIB  # the pieces in hand are of a megabyte each
