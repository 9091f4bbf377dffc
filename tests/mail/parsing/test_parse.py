"""Mails of every brokenness become text, addresses and files, and never an exception."""

import base64
import io
import zipfile
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mail.automated import answerable, automated
from mail.parsing.parse import Address, attached_texts, fingerprint, parse

WITHDRAWAL = "Отзываю согласие на обработку персональных данных"


def letter(body=b"", *, head="", **fields):
    """A mail of Anna's as bytes; `fields` replace or add headers, None leaves one out."""
    lines = {"From": "Anna <anna@people.test>", "To": "desk@operator.test", "Subject": "hello", "Message-ID": "<1@people.test>"}
    lines |= {name.replace("_", "-"): value for name, value in fields.items()}
    top = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None) + head
    return top.encode("utf-8", "surrogateescape") + b"\r\n" + body


@pytest.mark.parametrize("written", ["cp1251", "koi8-r", "cp866", "utf-8", "utf-16", "utf-7"])
def test_text_in_a_declared_charset_is_read(written):
    mail = parse(letter(WITHDRAWAL.encode(written), head=f"Content-Type: text/plain; charset={written}\r\n"))
    assert mail.text == WITHDRAWAL


@pytest.mark.parametrize(
    "declared", ["x-unknown", "cp-1251", "iso-8859-1", "us-ascii", "utf-8", "koi8-r", "zlib", "idna", "unicode_escape", ""]
)
@pytest.mark.parametrize("written", ["cp1251", "koi8-r", "cp866", "utf-8"])
def test_text_in_a_wrongly_declared_charset_is_read_all_the_same(declared, written):
    head = f"Content-Type: text/plain; charset={declared}\r\n" if declared else ""
    assert parse(letter(WITHDRAWAL.encode(written), head=head)).text == WITHDRAWAL


def test_the_header_wins_over_a_conflicting_meta_element():
    page = f'<html><head><meta charset="koi8-r"></head><body><p>{WITHDRAWAL}</p></body></html>'.encode("cp1251")
    assert parse(letter(page, head="Content-Type: text/html; charset=windows-1251\r\n")).text == WITHDRAWAL


def test_western_letters_are_not_taken_for_cyrillic():
    text = "Café déjà vu. José García grüßt Sie."
    assert parse(letter(text.encode("latin-1"), head="Content-Type: text/plain; charset=iso-8859-1\r\n")).text == text
    assert parse(letter(text.encode("latin-1"))).text == text


def test_chinese_is_read():
    assert (
        parse(letter("请删除我的个人信息".encode("gb18030"), head="Content-Type: text/plain; charset=gb2312\r\n")).text
        == "请删除我的个人信息"
    )


@pytest.mark.parametrize("written", ["cp1251", "koi8-r", "utf-8"])
def test_raw_eight_bit_headers_are_read(written):
    raw = b"From: \xff <anna@people.test>\r\nSubject: " + "Отзыв согласия".encode(written) + b"\r\n\r\nx"
    mail = parse(raw)
    assert mail.subject == "Отзыв согласия"
    assert mail.sender.email == "anna@people.test"


def test_a_letter_cut_between_two_encoded_words_is_joined():
    data = "Отзыв".encode()
    one, two = base64.b64encode(data[:5]).decode(), base64.b64encode(data[5:]).decode()
    assert parse(letter(Subject=f"=?utf-8?B?{one}?=\r\n =?utf-8?B?{two}?=")).subject == "Отзыв"


@pytest.mark.parametrize(
    ("subject", "read"),
    [
        ("=?utf-8?Q?=D0=94=D0=B0?= ok", "Да ok"),
        ("Re: =?koi8-r?B?5MEuIOTB?=", "Re: Да. Да"),
        ("=?utf-8?Q?a b?=", "a b"),
        ("=?utf-8?Q?Where is it??=", "Where is it?"),
        ("=?bad", "=?bad"),
        ("=?x?y?z?=", "=?x?y?z?="),
        ("=?utf-8*ru?B?0JTQsA==?=", "Да"),
        ("=?utf-8?B?0JTQsA?=", "Да"),
    ],
)
def test_encoded_words_are_decoded_as_far_as_they_go(subject, read):
    assert parse(letter(Subject=subject)).subject == read


@pytest.mark.parametrize(
    ("field", "name", "email"),
    [
        ("Anna <ANNA@People.TEST>", "Anna", "ANNA@people.test"),
        ("anna@people.test", "", "anna@people.test"),
        ("anna@people.test (Anna)", "Anna", "anna@people.test"),
        ("Иванова, Анна <anna@people.test>", "Иванова, Анна", "anna@people.test"),
        ('"Ivanova, Anna" <anna@people.test>', "Ivanova, Anna", "anna@people.test"),
        ("mallory@evil.test <anna@people.test>", "mallory@evil.test", "anna@people.test"),
        ("=?utf-8?B?0JDQvdC90LAgPGFubmFAcGVvcGxlLnRlc3Q+?=", "Анна", "anna@people.test"),
        ("=?utf-8?B?0JDQvdC90LA=?= <anna@people.test>", "Анна", "anna@people.test"),
        ("People: anna@people.test, boris@people.test;", "", "anna@people.test"),
        ("<@a.test,@b.test:anna@people.test>", "", "anna@people.test"),
        ("Anna <anna@people.test", "Anna", "anna@people.test"),
        ("<mailto:anna@people.test>", "", "anna@people.test"),
    ],
)
def test_senders_are_read_however_they_are_written(field, name, email):
    assert parse(letter(From=field)).sender == Address(name, email)


@pytest.mark.parametrize("field", ["", "Anna", "<>", "undisclosed-recipients:;", "@", "(((" * 5000, "<" * 5000, "a@" * 5000])
def test_a_sender_nobody_can_write_to_is_none(field):
    assert parse(letter(From=field)).sender is None


def test_the_first_of_several_senders_is_used_and_said():
    mail = parse(b"From: anna@people.test\r\nFrom: mallory@evil.test\r\nSubject: a\r\nSubject: b\r\n\r\nx")
    assert (mail.sender.email, mail.subject) == ("anna@people.test", "a")
    assert any("From" in defect for defect in mail.defects)
    assert mail.headers.all("FROM") == ("anna@people.test", "mallory@evil.test")


def test_answers_go_to_reply_to_unless_it_is_unusable():
    assert parse(letter(Reply_To="anna@home.test")).answer_to.email == "anna@home.test"
    assert parse(letter(Reply_To="nobody at all")).answer_to.email == "anna@people.test"


def test_addresses_are_compared_without_case():
    assert Address("", "ANNA@people.test").same(Address("x", "anna@people.test"))
    assert Address("", "anna@people.test").same("Anna@People.test")
    assert not Address("", "anna@people.test").same(None)


@pytest.mark.parametrize(
    ("field", "read"),
    [
        ("Fri, 20 Nov 2026 11:00:00 +0300", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("Fri, 20 Nov 2026 11:00:00 -0000", datetime(2026, 11, 20, 11, tzinfo=UTC)),
        ("yesterday", None),
        ("Fri, 32 Nov 2026 11:00:00", None),
        ("Fri, 20 Nov 99999999 11:00:00 +0300", None),
        ("Fri, 31 Dec 9999 23:00:00 -1400", None),
    ],
)
def test_a_date_is_utc_or_none(field, read):
    assert parse(letter(Date=field)).date == read


def test_identifiers_are_read_with_brackets_and_without():
    mail = parse(letter(Message_ID="plain@people.test", In_Reply_To="<a@b> (x)", References="<a@b>\r\n\t<c@d><a@b>"))
    assert mail.message_id == "<plain@people.test>"
    assert mail.in_reply_to == ("<a@b>",)
    assert mail.references == ("<a@b>", "<c@d>")


def test_a_mail_without_any_header_is_read():
    mail = parse("просто текст".encode())
    assert mail.text == "просто текст"
    assert (mail.sender, mail.message_id, mail.date) == (None, None, None)


def test_headers_below_a_broken_line_are_still_read():
    mail = parse(b"Subject: a long one\r\nthat was wrapped badly\r\nFrom : anna@people.test\r\n\r\nbody")
    assert mail.sender.email == "anna@people.test"
    assert mail.text == "body"


def test_controls_and_surrogates_never_come_through():
    mail = parse(letter(b"a\0b\x07c\x1b[31m \xed\xa0\x80 \xff", Subject="x\0y"))
    everything = mail.text + mail.subject
    assert "\0" not in everything
    assert everything.isprintable() or everything.encode()


def multipart(*parts, kind="mixed", boundary="b1"):
    body = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
    return letter(body, head=f'MIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary="{boundary}"\r\n')


def test_plain_text_is_preferred_and_html_kept():
    mail = parse(
        multipart(b"Content-Type: text/plain\r\n\r\nplain", b"Content-Type: text/html\r\n\r\n<p>Plain</p>", kind="alternative")
    )
    assert mail.text == "plain"
    assert mail.html == "<p>Plain</p>"
    assert mail.files == ()


@pytest.mark.parametrize("stub", [b"", b"   \r\n", b"Your mail client does not support HTML."])
def test_html_is_read_when_the_plain_text_says_nothing(stub):
    mail = parse(
        multipart(
            b"Content-Type: text/plain\r\n\r\n" + stub,
            b"Content-Type: text/html\r\n\r\n<p>delete my data</p>",
            kind="alternative",
        )
    )
    assert mail.text.startswith("delete my data")


def test_very_deep_html_is_read():
    page = b"<div>" * 20_000 + b"erase me" + b"</div>" * 20_000
    assert parse(letter(page, head="Content-Type: text/html\r\n")).text.strip() == "erase me"


def test_text_between_files_is_kept_in_order():
    mail = parse(
        multipart(
            b"Content-Type: text/plain\r\n\r\none",
            b'Content-Type: application/pdf; name="a.pdf"\r\n\r\nPDF',
            b"Content-Type: text/plain\r\n\r\ntwo",
        )
    )
    assert mail.text == "one\n\ntwo"
    assert [(file.name, file.content) for file in mail.files] == [("a.pdf", b"PDF")]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="a b.pdf"', "a b.pdf"),
        ("attachment; filename=a.pdf; size=1", "a.pdf"),
        ('attachment; filename="=?utf-8?B?0J7RgtC30YvQsi5wZGY=?="', "Отзыв.pdf"),
        ("attachment; filename=Отзыв.pdf", "Отзыв.pdf"),
        ("attachment; filename*=utf-8''%D0%9E%D1%82%D0%B7%D1%8B%D0%B2.pdf", "Отзыв.pdf"),
        ("attachment; filename*=koi8-r''%EF%D4%DA%D9%D7.pdf", "Отзыв.pdf"),
        ("attachment;\r\n filename*0*=utf-8''%D0%9E%D1;\r\n filename*1*=%82%D0%B7%D1%8B;\r\n filename*2=\"в.pdf\"", "Отзыв.pdf"),
        ('attachment; filename="C:\\\\docs\\\\a.pdf"', "a.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="/"', "file"),
        ('attachment; filename=".."', "file"),
        ('attachment; filename="a\u202efdp.exe"', "afdp.exe"),
        ('attachment; filename="con.txt"', "_con.txt"),
        ('attachment; filename="a?b*c.txt"', "a_b_c.txt"),
    ],
)
def test_file_names_are_read_and_made_safe(header, name):
    raw = multipart(f"Content-Type: application/octet-stream\r\nContent-Disposition: {header}\r\n\r\nx".encode())
    assert parse(raw).files[0].name == name


def test_a_long_name_keeps_its_extension_and_fits_a_file_system():
    raw = multipart(f'Content-Type: a/b\r\nContent-Disposition: attachment; filename="{"очень" * 80}.pdf"\r\n\r\nx'.encode())
    name = parse(raw).files[0].name
    assert len(name.encode()) <= 200
    assert name.endswith(".pdf")


def test_inline_images_are_files_that_know_their_place():
    raw = multipart(
        b"Content-Type: text/html\r\n\r\n<p>see</p>",
        b"Content-Type: image/png\r\nContent-ID: <pic@x>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=",
        kind="related",
    )
    (image,) = parse(raw).files
    assert (image.content_id, image.inline, image.content[:4]) == ("pic@x", True, b"\x89PNG")


def test_an_attached_letter_is_kept_as_it_was_and_readable():
    inner = f"Subject: =?utf-8?B?0J7RgtC30YvQsg==?=\r\nFrom: anna@people.test\r\n\r\n{WITHDRAWAL}\r\n".encode()
    mail = parse(multipart(b"Content-Type: text/plain\r\n\r\nsee inside", b"Content-Type: message/rfc822\r\n\r\n" + inner))
    (file,) = mail.files
    assert file.name == "Отзыв.eml"
    assert WITHDRAWAL.encode() in file.content
    assert attached_texts(mail) == (f"Отзыв\n\n{WITHDRAWAL}",)
    assert mail.body == "see inside"
    assert WITHDRAWAL in mail.text
    assert WITHDRAWAL in mail.new_text


def test_an_attached_letter_in_base64_is_readable():
    inner = base64.encodebytes(f"Subject: a\r\n\r\n{WITHDRAWAL}".encode())
    mail = parse(multipart(b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + inner))
    assert WITHDRAWAL in attached_texts(mail)[0]


def test_attached_text_files_are_readable_in_any_charset():
    raw = multipart(
        b'Content-Type: text/plain; name="a.txt"\r\nContent-Disposition: attachment\r\n\r\n' + WITHDRAWAL.encode("cp1251")
    )
    assert attached_texts(parse(raw)) == (WITHDRAWAL,)


def test_winmail_dat_is_kept():
    raw = multipart(b"Content-Type: application/ms-tnef\r\n\r\n\x78\x9f\x3e\x22")
    assert [(f.name, f.content) for f in parse(raw).files] == [("winmail.dat", b"\x78\x9f\x3e\x22")]


def test_a_root_that_is_a_file_is_a_file():
    mail = parse(letter(b"JVBERg==", head='Content-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n'))
    assert [(f.name, f.content) for f in mail.files] == [("a.pdf", b"%PDF")]
    assert mail.text == ""


def test_a_thousand_levels_deep_the_text_is_still_found():
    raw = b"From: anna@people.test\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n"
    for level in range(1, 1500):
        raw += f"--b{level - 1}\r\nContent-Type: multipart/mixed; boundary=b{level}\r\n\r\n".encode()
    raw += b"--b1499\r\nContent-Type: text/plain\r\n\r\ndeep text\r\n--b1499--\r\n"
    mail = parse(raw)
    assert "deep text" in mail.text
    assert mail.sender.email == "anna@people.test"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("base64", b"0J7RgtC30YvQsg=="),
        ("BASE64;", b"0J7RgtC30YvQsg"),
        (" base64 ", b"0J7R gtC3!0YvQsg==\r\n"),
        ("quoted-printable", b"=D0=9E=D1=82=D0=B7=D1=8B=\r\n=D0=B2"),
        ("8bit", "Отзыв".encode()),
        ("7-bit", "Отзыв".encode()),
        ("spam", "Отзыв".encode()),
    ],
)
def test_transfer_encodings_are_undone_as_far_as_they_go(encoding, body):
    head = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
    assert parse(letter(body, head=head)).text.strip() == "Отзыв"


def test_endless_bodies_are_clipped_as_text_and_whole_as_files():
    mail = parse(letter(b"x" * 6_000_000))
    assert len(mail.text) <= 1_000_000
    assert any("too long" in defect for defect in mail.defects)
    raw = multipart(b"Content-Type: application/zip\r\n\r\n" + b"z" * 3_000_000)
    assert len(parse(raw).files[0].content) == 3_000_000


@pytest.mark.parametrize(
    "hard",
    [
        b"Subject: " + b"=?utf-8?q?" * 50_000 + b"\n\n",
        b"From: " + b"(" * 200_000 + b"\n\n",
        b"From: " + b"a <b@c>, " * 50_000 + b"\n\n",
        b"Content-Type: text/plain; " + b"a=b;" * 100_000 + b"\n\nx",
        b'Content-Type: text/plain; charset="' + b"\\" * 100_000 + b"\n\nx",
        b"References: " + b"<a@b> " * 100_000 + b"\n\nx",
        b"X: y\n" * 100_000 + b"\nx",
        b"\n" * 500_000,
        b"On 20.11.2026 " * 100_000,
        ("20.11.2026 " * 50 + "\n").encode() * 3_000,
        b"Content-Type: text/html\n\n" + b"<" * 300_000,
        b"Content-Type: text/html\n\n" + b"<blockquote>" * 30_000,
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\na\n" * 20_000,
    ],
)
def test_mails_made_to_waste_time_are_read(hard):
    mail = parse(hard)
    assert isinstance(fingerprint(hard, mail), str)


@given(raw=st.binary(max_size=2_000))
@settings(max_examples=300)
def test_no_bytes_whatever_raise(raw):
    check(raw)


FRAGMENTS = st.sampled_from(
    [
        b"From: ", b"To: ", b"Subject: ", b"\r\n", b"\n", b"\r", b"\n\n", b"Content-Type: ", b"multipart/mixed; boundary=", b"b", b"--b", b"--b--",
        b"message/rfc822", b"message/delivery-status", b"text/html; charset=", b"koi8-r", b"utf-16", b"utf-7", b"Content-Transfer-Encoding: base64\n",
        b"Content-Transfer-Encoding: x-uuencode\n", b"=?utf-8?B?", b"?=", b"\xff\xfe", b"\0", b"<a@b>", b'"', b"(", b"<", b">", b";", b",", b":", b"@",
        b" ", b"\t", b"filename*0*=utf-8''%D0", b"filename*9999=", b"Date: Fri, 20 Nov 2026 11:00:00 +9999", b"Message-ID: ", b"\xd0\x9e", b"\xcf\xf0\xe8",
        b"begin 644 a\n", b"> ", b"wrote:", b"<blockquote>", b"<p>", b"Auto-Submitted: auto-replied", b"Return-Path: <>", b"List-Id: x",
    ]
)  # fmt: skip


@given(raw=st.lists(FRAGMENTS, max_size=60).map(b"".join))
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_no_heap_of_mail_fragments_raises(raw):
    check(raw)


def whole_mail():
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Анна <anna@people.test>", "desk@operator.test", "Отзыв согласия"
    made.set_content(WITHDRAWAL)
    made.add_alternative(f"<p>{WITHDRAWAL}</p>", subtype="html")
    made.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="Отзыв.pdf")
    inner = EmailMessage()
    inner["Subject"] = "inner"
    inner.set_content("hello")
    made.add_attachment(inner)
    return made.as_bytes()


WHOLE = whole_mail()


@given(data=st.data())
@settings(max_examples=400)
def test_no_mutated_mail_raises(data):
    raw = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(raw) - 1))
        end = data.draw(st.integers(at, min(len(raw), at + 40)))
        raw[at:end] = data.draw(st.binary(max_size=8))
    check(bytes(raw) or b"\0")


def check(raw):
    mail = parse(raw)
    for text in (mail.subject, mail.text, mail.new_text, mail.html or "", *(f.name for f in mail.files), *attached_texts(mail)):
        assert "\0" not in text
        text.encode()
    for name, value in mail.headers:
        f"{name}{value}".encode()
    assert all(len(f.name.encode()) <= 200 and "/" not in f.name and "\\" not in f.name for f in mail.files)
    assert mail.date is None or mail.date.utcoffset().total_seconds() == 0
    assert fingerprint(raw, mail) == fingerprint(raw, parse(raw))
    automated(mail, own_addresses=frozenset({"desk@operator.test"}))
    answerable(mail, frozenset({"desk@operator.test"}))


TRACES = st.lists(
    st.sampled_from(
        [b"Received: from a by b;\r\n\tFri, 20 Nov 2026 11:00:00 +0300\r\n", b"Delivered-To: desk@operator.test\r\n", b"Return-Path: <x@y>\r\n",
         b"X-Spam-Score: 1\r\n", b"Authentication-Results: mx; spf=pass\r\n", b"DKIM-Signature: v=1; b=abc\r\n", b"X-Original-To: a@b\n"]
    ),
    max_size=6,
)  # fmt: skip


@given(traces=TRACES, unix=st.booleans())
@settings(max_examples=60)
def test_the_same_letter_taken_again_has_the_same_fingerprint(traces, unix):
    again = (
        b"".join(traces)
        + (WHOLE.replace(b"\r\n", b"\n") if unix else WHOLE.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        + b"\r\n"
    )
    assert fingerprint(again, parse(again)) == fingerprint(WHOLE, parse(WHOLE))


@pytest.mark.parametrize(
    "other",
    [
        letter(b"other text"),
        letter(b"text", Subject="other"),
        letter(b"text", From="Mallory <mallory@evil.test>"),
        letter(b"text", Date="Fri, 20 Nov 2026 11:00:00 +0300"),
    ],
)
def test_another_letter_with_the_same_message_id_has_another_fingerprint(other):
    one = letter(b"text")
    assert fingerprint(one, parse(one)) != fingerprint(other, parse(other))


def test_an_mbox_copy_has_the_same_fingerprint():
    one = letter(b"first\r\nFrom here on\r\nend")
    other = (
        b"From anna@people.test Fri Nov 20 11:00:00 2026\n"
        + letter(b"first\n>From here on\nend").replace(b"\r\n", b"\n")
        + b"\n\n"
    )
    assert fingerprint(one, parse(one)) == fingerprint(other, parse(other))


def docx(paragraphs):
    inside = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f'<?xml version="1.0"?><w:document><w:body>{inside}</w:body></w:document>')
    return out.getvalue()


def attached(name, content):
    head = f'Content-Type: application/octet-stream; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'.encode()
    return attached_texts(parse(multipart(head + base64.encodebytes(content))))


def test_word_documents_are_readable():
    assert attached("a.docx", docx(["ЗАЯВЛЕНИЕ", WITHDRAWAL])) == (f"ЗАЯВЛЕНИЕ\n{WITHDRAWAL}",)


def test_rtf_documents_are_readable():
    escaped = "".join(f"\\'{byte:02x}" for byte in WITHDRAWAL.encode("cp1251"))
    source = (
        "{\\rtf1\\ansi\\ansicpg1251{\\fonttbl{\\f0 Times;}}\\pard\\b "
        + escaped
        + "\\par "
        + "".join(f"\\u{ord(c)}?" for c in "Да")
        + "}"
    )
    assert attached("a.rtf", source.encode()) == (f"{WITHDRAWAL}\nДа",)


@pytest.mark.parametrize(
    "content", [b"PK", b"PK\x03\x04" + b"x" * 100, docx(["x"])[:-30], b"{\\rtf1" + b"{" * 100_000, b"{\\rtf1 \\u-99999 \\'zz"]
)
def test_broken_documents_have_no_text_and_do_no_harm(content):
    assert isinstance(attached("a.docx", content), tuple)


def test_a_document_that_unpacks_without_end_is_read_only_at_its_front():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", "<w:t>отзыв</w:t>" + " " * 50_000_000)
    assert attached("a.docx", out.getvalue()) == ("отзыв",)


def test_letters_inside_letters_are_readable():
    inner = f"Subject: deep\r\n\r\n{WITHDRAWAL}".encode()
    middle = (
        b"Subject: middle\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nsee\r\n--m\r\nContent-Type: message/rfc822\r\n\r\n"
        + inner
        + b"\r\n--m--\r\n"
    )
    assert attached_texts(parse(multipart(b"Content-Type: message/rfc822\r\n\r\n" + middle))) == (
        "middle\n\nsee",
        f"deep\n\n{WITHDRAWAL}",
    )


def test_deep_nesting_in_a_long_mail_is_read_flat():
    raw = (
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(900))
        + b"\n"
        + b"line\n" * 50_000
    )
    assert parse(raw).text.count("line") > 1_000
