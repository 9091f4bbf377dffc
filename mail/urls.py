"""IMAP and SMTP URLs of the settings: `imaps://user:password@host:993/INBOX?ca_file=…` becomes a checked address.

`imap://` and `smtp://` are plain text and allowed to this machine only, unless the URL says `?insecure=1`; `?starttls=1`
turns TLS on after the greeting. `?auth=xoauth2` logs in with an OAuth 2 access token: the one in `?token_file=…`, read anew
for each login so that another program can refresh it, or else the password of the URL.
`?authserv_id=…` (IMAP) names the server whose Authentication-Results are to be believed (RFC 8601 §2.5).
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NoReturn
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from desk.errors import Misconfigured

Tls = Literal["implicit", "starttls", "none"]
Auth = Literal["password", "xoauth2", "none"]

_YES = {"1", "true", "yes", "on"}
_NO = {"0", "false", "no", "off"}
_COMMON = ("starttls", "insecure", "ca_file", "auth", "token_file")


class WrongUrl(Misconfigured, ValueError):
    """A URL of the settings is wrong; the sentence names the setting and never repeats the password."""


@dataclass(frozen=True)
class ServerAddress:
    """Where a mail server is, how the line is protected, and who logs in there."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: Tls = "implicit"
    ca_file: str = ""
    auth: Auth = "password"
    token_file: str = ""

    def token(self) -> str:
        """The OAuth 2 access token as it is now. Raises Misconfigured when its file cannot be read."""
        if not self.token_file:
            return self.password
        try:
            return Path(self.token_file).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise Misconfigured(f"The OAuth 2 token file of {self.host} cannot be read ({type(error).__name__}).") from None


@dataclass(frozen=True)
class ImapAddress(ServerAddress):
    """A folder on an IMAP server. `authserv_id` is whose Authentication-Results count."""

    folder: str = "INBOX"
    authserv_id: str = ""


@dataclass(frozen=True)
class SmtpAddress(ServerAddress):
    """An SMTP submission server; without a user nobody logs in (`auth` is "none")."""


def parse_imap(url: str, setting: str = "imap_url") -> ImapAddress:
    """The mailbox that an IMAP URL names. Raises WrongUrl."""
    parts, options = _split(url, setting, {"imap": "none", "imaps": "implicit"}, (*_COMMON, "authserv_id"))
    tls = _tls(parts, options, setting)
    server = _server(parts, options, setting, tls, {"imap": 143, "imaps": 993}[parts.scheme])
    if server.auth == "none":
        _wrong(setting, "an IMAP URL needs a user", "imaps://user:password@host/INBOX")
    folder = _decoded(parts.path.lstrip("/"), setting) or "INBOX"
    return ImapAddress(**vars(server), folder=folder, authserv_id=options.get("authserv_id", ""))


def parse_smtp(url: str, setting: str = "smtp_url") -> SmtpAddress:
    """The submission server that an SMTP URL names. Raises WrongUrl."""
    parts, options = _split(url, setting, {"smtp": "none", "smtps": "implicit"}, _COMMON)
    tls = _tls(parts, options, setting)
    if parts.path not in {"", "/"}:
        _wrong(setting, "an SMTP URL has no path", "smtps://user:password@host:465")
    usual = {"implicit": 465, "starttls": 587, "none": 25}[tls]
    return SmtpAddress(**vars(_server(parts, options, setting, tls, usual)))


def _wrong(setting: str, found: str, expected: str) -> NoReturn:
    # Whatever led here may repeat the password, so it is not told.
    raise WrongUrl(f"{setting}: {found}; expected something like {expected}.") from None


def _split(url: str, setting: str, schemes: Mapping[str, Tls], known: tuple[str, ...]) -> tuple[SplitResult, dict[str, str]]:
    example = f"{list(schemes)[-1]}://user:password@host"
    if any(character.isspace() or not character.isprintable() for character in url):
        _wrong(setting, "the URL contains a space or a control character (write %20)", example)
    if "#" in url:
        _wrong(setting, "there is a # in the URL (in user and password write # / ? : @ % as %23 %2F %3F %3A %40 %25)", example)
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        _wrong(setting, "the host or the port cannot be read", example)
    if parts.scheme not in schemes:
        _wrong(setting, f"the URL must start with {' or '.join(f'{scheme}://' for scheme in schemes)}", example)
    if not parts.hostname:
        _wrong(setting, "the URL names no host", example)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    for name, _value in pairs:
        if name not in known:
            _wrong(setting, f"unknown option ?{name[:20]}= (known: {', '.join(known)})", example)
    return parts, dict(pairs)


def _tls(parts: SplitResult, options: Mapping[str, str], setting: str) -> Tls:
    starttls = _flag(options, "starttls", setting)
    if parts.scheme.endswith("s"):
        if starttls:
            _wrong(
                setting,
                f"{parts.scheme}:// is TLS from the start and takes no starttls=1",
                f"{parts.scheme}://user:password@host",
            )
        return "implicit"
    if starttls:
        return "starttls"
    if not _flag(options, "insecure", setting) and not _loopback(parts.hostname or ""):
        _wrong(
            setting,
            f"{parts.scheme}:// would send the password in plain text over the network",
            f"{parts.scheme}s://…, or ?starttls=1, or (at your own risk) ?insecure=1",
        )
    return "none"


def _server(parts: SplitResult, options: Mapping[str, str], setting: str, tls: Tls, usual_port: int) -> ServerAddress:
    user, password = _decoded(parts.username or "", setting), _decoded(parts.password or "", setting)
    auth = _auth(options, user, setting)
    ca_file, token_file = options.get("ca_file", ""), options.get("token_file", "")
    if ca_file and not Path(ca_file).is_file():
        _wrong(setting, "ca_file names no readable file", "?ca_file=/etc/ssl/our-authority.pem")
    if token_file and auth != "xoauth2":
        _wrong(setting, "token_file is of use with auth=xoauth2 only", "?auth=xoauth2&token_file=/run/token")
    if auth == "xoauth2" and not (token_file or password):
        _wrong(setting, "auth=xoauth2 needs a token", "?auth=xoauth2&token_file=/run/token")
    if parts.port == 0:
        _wrong(setting, "port 0 cannot be reached", f"port {usual_port}")
    return ServerAddress(
        host=parts.hostname or "",
        port=parts.port or usual_port,
        user=user,
        password=password,
        tls=tls,
        ca_file=ca_file,
        auth=auth,
        token_file=token_file,
    )


def _auth(options: Mapping[str, str], user: str, setting: str) -> Auth:
    wanted = options.get("auth", "password").lower()
    if wanted == "xoauth2":
        if not user:
            _wrong(setting, "auth=xoauth2 needs a user", "imaps://user@host/INBOX?auth=xoauth2&token_file=/run/token")
        return "xoauth2"
    if wanted != "password":
        _wrong(setting, "unknown auth=", "?auth=password or ?auth=xoauth2")
    return "password" if user else "none"


def _flag(options: Mapping[str, str], name: str, setting: str) -> bool:
    value = options.get(name, "0").lower()
    if value not in _YES | _NO:
        _wrong(setting, f"{name}= is neither 1 nor 0", f"?{name}=1")
    return value in _YES


def _decoded(quoted: str, setting: str) -> str:
    try:
        text = unquote(quoted, errors="strict")
    except UnicodeDecodeError:
        _wrong(setting, "user, password or folder are not percent-encoded UTF-8", "%D0%9F for П")
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        _wrong(setting, "user, password or folder contain a control character", "printable characters")
    return text


def _loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
