"""Archives are read for what they demand, within bounds; what is not read is named on the card."""

import struct
import zipfile
from email.message import EmailMessage
from io import BytesIO

import pytest

from desk.recognising.letter import recognise
from mail.parsing import zipped
from mail.parsing.parse import attached_texts, parse
from tests.mail.parsing.test_parse import docx

WITHDRAWAL = "Отзываю согласие на обработку моих персональных данных."


def archive(*members, method=zipfile.ZIP_DEFLATED):
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, content in members:
            made.writestr(name, content)
    return out.getvalue()


def read(name, content, kind="application/octet-stream"):
    message = EmailMessage()
    message["From"] = "anna@people.test"
    message["Subject"] = "Документы"
    message.set_content("Во вложении.")
    maintype, subtype = kind.split("/")
    message.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
    return parse(message.as_bytes())


def demands(mail):
    names = [file.name for file in mail.files]
    return recognise(mail.subject, mail.new_text, file_names=names, file_texts=attached_texts(mail)).kinds


def told(mail):
    return [str(one) for one in mail.remarks if one.told]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("docs.zip", archive(("заявление.txt", WITHDRAWAL))),
        ("docs.zip", archive(("папка/заявление.txt", WITHDRAWAL.encode("cp1251")), ("папка/фото.jpg", b"\xff\xd8\xff"))),
        ("docs.zip", archive(("заявление.docx", docx([WITHDRAWAL])))),
        ("docs.zip", archive(("page.html", f"<html><body><p>{WITHDRAWAL}</p></body></html>"))),
        ("docs.zip", archive(("inner.zip", archive(("a.txt", WITHDRAWAL))))),
        ("docs.dat", archive(("a.txt", WITHDRAWAL))),
        ("docs.zip", archive(*((f"{number}.bin", b"\0") for number in range(20)), ("a.txt", WITHDRAWAL))),
        ("docs.zip", archive(("a.txt", WITHDRAWAL), method=zipfile.ZIP_STORED)),
        ("docs.zip", archive(("a.txt", WITHDRAWAL), method=zipfile.ZIP_LZMA)),
        ("docs.zip", archive(("__MACOSX/._a.txt", b"\0\0"), ("a.txt", WITHDRAWAL))),
        ("docs.zip", archive(("Отзыв согласия.jpg", b"\xff\xd8\xff"), ("паспорт.jpg", b"\xff\xd8\xff"))),
        ("отзыв.doc", docx([WITHDRAWAL])),
        ("отзыв.doc", f"<html><body><p>{WITHDRAWAL}</p></body></html>".encode()),
    ],
)
def test_a_demand_in_an_archive_is_heard_and_the_archive_is_attached(name, content):
    mail = read(name, content)
    assert "consent_withdrawal" in demands(mail)
    assert [file.name for file in mail.files] == [name]
    assert told(mail) == []


def bomb():
    return archive(("a.txt", WITHDRAWAL), ("bomb.txt", b"0" * (4 * zipped.LARGEST)))


def with_password():
    content = bytearray(archive(("a.txt", WITHDRAWAL)))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + at] |= 1
    return bytes(content)


def endless_table():
    content = bytearray(archive(("a.txt", WITHDRAWAL)))
    struct.pack_into("<L", content, content.rindex(b"PK\x05\x06") + 12, 200_000_000)
    return bytes(content)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("docs.zip", with_password(), "“docs.zip” is locked with a password"),
        ("docs.zip", archive(("a.txt", WITHDRAWAL))[:-20], "“docs.zip” could not be read"),
        ("docs.zip", b"PK\x03\x04" + b"x" * 500, "“docs.zip” could not be read"),
        ("docs.zip", endless_table(), "“docs.zip” could not be read"),
        ("docs.zip", archive(*((f"{number}.txt", b"x") for number in range(40))), "30 of 40 files"),
        ("docs.rar", b"Rar!\x1a\x07\x01\x00" + b"x" * 500, "“docs.rar” could not be read"),
        ("docs.7z", b"7z\xbc\xaf\x27\x1c" + b"x" * 500, "“docs.7z” could not be read"),
        ("отзыв.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "WordDocument".encode("utf-16-le"), "old Word format"),
        (
            "a.zip",
            archive(("b.zip", archive(("c.zip", archive(("d.zip", archive(("e.txt", WITHDRAWAL)))))))),
            "“c.zip” could not",
        ),
    ],
)
def test_what_is_not_read_in_an_archive_is_told(name, content, words):
    mail = read(name, content)
    assert any(words in one for one in told(mail)), told(mail)
    assert [file.name for file in mail.files] == [name]


def test_of_a_bomb_only_what_is_small_is_unpacked_and_the_demand_beside_it_is_heard():
    mail = read("docs.zip", bomb())
    assert "consent_withdrawal" in demands(mail)
    assert "Of the archive “docs.zip” 1 of 2 files were read: open it yourself." in told(mail)
    assert sum(map(len, attached_texts(mail))) < 10_000


def test_what_all_files_of_an_archive_take_is_bounded():
    mail = archive(*((f"{number}.txt", b"0" * zipped.LARGEST) for number in range(8)))
    found = zipped.unzipped(mail)
    assert found is not None
    assert sum(len(file.content) for file in found.files) <= 3 * zipped.LARGEST
    assert not found.whole


def test_documents_that_are_archives_inside_are_not_taken_apart():
    assert zipped.unzipped(archive(("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>"))) is None


def test_names_of_russian_windows_are_read():
    content = archive(("заявление.txt", "x"))
    plain = content.replace("заявление.txt".encode(), b"")
    assert plain != content
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as out:
        out.writestr(zipfile.ZipInfo("Q" * 9 + ".txt"), "x")
    old = made.getvalue().replace(b"Q" * 9, "заявление".encode("cp866"))
    found = zipped.unzipped(old)
    assert found is not None
    assert [file.name for file in found.files] == ["заявление.txt"]
