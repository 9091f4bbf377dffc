"""Things to send with one tap: what people write to a shop about their data, and what else a mailbox gets.

Each goes over the sandbox like anything typed by hand.
"""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Any, Final

from app.demo.world import ANNA, World
from desk.context import Desk
from models import Ticket
from sandbox.page import PageError
from sandbox.page.post import send, write
from sandbox.telegram import Person

Json = dict[str, Any]
Play = Callable[[World, Desk, Person], Awaitable[Json]]

IVAN: Final = "ivan@people.example"
MARY: Final = "mary@people.example"
MALLORY: Final = "mallory@forgers.example"

WITHDRAWAL: Final = """Здравствуйте!

Я, Смирнова Анна Павловна, отзываю согласие на обработку моих персональных данных, данное при оформлении заказа № 10482,
и прошу прекратить обработку и уничтожить мои данные.

С уважением,
Анна Смирнова
"""
CLAIM: Final = """Добрый день!

Это претензия. Две недели назад я купил у вас торшер «Север», заказ № 10519. Вчера он перестал включаться.
Прошу вернуть уплаченные 4 890 рублей. Фото чека прилагаю.

Иван Кузнецов, +7 900 000-00-00
"""
ACCESS: Final = """Hello,

Which personal data about me do you hold, where did you get them from, and who else has received them?
My name is Mary Jane Watson, order No. 10533.

Kind regards
Mary
"""
AWAY: Final = "Здравствуйте!\n\nЯ в отпуске до понедельника и не читаю почту. Отвечу, когда вернусь.\n\nИван Кузнецов\n"
FORGED: Final = """Hello, I am Anna, I only have a new address. Please send all the data you hold about me, and your last letters,
to this address. It is urgent.
"""
IN_TELEGRAM: Final = {
    "ru": "Здравствуйте! Отзываю согласие на обработку моих персональных данных. Заказ № 10482.",
    "en": "Hello! I withdraw my consent to the processing of my personal data. Order No. 10482.",
}


@dataclass(frozen=True)
class Example:
    """What the page shows of an example, and how it is played."""

    kind: str
    title: dict[str, str]
    hint: dict[str, str]
    play: Play


def offered() -> list[Json]:
    """The examples as the page lists them."""
    return [{"id": name, "kind": one.kind, "title": one.title, "hint": one.hint} for name, one in EXAMPLES.items()]


async def play(world: World, desk: Desk, name: str, person: Person) -> Json:
    """Play one. Raises PageError, MailError, ControlError."""
    if name not in EXAMPLES:
        raise PageError("There is no such example.")
    return await EXAMPLES[name].play(world, desk, person)


async def _withdrawal(world: World, _desk: Desk, _person: Person) -> Json:
    return await _letter(world, f"Анна Смирнова <{ANNA}>", "Withdrawal Statement", WITHDRAWAL)


async def _claim(world: World, _desk: Desk, _person: Person) -> Json:
    receipt = {"name": "чек 10519.svg", "type": "image/svg+xml", "base64": _RECEIPT}
    return await _letter(world, f"Иван Кузнецов <{IVAN}>", "Претензия по заказу № 10519", CLAIM, attachments=[receipt])


async def _access(world: World, _desk: Desk, _person: Person) -> Json:
    return await _letter(world, f"Mary Jane Watson <{MARY}>", "My personal data", ACCESS)


async def _away(world: World, _desk: Desk, _person: Person) -> Json:
    headers = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All", "Precedence": "bulk"}
    return await _letter(world, f"Иван Кузнецов <{IVAN}>", "Автоответ: меня нет на месте", AWAY, headers=headers)


async def _letter(world: World, sender: str, subject: str, text: str, **more: Any) -> Json:
    return await write(world.mail, {"from": sender, "to": [world.mailbox], "subject": subject, "text": text, **more})


async def _broken(world: World, _desk: Desk, _person: Person) -> Json:
    """Send what a bad program makes of a withdrawal: a charset that does not exist, base64 with holes, a torn header."""
    words = "Отзываю согласие на обработку персональных данных. Кузнецов Иван, заказ 10519."
    body = _base64(words.encode("cp1251"))
    lines = [
        f"From: =?windows-1251?B?{_base64('Иван Кузнецов'.encode('cp1251'))}?= <{IVAN}>",
        f"To: <{world.mailbox}>",
        f"Subject: =?x-unknown?B?{_base64('Отзыв согласия'.encode('cp1251'))}",
        f"Date: {format_datetime(world.mail.now())}",
        f"Message-ID: {make_msgid(domain='people.example')}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=x-no-such-charset",
        "Content-Transfer-Encoding: base64",
        "",
        body[:40] + "\r\n!!" + body[40:].rstrip("="),
        "",
    ]
    return await send(world.mail, "\r\n".join(lines).encode(), IVAN, to=world.mailbox)


async def _forged(world: World, desk: Desk, _person: Person) -> Json:
    """Let Mallory answer in Anna's matter with a tag whose signature is made up, from a sender nobody vouches for."""
    ticket = await Ticket.filter(channel="mail").order_by("id").first()
    if ticket is None:
        raise PageError("Send the withdrawal first: Mallory forges the tag of somebody's ticket.")
    letter = EmailMessage(policy=SMTP)
    letter["From"] = f"Анна Смирнова <{MALLORY}>"
    letter["To"] = world.mailbox
    tag = desk.signer.tag(ticket.id)
    letter["Subject"] = f"Re: Withdrawal Statement [{tag[:-4]}{'aaaa' if tag[-4:] != 'aaaa' else 'bbbb'}]"
    letter["Date"] = format_datetime(world.mail.now())
    letter["Message-ID"] = make_msgid(domain="forgers.example")
    letter.set_content(FORGED)
    return await send(world.mail, letter.as_bytes(), MALLORY, honest=False)


async def _telegram(world: World, _desk: Desk, person: Person) -> Json:
    people = world.telegram.people
    if not world.telegram.world.private_chat(world.telegram.world.bot, person).started:
        people.start(person)
    people.say(person, IN_TELEGRAM["ru" if person.language_code == "ru" else "en"])
    return {"person": person.id}


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


_RECEIPT: Final = _base64(
    b'<svg xmlns="http://www.w3.org/2000/svg" width="220" height="120"><rect width="220" height="120" fill="#fff"/>'
    b'<text x="16" y="40" font-size="18">No. 10519</text><text x="16" y="80" font-size="18">4 890 RUB</text></svg>'
)

EXAMPLES: Final[dict[str, Example]] = {
    "withdrawal": Example(
        "mail",
        {"ru": "Отзыв", "en": "Withdrawal"},
        {
            "ru": "Анна отзывает согласие: заявка, срок, подтверждение",
            "en": "Anna withdraws consent: a ticket, a date, a receipt",
        },
        _withdrawal,
    ),
    "claim": Example(
        "mail",
        {"ru": "Претензия", "en": "Claim"},
        {"ru": "Иван требует вернуть деньги и прикладывает чек", "en": "Ivan wants his money back and attaches the receipt"},
        _claim,
    ),
    "access": Example(
        "mail",
        {"ru": "Запрос", "en": "Access request"},
        {"ru": "Mary спрашивает, что о ней хранится", "en": "Mary asks what is held about her"},
        _access,
    ),
    "away": Example(
        "mail",
        {"ru": "Автоответ", "en": "Out of office"},
        {"ru": "Автоответ узнан и остаётся без ответа", "en": "An automatic reply is recognised and never answered"},
        _away,
    ),
    "broken": Example(
        "mail",
        {"ru": "Битое письмо", "en": "Broken mail"},
        {
            "ru": "Неизвестная кодировка и дырявый base64: ничего не теряется",
            "en": "No such charset, torn base64: nothing is lost",
        },
        _broken,
    ),
    "forged": Example(
        "mail",
        {"ru": "Подделка", "en": "Forged tag"},
        {"ru": "Mallory лезет в чужую заявку с поддельной меткой", "en": "Mallory tries somebody's ticket with a forged tag"},
        _forged,
    ),
    "telegram": Example(
        "telegram",
        {"ru": "Отозвать согласие", "en": "Withdraw consent"},
        {"ru": "Написать боту об отзыве согласия", "en": "Write to the bot that you withdraw consent"},
        _telegram,
    ),
}
