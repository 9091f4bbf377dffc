"""IMAP and SMTP URLs of the settings."""

import pytest

from desk.errors import Misconfigured
from mail.urls import ImapAddress, SmtpAddress, WrongUrl, parse_imap, parse_smtp


def test_user_password_and_folder_are_percent_decoded():
    address = parse_imap("imaps://desk%40shop.example:p%40ss%2F%D0%BF%23@mail.shop.example/%D0%92%D1%85%D0%BE%D0%B4/a%20b")
    assert address == ImapAddress(
        host="mail.shop.example",
        port=993,
        user="desk@shop.example",
        password="p@ss/п#",
        tls="implicit",
        auth="password",
        folder="Вход/a b",
    )


def test_an_address_as_user_needs_no_encoding_of_its_at_sign():
    assert parse_imap("imaps://desk@shop.example:secret@mail.shop.example").user == "desk@shop.example"


@pytest.mark.parametrize(
    ("url", "port", "tls"),
    [
        ("imaps://u:p@h.example", 993, "implicit"),
        ("imap://u:p@h.example?starttls=1", 143, "starttls"),
        ("imap://u:p@127.0.0.1", 143, "none"),
        ("imap://u:p@[::1]:1143/INBOX", 1143, "none"),
        ("imap://u:p@localhost", 143, "none"),
        ("imap://u:p@h.example?insecure=1", 143, "none"),
    ],
)
def test_imap_schemes_decide_port_and_protection(url, port, tls):
    address = parse_imap(url)
    assert (address.port, address.tls, address.folder) == (port, tls, "INBOX")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtps://u:p@h.example", SmtpAddress("h.example", 465, "u", "p", "implicit")),
        ("smtp://u:p@h.example?starttls=1", SmtpAddress("h.example", 587, "u", "p", "starttls")),
        ("smtp://127.0.0.1:2525", SmtpAddress("127.0.0.1", 2525, tls="none", auth="none")),
        ("smtp://localhost", SmtpAddress("localhost", 25, tls="none", auth="none")),
    ],
)
def test_smtp_schemes_decide_port_and_protection(url, expected):
    assert parse_smtp(url) == expected


SECRET = "hunter2"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (f"imap://u:{SECRET}@h.example/INBOX", "plain text"),
        (f"imap://u:{SECRET}@10.0.0.1/INBOX?insecure=0", "plain text"),
        (f"imaps://u:{SECRET}@h.example?starttls=1", "takes no starttls"),
        (f"imaps://u:{SECRET}@h.example?starttls=perhaps", "neither 1 nor 0"),
        (f"imaps://u:{SECRET}@h.example?frobnicate=1", "frobnicate"),
        (f"imaps://u:{SECRET}@h.example?ca_file=/nowhere/at/all.pem", "ca_file"),
        (f"imaps://u:{SECRET}@h.example?auth=kerberos", "auth"),
        (f"imaps://u:{SECRET}@h.example?token_file=x", "token_file"),
        ("imaps://u@h.example?auth=xoauth2", "token"),
        ("imaps://h.example/INBOX", "user"),
        (f"imaps://u:{SECRET}@/INBOX", "no host"),
        (f"imaps://u:{SECRET}@h.example:port/", "port"),
        (f"imaps://u:{SECRET}@h.example:0/", "port 0"),
        (f"imaps://u:{SECRET}@h.example:99999/", "port"),
        (f"imaps://u:{SECRET}@[::1/INBOX", "host or the port"),
        (f"imaps://u:{SECRET}#3@h.example/INBOX", "#"),
        (f"imaps://u:{SECRET} 3@h.example/INBOX", "space"),
        (f"imaps://u:{SECRET}%FF@h.example/INBOX", "percent-encoded"),
        (f"imaps://u:{SECRET}%0D%0A@h.example/INBOX", "control"),
        (f"pop3://u:{SECRET}@h.example", "imap://"),
        (f"u:{SECRET}@h.example", "imap://"),
        ("", "imap://"),
    ],
)
def test_a_wrong_url_is_a_sentence_that_names_the_setting_and_hides_the_password(url, says):
    with pytest.raises(WrongUrl) as caught:
        parse_imap(url, "mailboxes.0.imap_url")
    sentence = str(caught.value)
    assert sentence.startswith("mailboxes.0.imap_url: ")
    assert says in sentence
    assert SECRET not in sentence
    # The exceptions that led to it are dropped, for their words repeat the URL.
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None


def test_a_wrong_url_is_both_a_wrong_value_and_a_misconfiguration():
    with pytest.raises(ValueError) as caught:
        parse_smtp("smtp://h.example/path?insecure=1", "mailboxes.0.smtp_url")
    assert isinstance(caught.value, Misconfigured)


def test_the_password_is_not_shown_when_an_address_is_printed():
    for address in (parse_imap(f"imaps://u:{SECRET}@h.example"), parse_smtp(f"smtps://u:{SECRET}@h.example")):
        assert SECRET not in repr(address)
        assert SECRET not in str(address)


def test_the_token_is_read_anew_for_each_login(tmp_path):
    file = tmp_path / "token"
    address = parse_imap(f"imaps://desk%40shop.example@h.example?auth=xoauth2&token_file={file}&authserv_id=mx.h.example")
    assert (address.auth, address.authserv_id) == ("xoauth2", "mx.h.example")
    with pytest.raises(Misconfigured, match="token file"):
        address.token()
    file.write_text("first\n")
    assert address.token() == "first"
    file.write_text("second\n")
    assert address.token() == "second"


def test_without_a_token_file_the_password_is_the_token():
    assert parse_smtp("smtps://desk:the-token@h.example?auth=xoauth2").token() == "the-token"
