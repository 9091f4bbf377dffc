"""For any letter and any combination of headers: a person's words are in a topic, or in the list of quiet letters."""

from collections.abc import Mapping
from email.message import EmailMessage

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import InboundState, Message, Outbox, Quiet
from tests.mail.mailroom import OWNER, Mailroom
from tests.servers.fixtures import ANNA, CLAIMS, DESK

WORDS = [
    "Отзываю согласие на обработку моих персональных данных.",
    "Когда вы ответите?",
    "Спасибо, получил.",
    "Ваше обращение №123 принято. Не отвечайте на это письмо.",
    "Я в отпуске до понедельника, по срочным вопросам обращайтесь к коллегам.",
    "Чтобы отписаться от рассылки, нажмите здесь.",
    "This is an automatically generated delivery status notification. User unknown.",
    "Прокуратура требует предоставить сведения о персональных данных.",
    "+1",
    "👍",
    "",
    "Имя: Иван\nE-mail: ivan@people.test\nСообщение: удалите меня",
    "---------- Forwarded message ---------\nОт: Иван <ivan@people.test>\n\nудалите мои данные",
    "To unsubscribe, e-mail: leave@list.test",
]
HEADERS: Mapping[str, list[str]] = {
    "From": [ANNA, DESK, CLAIMS, OWNER, "noreply@shop.test", "MAILER-DAEMON@mx.test", "'A' via B <desk@operator.test>", "boss@operator.test"],
    "To": [DESK, "list@lists.test", "undisclosed-recipients:;", CLAIMS],
    "Reply-To": [DESK, "desk+x@operator.test", "ivan@people.test", "list@lists.test", "noreply@shop.test"],
    "Return-Path": ["<>", "<owner-list@lists.test>"],
    "Sender": ["owner-list@lists.test", DESK],
    "Subject": ["Вопрос", "Re: Вопрос", "Автоматический ответ: Вопрос", "Undelivered Mail Returned to Sender", "[list] Вопрос", "Fwd: x", ""],
    "Auto-Submitted": ["no", "auto-replied", "auto-generated", "auto-notified; x=y", ""],
    "Precedence": ["bulk", "junk", "list", "auto_reply"],
    "Feedback-ID": ["1:user:proton"],
    "List-Id": ["<a.lists.test>", "<desk.operator.test>"],
    "List-Unsubscribe": ["<mailto:x@lists.test>"],
    "List-Post": ["<mailto:list@lists.test>"],
    "X-Autoreply": ["yes"],
    "X-Auto-Response-Suppress": ["All"],
    "X-Loop": ["list@lists.test"],
    "X-Failed-Recipients": [ANNA, "mallory@evil.test"],
    "X-Original-From": ["ivan@people.test"],
    "In-Reply-To": ["<foreign@list.test>", "ours", "alert"],
    "X-Spam-Flag": ["YES"],
    "X-Mailer": ["PHPMailer 6.9"],
}  # fmt: skip
KINDS = ["plain", "html", "delivery-status", "disposition-notification", "calendar", "file"]


@st.composite
def letters(draw: st.DrawFn) -> tuple[str, dict[str, str], str]:
    names = draw(st.sets(st.sampled_from(sorted(HEADERS)), max_size=8))
    heads = {name: draw(st.sampled_from(HEADERS[name])) for name in sorted(names | {"From"})}
    words = "\n".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True)))
    return words, heads, draw(st.sampled_from(KINDS))


def written(words: str, heads: dict[str, str], kind: str, number: int) -> bytes:
    message = EmailMessage()
    for name, value in heads.items():
        message[name] = value
    message["Message-ID"] = f"<{number}@any.test>"
    if kind == "html":
        message.set_content(f"<p>{words}</p>", subtype="html")
    else:
        message.set_content(words)
    if kind == "file":
        message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="скан.pdf")
    elif kind == "calendar":
        message.add_attachment("METHOD:REPLY\n", subtype="calendar", filename="invite.ics")
    elif kind in {"delivery-status", "disposition-notification"}:
        part, told = EmailMessage(), EmailMessage()
        part["Content-Type"] = f"message/{kind}"
        told["Final-Recipient"], told["Action"], told["Status"] = f"rfc822; {ANNA}", "failed", "5.1.1"
        part.set_payload([told])
        message.make_mixed()
        message.attach(part)
    return message.as_bytes()


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(letter=letters())
async def test_what_anybody_writes_is_in_a_topic_or_in_the_quiet_list(
    room: Mailroom, letter: tuple[str, dict[str, str], str]
) -> None:
    words, heads, kind = letter
    mark = f"метка{room.uid}б"
    if heads.get("In-Reply-To") in {"ours", "alert"}:
        heads = heads | {"In-Reply-To": room.desk.signer.message_id(1 if heads["In-Reply-To"] == "ours" else 0, "operator.test")}
    row = await room.taken(written(f"{mark}\n{words}", heads, kind, room.uid))
    assert row.state == InboundState.DONE, row.error
    posted = await Outbox.filter(channel="staff", errand="requester", message__inbound_id=row.id).values_list(
        "message_id", flat=True
    )
    seen = [one.text for one in await Message.filter(id__in=list(posted))]
    seen += [one.words for one in await Quiet.filter(inbound_id=row.id)]
    assert any(mark in one for one in seen), (row.outcome, heads)
