"""What may stand in a setting: each check says as a sentence what is wrong with a value; None, and nothing is."""

import re
from datetime import date
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from app.settings.reader import Check, Secret
from app.speech import said
from desk.law.errors import LawError
from desk.law.reminder_settings import parse_quiet
from mail.parsing.sealed import keys_in

EVERYTHING: Final = "everything"
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def address(value: str) -> str | None:
    if re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", value):
        return None
    return said("is “%(value)s”, which is not an e-mail address such as support@shop.example", value=value)


def optional_address(value: str) -> str | None:
    return address(value) if value else None


def token(value: Secret) -> str | None:
    number, colon, rest = value.reveal().partition(":")
    if number.isdecimal() and colon and rest and not any(c.isspace() for c in rest):
        return None
    return said("is not a bot token, expected digits, a colon and letters as @BotFather gives them (123456789:AA…)")


def web(value: str) -> str | None:
    parts = urlsplit(value)
    if parts.scheme in {"http", "https"} and parts.hostname:
        return None
    return said("is not a web address, expected http:// or https:// with a host")


def webhook(value: str) -> str | None:
    if not value:
        return None
    parts = urlsplit(value)
    if parts.scheme == "https" and parts.hostname:
        return None
    if parts.scheme == "http" and parts.hostname in LOOPBACK:
        return None
    return said("is not an address Telegram can call, expected https:// with a host (http:// only on loopback)")


def webhook_secret(value: Secret) -> str | None:
    if not value or re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value.reveal()):
        return None
    return said("holds a character Telegram refuses, expected 1-256 letters, digits, _ and -")


def proxy(value: Secret) -> str | None:
    if not value:
        return None
    parts = urlsplit(value.reveal())
    if parts.scheme in {"http", "socks4", "socks5"} and parts.hostname:
        return None
    return said("is not a proxy, expected socks5://user:password@host:port (or socks4://, http://)")


def mail_url(protocol: str) -> Check:
    def check(value: Secret) -> str | None:
        from mail import urls

        parse = {"imap": urls.parse_imap, "smtp": urls.parse_smtp}[protocol]
        try:
            parse(value.reveal(), "")
        except urls.WrongUrl as error:
            return said("is wrong%(why)s", why=error.sentence.removesuffix("."))
        return None

    return check


def listen(value: str) -> str | None:
    host, colon, port = value.rpartition(":")
    if colon and host and port.isdecimal() and int(port) < 65536:
        return None
    return said("is “%(value)s”, expected host:port such as 127.0.0.1:8080", value=value)


def database(value: Secret) -> str | None:
    scheme = value.reveal().partition("://")[0]
    if scheme in {"sqlite", "postgres", "postgresql", "asyncpg"} and "://" in value.reveal():
        return None
    return said("is not a database this desk knows, expected sqlite://path or postgres://user:password@host:5432/name")


def between(low: float, high: float) -> Check:
    def check(value: float) -> str | None:
        return (
            None
            if low <= value <= high
            else said("is %(value)s, expected %(low)s to %(high)s", value=f"{value:g}", low=f"{low:g}", high=f"{high:g}")
        )

    return check


def quiet(value: str) -> str | None:
    try:
        parse_quiet(value)
    except LawError:
        return said("is “%(value)s”, expected two different times of day such as 19:00-10:00, or nothing", value=value[:40])
    return None


def wrong_since(value: str) -> str | None:
    """What is wrong with a value of `mailboxes[].since`, if anything."""
    if not value or value == EVERYTHING:
        return None
    try:
        date.fromisoformat(value)
    except ValueError:
        return said("is “%(value)s”, expected a date such as 2026-11-01, everything, or nothing", value=value[:40])
    return None


def key_file(value: str) -> str | None:
    """What is wrong with a file of `mailboxes[].keys`, if anything."""
    try:
        keys_in([Path(value).read_bytes()])
    except OSError:
        return said("names “%(value)s”, which cannot be read", value=value[:200])
    except ValueError:
        return said(
            "names “%(value)s”, which holds neither a certificate with its private key (PEM) nor a private PGP key",
            value=value[:200],
        )
    return None


def outgoing(value: str) -> str | None:
    try:
        first, second = (value.format(number=number, year=year) for number, year in ((1, 2026), (2, 2027)))
    except (KeyError, IndexError, ValueError):
        first = second = ""
    if "{number}" in value and "{year}" in value and first != second and len(value) <= 40:
        return None
    return said("is “%(value)s”, expected {number} and {year} in it, such as {number}/{year}", value=value[:40])
