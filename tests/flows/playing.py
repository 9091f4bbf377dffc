"""What the people of a story do in a topic of the staff group, and what they wait for: one act a call."""

from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from typing import Any

from sandbox.telegram import Message, Person
from tests.flows.rig import Rig, buttons, text_of


@dataclass
class Scene:
    """A topic of the group (or General, `topic` None) and the colleague who acts in it."""

    desk: Rig
    who: Person
    topic: int | None = None

    def seen(self) -> list[Message]:
        """The messages of the place as they stand."""
        group = self.desk.telegram.world.group(self.desk.group_id)
        assert group is not None
        return [one for one in group.messages.values() if one.topic_id == self.topic and not one.deleted]

    @property
    def latest(self) -> int:
        """The number of the newest message."""
        return max((one.id for one in self.seen()), default=0)

    async def sees(self, *words: str, since: int = 0, button: str = "") -> Message:
        """The newest message after `since` that has all these words, and such a button."""

        def found() -> Message | None:
            fit = [
                one
                for one in self.seen()
                if one.id > since
                and all(word in text_of(one) for word in words)
                and (not button or any(button in label for label in buttons(one)))
            ]
            return fit[-1] if fit else None

        try:
            message = await self.desk.until(found, f"{words} with “{button}” in the topic")
        except AssertionError as error:
            shown = "\n---\n".join(f"{text_of(one)[:700]}\n{buttons(one)}" for one in self.seen()[-6:])
            raise AssertionError(f"{error}\nThe newest messages:\n{shown}") from None
        assert isinstance(message, Message)
        return message

    def says(self, text: str, reply_to: Message | None = None) -> Message:
        """Words in the place."""
        group = self.desk.telegram.world.group(self.desk.group_id)
        return self.desk.telegram.people.say(self.who, text, chat=group, topic=self.topic, reply_to=reply_to and reply_to.id)

    def sends(self, name: str, data: bytes, reply_to: Message, caption: str = "") -> Message:
        """A file, in reply to a message."""
        group = self.desk.telegram.world.group(self.desk.group_id)
        return self.desk.telegram.people.send(
            self.who, "document", data, name=name, caption=caption, chat=group, topic=self.topic, reply_to=reply_to.id
        )

    async def presses(self, message: Message, button: str) -> str:
        """Press a button of a message; what the notice over the chat said."""
        label = next((one for one in buttons(message) if button in one), None)
        assert label is not None, f"no “{button}” among {buttons(message)} of “{text_of(message)[:200]}”"
        press = self.desk.telegram.people.press(self.who, message, label, chat=self.desk.group_id)
        await press.answered()
        return press.text or ""

    async def asks(self, command: str, *words: str, button: str = "") -> Message:
        """Give a command, and wait for the message that it brings."""
        said = self.says(command)
        return await self.sees(*words, since=said.id, button=button)

    async def fills(self, screen: Message, button: str, question: str, said: str) -> Message:
        """Press a button, and answer the question that follows; the message with the answer."""
        before = self.latest
        await self.presses(screen, button)
        asked = await self.sees(question, since=before)
        return self.says(said, asked)


def body(message: EmailMessage) -> str:
    """The words of a letter."""
    part = message.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def a_letter(sender: str, to: str, subject: str, text: str, **headers: str) -> EmailMessage:
    """A letter to one of the operator's mailboxes."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made["Message-ID"] = f"<{abs(hash((sender, subject, text)))}@{sender.rpartition('@')[2].rstrip('>')}>"
    made.set_content(text)
    return made


async def arrives(desk: Rig, letter: EmailMessage) -> None:
    """A letter comes into the mailbox it is addressed to."""
    assert desk.mail is not None
    await desk.mail.deliver(letter.as_bytes(policy=policy.SMTP), str(letter["To"]), sender=str(letter["From"]))


def an_answer(told: EmailMessage, sender: str, text: str) -> EmailMessage:
    """The answer to a letter of the desk."""
    to = str(told["Reply-To"] or told["From"]).rpartition("<")[2].rstrip(">")
    return a_letter(sender, to, f"Re: {told['Subject']}", text, In_Reply_To=told["Message-ID"], References=told["Message-ID"])


async def its_ticket(desk: Rig, number: int = 1) -> dict[str, Any]:
    """A ticket, once its topic is made."""

    async def there() -> dict[str, Any] | None:
        found = {one["number"]: one for one in await desk.tickets()}
        return found[number] if number in found and found[number]["topic_id"] else None

    found: dict[str, Any] = await desk.until(there, f"ticket {number} with its topic")
    return found
