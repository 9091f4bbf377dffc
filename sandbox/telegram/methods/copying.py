"""Methods that send again what is there: copies, which carry no origin, and forwards, which do."""

import copy
from typing import Any

from sandbox.telegram import views
from sandbox.telegram.call import Call
from sandbox.telegram.errors import bad_request
from sandbox.telegram.methods import method
from sandbox.telegram.outgoing import send
from sandbox.telegram.records import Chat, Json, Message

_MANY = 100


def _source(call: Call) -> Chat:
    return call.chat("read", "from_chat_id")


def _copyable(message: Message) -> bool:
    return not message.is_service and not message.protected and "poll" not in message.content


def _recaptioned(call: Call, content: Json) -> Json:
    """Content of a copy, with the caption replaced when the call gives one."""
    result = copy.deepcopy(content)
    if "caption" in call.params and "text" not in result:
        for field in ("caption", "caption_entities", "show_caption_above_media"):
            result.pop(field, None)
        result |= call.caption(call.params)
    elif call.get("show_caption_above_media") and "caption" in result:
        result["show_caption_above_media"] = True
    return result


def _albums(call: Call, messages: list[Message]) -> dict[str, str]:
    """Give albums among the messages to be sent again their new album ids."""
    groups = {m.media_group_id for m in messages if m.media_group_id}
    return {group: str(13_000_000_000_000_000 + call.world.next("album")) for group in sorted(groups)}


def _many(call: Call, source: Chat, what: str) -> list[Message]:
    ids: list[int] = call.get("message_ids") or []
    if not ids:
        raise bad_request("message identifiers are not specified")
    if len(ids) > _MANY:
        raise bad_request("too many message identifiers specified")
    if ids != sorted(set(ids)):
        raise bad_request("message identifiers must be in a strictly increasing order")
    found = [message for i in ids if (message := source.live(i)) is not None and _copyable(message)]
    if not found:
        raise bad_request(f"there are no messages to {what}")
    return found


@method("copyMessage")
def copy_message(call: Call) -> Json:
    source = _source(call)
    target = call.chat("write")
    message = source.live(call.get("message_id", 0))
    if message is None:
        raise bad_request("message to copy not found")
    if not _copyable(message):
        raise bad_request("message can't be copied")
    sent = send(call, [_recaptioned(call, message.content)], chat=target)[0]
    return {"message_id": sent.id}


@method("copyMessages")
def copy_messages(call: Call) -> list[Json]:
    source = _source(call)
    target = call.chat("write")
    messages = _many(call, source, "copy")
    albums = _albums(call, messages)
    contents = []
    for message in messages:
        content = copy.deepcopy(message.content)
        if call.get("remove_caption") and "text" not in content:
            content.pop("caption", None)
            content.pop("caption_entities", None)
        contents.append(content)
    return [{"message_id": m.id} for m in _resend(call, target, messages, contents, albums)]


def _resend(
    call: Call, target: Chat, messages: list[Message], contents: list[Json], albums: dict[str, str], **fields: Any
) -> list[Message]:
    call.limits.spend(call.bot.id, target.id, len(messages))
    # The limit was spent for all of them at once; each is then sent as one message of its album.
    enforced, call.limits.enforced = call.limits.enforced, False
    try:
        sent = []
        for message, content in zip(messages, contents, strict=True):
            group = albums.get(message.media_group_id or "")
            origin = {"forward_origin": _origin(call, message)} if fields.get("forward") else {}
            sent += send(call, [content], chat=target, media_group_id=group, **origin)
        return sent
    finally:
        call.limits.enforced = enforced


def _origin(call: Call, message: Message) -> Json:
    """Tell where a forwarded message came from; a forward of a forward keeps its first origin."""
    if message.forward_origin is not None:
        return message.forward_origin
    person = call.world.people.get(message.sender_id)
    if person is not None and person.private_forwards:
        name = " ".join(filter(None, (person.first_name, person.last_name)))
        return {"type": "hidden_user", "date": message.date, "sender_user_name": name}
    return {"type": "user", "date": message.date, "sender_user": views.user_json(call.world, message.sender_id)}


@method("forwardMessage")
def forward_message(call: Call) -> Json:
    source = _source(call)
    target = call.chat("write")
    message = source.live(call.get("message_id", 0))
    if message is None:
        raise bad_request("message to forward not found")
    if message.is_service or message.protected:
        raise bad_request("message can't be forwarded")
    origin = _origin(call, message)
    sent = send(call, [copy.deepcopy(message.content)], chat=target, forward_origin=origin)[0]
    return call.show(target, sent)


@method("forwardMessages")
def forward_messages(call: Call) -> list[Json]:
    source = _source(call)
    target = call.chat("write")
    messages = _many(call, source, "forward")
    contents = [copy.deepcopy(message.content) for message in messages]
    sent = _resend(call, target, messages, contents, _albums(call, messages), forward=True)
    return [{"message_id": message.id} for message in sent]
