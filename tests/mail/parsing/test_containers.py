"""Containers are opened: what is in them is shown and posted, what stays closed is named, and none does harm."""

import base64
import struct
import subprocess
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from io import BytesIO

import pysequoia
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mail.parsing import documents
from mail.parsing.parse import parse
from mail.parsing.sealed import Keys, keys_in

WITHDRAWAL = "Отзываю согласие на обработку персональных данных"


def attached(content, kind, name, text="Во вложении"):
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = "Ivan <ivan@people.test>", "Документы", "<1@people.test>"
    message["Date"] = "Fri, 20 Nov 2026 10:00:00 +0300"
    message.set_content(text)
    message.add_attachment(content, maintype=kind.split("/")[0], subtype=kind.split("/")[1], filename=name)
    return message.as_bytes()


def root(content, kind):
    head = f"From: Ivan <ivan@people.test>\r\nSubject: x\r\nMessage-ID: <1@x>\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + base64.encodebytes(content)


def told(mail):
    return [remark.words for remark in mail.remarks if remark.told]


# -- Outlook


def tnef_object(level, name, kind, data):
    return struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", sum(data) % 65536)


def tnef(*files, body=b""):
    made = struct.pack("<IH", 0x223E9F78, 1) + tnef_object(1, 0x9006, 8, struct.pack("<I", 0x10000))
    made += tnef_object(1, 0x9007, 6, struct.pack("<II", 1251, 0))
    if body:
        made += tnef_object(1, 0x800C, 2, body)
    for name, content in files:
        made += tnef_object(2, 0x9002, 6, bytes(14)) + tnef_object(2, 0x8010, 1, name.encode("cp1251") + b"\0")
        made += tnef_object(2, 0x800F, 6, content)
    return made + bytes(16)


@pytest.mark.parametrize("kind", ["application/ms-tnef", "application/vnd.ms-tnef", "application/octet-stream"])
def test_the_files_of_a_winmail_dat_stand_in_its_place(kind):
    mail = parse(
        attached(
            tnef(("Отзыв согласия.txt", WITHDRAWAL.encode()), ("скан.jpg", b"\xff\xd8\xff" + bytes(9000))), kind, "winmail.dat"
        )
    )
    assert [file.name for file in mail.files] == ["Отзыв согласия.txt", "скан.jpg"]
    assert WITHDRAWAL in mail.file_texts
    assert mail.remarks[0].params == {"name": "winmail.dat"}


def test_the_words_of_a_winmail_dat_are_shown():
    mail = parse(attached(tnef(body=WITHDRAWAL.encode("cp1251")), "application/ms-tnef", "winmail.dat"))
    assert WITHDRAWAL in mail.new_text
    assert "Во вложении" in mail.new_text


def test_a_letter_that_is_nothing_but_a_winmail_dat_is_opened():
    mail = parse(root(tnef(("заявление.pdf", b"%PDF-1.4")), 'application/ms-tnef; name="winmail.dat"'))
    assert [file.name for file in mail.files] == ["заявление.pdf"]


def cfb(streams):
    """A compound file with these streams (path → bytes, at least 4096 bytes each), as .msg files are."""
    names = ["Root Entry", *dict.fromkeys(part for path in streams for part in path)]
    chains, data = {}, b""
    for path, content in streams.items():
        chains[path[-1]] = (len(data) // 512, len(content))
        data += content + bytes(-len(content) % 512)
    count = len(data) // 512
    directories = -(-len(names) // 4)
    fat_at, dir_at = count, count + 1
    fat = []
    for start, size in chains.values():
        last = start + -(-size // 512) - 1
        fat += [*range(start + 1, last + 1), 0xFFFFFFFE]
    fat += [0xFFFFFFFD, *range(dir_at + 1, dir_at + directories), 0xFFFFFFFE]
    fat += [0xFFFFFFFF] * (128 - len(fat))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, dir_at, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", fat_at) + b"\xff" * 4 * 108
    entries = b""
    for number, name in enumerate(names):
        encoded = name.encode("utf-16-le")
        start, size = chains.get(name, (0xFFFFFFFE if number == 0 else 0, 0))
        right = number + 1 if 0 < number < len(names) - 1 else 0xFFFFFFFF
        entries += (
            encoded
            + bytes(64 - len(encoded))
            + struct.pack(
                "<HBBIII", len(encoded) + 2, 5 if number == 0 else 2, 1, 0xFFFFFFFF, right, 1 if number == 0 else 0xFFFFFFFF
            )
        )
        entries += bytes(36) + struct.pack("<IQ", start, size)
    entries += bytes(directories * 512 - len(entries))
    return header + data + b"".join(struct.pack("<I", one) for one in fat) + entries


def test_a_saved_letter_of_outlook_is_read():
    streams = {
        ("__substg1.0_0037001F",): "Отзыв согласия".encode("utf-16-le").ljust(4096, b"\0"),
        ("__substg1.0_1000001F",): f"{WITHDRAWAL}\r\nИван".encode("utf-16-le").ljust(4096, b"\0"),
    }
    mail = parse(attached(cfb(streams), "application/vnd.ms-outlook", "письмо.msg"))
    assert [file.name for file in mail.files] == ["письмо.msg"]
    assert WITHDRAWAL in mail.new_text
    assert "Отзыв согласия" in mail.new_text


# -- sealed letters

INNER = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{WITHDRAWAL}\r\n".encode()


def certificate(key):
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "Ivan Petrov"), x509.NameAttribute(NameOID.EMAIL_ADDRESS, "ivan@people.test")]
    )
    now = datetime(2026, 11, 20, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    return made.not_valid_before(now).not_valid_after(now + timedelta(days=900)).sign(key, hashes.SHA256())


RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CERTIFICATE = certificate(RSA)


def signed(key, holder, content=INNER, options=(pkcs7.PKCS7Options.Binary,)):
    made = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(holder, key, hashes.SHA256())
    return made.sign(serialization.Encoding.DER, list(options))


def sealed_to(holder, content=INNER):
    made = pkcs7.PKCS7EnvelopeBuilder().set_data(content).add_recipient(holder)
    return made.encrypt(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


def pem(key, holder):
    kept = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return kept + holder.public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize("kind", ["application/pkcs7-mime; smime-type=signed-data", "application/x-pkcs7-mime; name=smime.p7m"])
def test_a_letter_inside_its_signature_is_read_and_the_signature_checked(kind):
    mail = parse(root(signed(RSA, CERTIFICATE), kind))
    assert mail.new_text.strip() == WITHDRAWAL
    assert mail.files == ()
    (remark,) = [one for one in mail.remarks if one.told]
    assert str(remark).startswith("🔏 Signed (S/MIME) by Ivan Petrov <ivan@people.test>, unchanged since.")


def clear(key, holder, inner=INNER, *, boundary="b=_1", after=b"", kind="application/pkcs7-signature", line=b"\r\n"):
    """A letter whose signature stands beside what it is of."""
    made = pkcs7.PKCS7SignatureBuilder().set_data(inner).add_signer(holder, key, hashes.SHA256())
    signature = made.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary])
    head = f'From: ivan@people.test\r\nContent-Type: multipart/signed; protocol="{kind}"; boundary="{boundary}"\r\n\r\n'.encode()
    border = f"--{boundary}".encode()
    tail = f"Content-Type: {kind}; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode()
    parts = [
        border,
        b"\r\n",
        inner,
        after,
        b"\r\n",
        border,
        b"\r\n",
        tail,
        base64.encodebytes(signature),
        b"\r\n",
        border,
        b"--\r\n",
    ]
    return (head + b"Preamble\r\n" + b"".join(parts)).replace(b"\r\n", line)


ALTERNATIVE = (
    "Content-Type: multipart/alternative; boundary=in\r\n\r\n--in\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    f"{WITHDRAWAL}\r\n--in\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>{WITHDRAWAL}</p>\r\n--in--\r\n"
).encode()
HEAVY = (
    b"Content-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\n"
    + INNER
    + b"\r\n--in\r\nContent-Type: application/x-data; name=a.bin\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(bytes(1_500_000)).replace(b"\n", b"\r\n")
    + b"\r\n--in--\r\n"
)
ECDSA = ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize(
    "raw",
    [
        clear(RSA, CERTIFICATE),
        clear(RSA, CERTIFICATE, line=b"\n"),
        clear(RSA, CERTIFICATE, ALTERNATIVE),
        clear(RSA, CERTIFICATE, HEAVY),
        clear(RSA, CERTIFICATE, boundary="----=_Part (1+2)?'x'"),
        clear(RSA, CERTIFICATE, kind="application/x-pkcs7-signature"),
        clear(ECDSA, certificate(ECDSA)),
        clear(RSA, CERTIFICATE, b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + WITHDRAWAL.encode() + b"  \r\n\r\n\r\n"),
    ],
)
def test_a_signature_beside_the_letter_is_checked_over_the_bytes_that_were_sent(raw):
    mail = parse(raw)
    assert WITHDRAWAL in mail.new_text
    assert [str(one) for one in mail.remarks if one.told] == [
        "🔏 Signed (S/MIME) by Ivan Petrov <ivan@people.test>, unchanged since. Who issued the certificate was not checked."
    ]


def test_a_clear_letter_that_was_changed_after_signing_is_said_to_be():
    assert "does not fit" in told(parse(clear(RSA, CERTIFICATE).replace("Отзываю".encode(), "Оставлю".encode())))[0]
    assert "does not fit" in told(parse(clear(RSA, CERTIFICATE, after=b"Und: mehr\r\n")))[0]


def test_a_signature_that_cannot_be_checked_is_said_to_be_there():
    whole = clear(RSA, CERTIFICATE)
    for raw in (
        whole.replace(b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: 7bit"),
        whole.replace(b"application/pkcs7-signature", b"application/pgp-signature"),
    ):
        mail = parse(raw)
        assert "that cannot be checked here" in told(mail)[0]
        assert WITHDRAWAL in mail.new_text


def test_a_signature_in_a_forwarded_letter_and_below_the_footer_of_a_list_is_checked():
    inner = clear(RSA, CERTIFICATE).partition(b"\r\n")[2]
    raw = b"From: list@people.test\r\nContent-Type: multipart/mixed; boundary=out\r\n\r\n--out\r\n" + inner
    mail = parse(raw + b"\r\n--out\r\nContent-Type: text/plain\r\n\r\nfooter\r\n--out--\r\n")
    assert "unchanged since" in told(mail)[0]


def test_elliptic_signatures_are_checked_too():
    key = ec.generate_private_key(ec.SECP256R1())
    assert "unchanged" in told(parse(root(signed(key, certificate(key)), "application/pkcs7-mime")))[0]


def test_a_letter_that_was_changed_after_signing_is_said_to_be():
    forged = signed(RSA, CERTIFICATE).replace("Отзываю".encode(), "Оставлю".encode())
    mail = parse(root(forged, "application/pkcs7-mime"))
    assert "Оставлю согласие" in mail.new_text
    assert "does not fit" in told(mail)[0]


def test_an_encrypted_letter_is_named_and_read_where_there_is_a_key():
    raw = root(sealed_to(CERTIFICATE), "application/pkcs7-mime; smime-type=enveloped-data")
    mail = parse(raw)
    assert [file.name for file in mail.files] == ["smime.p7m"]
    assert "encrypted" in told(mail)[0]
    opened = parse(raw, keys=keys_in([pem(RSA, CERTIFICATE)]))
    assert opened.new_text.strip() == WITHDRAWAL
    assert "decrypted" in told(opened)[0]


def test_a_signed_letter_in_an_encrypted_one_is_read():
    inner = b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    raw = root(sealed_to(CERTIFICATE, inner + base64.encodebytes(signed(RSA, CERTIFICATE))), "application/pkcs7-mime")
    mail = parse(raw, keys=keys_in([pem(RSA, CERTIFICATE)]))
    assert mail.new_text.strip() == WITHDRAWAL
    assert len(told(mail)) == 2


def test_pgp_is_named_and_read_where_there_is_a_key():
    secret = pysequoia.Tsk.generate("Desk <desk@operator.test>")
    holder = secret.extract_certificate()
    packed = pysequoia.encrypt(recipients=[holder], bytes=INNER)
    body = (
        b"--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\nContent-Type: application/octet-stream; name=encrypted.asc\r\n\r\n"
        + packed
        + b"\r\n--b--\r\n"
    )
    raw = (
        b'From: i@p.test\r\nSubject: x\r\nContent-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\r\n\r\n'
        + body
    )
    mail = parse(raw)
    assert [file.name for file in mail.files] == ["encrypted.asc"]
    assert "encrypted" in told(mail)[0]
    keys = keys_in([str(secret).encode()])
    assert WITHDRAWAL in parse(raw, keys=keys).new_text
    inline = b"From: i@p.test\r\nSubject: x\r\n\r\n" + pysequoia.encrypt(recipients=[holder], bytes=WITHDRAWAL.encode())
    assert "BEGIN PGP" not in parse(inline).new_text
    assert parse(inline, keys=keys).new_text.strip() == WITHDRAWAL


def test_the_armour_of_a_signed_text_is_taken_off():
    text = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{WITHDRAWAL}\n- -- \nИван\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----"
    mail = parse(f"From: i@p.test\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}".encode())
    assert mail.new_text == f"{WITHDRAWAL}\n-- \nИван"
    assert "cannot be checked" in told(mail)[0]


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN CERTIFICATE-----\n"])
def test_a_file_without_a_key_is_refused_as_one(content):
    with pytest.raises(ValueError, match="neither"):
        keys_in([content])


# -- calendars, letters, pictures

CALENDAR = (
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261123T090000Z\r\nSUMMARY:Встреча\r\n"
    "DESCRIPTION:{text}\r\nORGANIZER:mailto:ivan@people.test\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.mark.parametrize("kind", ["text/calendar; method=REQUEST; charset=utf-8", "text/calendar"])
def test_an_invitation_is_words(kind):
    mail = parse(root(CALENDAR.format(text=f"{WITHDRAWAL}\\, всё").encode(), kind))
    assert f"{WITHDRAWAL}, всё" in mail.new_text
    assert "23.11.2026 09:00 UTC" in mail.new_text
    assert [file.name for file in mail.files] == ["invitation.ics"]


def test_a_broken_calendar_is_shown_as_it_is():
    mail = parse(root(f"BEGIN:VCALENDAR\n{WITHDRAWAL}".encode(), "text/calendar; charset=utf-8"))
    assert WITHDRAWAL in mail.new_text


def test_a_letter_attached_to_a_letter_is_shown_with_its_own_files():
    inner = attached(b"PK", "application/zip", "паспорт.zip", WITHDRAWAL)
    mail = parse(attached(inner, "application/octet-stream", "письмо.eml", "Пересылаю"))
    assert [file.name for file in mail.files] == ["письмо.eml", "паспорт.zip"]
    assert mail.new_text.startswith("Пересылаю\n\n✉️ Документы · Ivan <ivan@people.test> · 20.11.2026")
    assert WITHDRAWAL in mail.new_text
    assert mail.body.strip() == "Пересылаю"


def test_pictures_inside_html_are_files_and_nobody_reads_base64():
    picture = base64.b64encode(b"\x89PNG" + bytes(range(256)) * 4000).decode()
    for page in (
        f'<p>Вот</p><img src="data:image/png;base64,{picture}"><p>{WITHDRAWAL}</p>',
        f"<p>Вот</p><img src='data:image/png;charset=x;base64,{picture}'>{WITHDRAWAL}",
    ):
        mail = parse(f"From: i@p.test\r\nSubject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{page}".encode())
        assert WITHDRAWAL in mail.new_text
        assert "base64" not in mail.text
        assert [(file.name, len(file.content)) for file in mail.files] == [("image-1.png", 1_024_004)]
    plain = parse(f"From: i@p.test\r\nSubject: x\r\n\r\nВот data:image/jpeg;base64,{picture} и всё".encode())
    assert plain.new_text == "Вот [image-1.jpg] и всё"


# -- documents


def pdf(text):
    stream = f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(stream), stream), b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]  # fmt: skip
    out = b"%PDF-1.4\n" + b"".join(b"%d 0 obj%b endobj\n" % (number, one) for number, one in enumerate(objects, 1))
    return out + b"trailer<</Root 1 0 R/Size 6>>\n%%EOF"


def scan():
    out = BytesIO()
    Image.frombytes("RGB", (300, 300), bytes(range(250)) * 1080).save(out, "PDF")
    return out.getvalue()


def test_the_words_of_a_pdf_are_read():
    mail = parse(attached(pdf("I withdraw my consent to the processing of my data"), "application/pdf", "letter.pdf"))
    assert "I withdraw my consent to the processing of my data" in mail.file_texts[0]
    assert told(mail) == []


def test_a_scan_is_said_to_be_one(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    mail = parse(attached(scan(), "application/pdf", "скан.pdf"))
    assert [str(remark) for remark in mail.remarks if remark.told] == [
        "“скан.pdf” is a scan: its words were not read, tesseract is not installed."
    ]


def test_a_scan_is_read_by_tesseract_where_it_is_installed(monkeypatch, tmp_path):
    program = tmp_path / "tesseract"
    program.write_text('#!/bin/sh\ntest -s "$1" && echo "I withdraw my consent to the processing"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    mail = parse(attached(scan(), "application/pdf", "scan.pdf"))
    assert "I withdraw my consent" in mail.file_texts[0]
    assert "read by machine" in told(mail)[0]


def test_a_document_that_never_ends_costs_seconds_and_is_named(monkeypatch):
    def endless(*_arguments, **_keywords):
        raise subprocess.TimeoutExpired("python", 40)

    monkeypatch.setattr(documents.subprocess, "run", endless)
    mail = parse(attached(pdf("x" * 500), "application/pdf", "a.pdf"))
    assert "could not be read" in told(mail)[0]


# -- nothing does harm


@given(
    head=st.sampled_from(
        [
            b"\x78\x9f\x3e\x22",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            b"0\x82",
            b"-----BEGIN PGP MESSAGE-----\n",
            b"BEGIN:VCALENDAR\n",
        ]
    ),
    rest=st.binary(max_size=3_000),
    kind=st.sampled_from(
        [
            "application/ms-tnef",
            "application/vnd.ms-outlook",
            "application/pkcs7-mime",
            "application/pgp-encrypted",
            "text/calendar",
        ]
    ),
    name=st.sampled_from(["winmail.dat", "a.msg", "smime.p7m", "a.pgp", "a.ics"]),
)
@settings(max_examples=200)
def test_no_broken_container_raises_or_loses_the_letter(head, rest, kind, name):
    mail = parse(attached(head + rest, kind, name))
    assert "Во вложении" in mail.new_text


def test_no_keys_are_none():
    assert keys_in([]) == Keys()
