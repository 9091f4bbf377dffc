"""Methods about chats: what they are, who is in them, their title, and leaving them; and files of messages."""

from sandbox.telegram import views
from sandbox.telegram.call import Call
from sandbox.telegram.errors import bad_request
from sandbox.telegram.files import DOWNLOAD_LIMIT
from sandbox.telegram.methods import method
from sandbox.telegram.records import Json, Member

_TITLE_LIMIT = 128
_ABOUT_LIMIT = 255


@method("getChat")
def get_chat(call: Call) -> Json:
    return views.chat_full_json(call.world, call.bot, call.chat("read"))


@method("getChatAdministrators")
def get_chat_administrators(call: Call) -> list[Json]:
    chat = call.chat("read")
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    return [
        views.member_json(call.world, member)
        for member in chat.members.values()
        if member.status in {"creator", "administrator"}
        and (member.user_id not in call.world.bots or member.user_id == call.bot.id)
    ]


@method("getChatMemberCount")
def get_chat_member_count(call: Call) -> int:
    chat = call.chat("read")
    return 2 if chat.type == "private" else sum(member.present for member in chat.members.values())


@method("getChatMember")
def get_chat_member(call: Call) -> Json:
    user_id = call.get("user_id")
    if not user_id:
        raise bad_request("invalid user_id specified")
    chat = call.chat("read")
    if chat.type == "private":
        if user_id not in {chat.id, call.bot.id}:
            raise bad_request("user not found" if not call.world.knows(user_id) else "member not found")
        return views.member_json(call.world, Member(user_id, "member"))
    if not call.world.knows(user_id):
        raise bad_request("PARTICIPANT_ID_INVALID")
    return views.member_json(call.world, call.world.member(chat, user_id))


@method("leaveChat")
def leave_chat(call: Call) -> bool:
    chat = call.chat("read")
    if chat.type == "private":
        raise bad_request("chat member status can't be changed in private chats")
    if call.world.member(chat, call.bot.id).present:
        call.world.set_member(chat, call.bot.id, Member(call.bot.id, "left"))
        call.world.post(chat, call.bot.id, {"left_chat_member": call.bot.id}, also=[call.bot])
    return True


@method("setChatTitle")
def set_chat_title(call: Call) -> bool:
    title = str(call.get("title") or "").strip()
    chat = call.chat("write")
    if chat.type == "private":
        raise bad_request("can't change title of the private chat")
    if not title:
        raise bad_request("title can't be empty")
    call.require_right(chat, "can_change_info", "change chat title")
    if title != chat.title:
        chat.title = title[:_TITLE_LIMIT]
        call.world.post(chat, call.bot.id, {"new_chat_title": chat.title})
    return True


@method("setChatDescription")
def set_chat_description(call: Call) -> bool:
    chat = call.chat("write")
    if chat.type == "private":
        raise bad_request("can't change private chat description")
    call.require_right(chat, "can_change_info", "set chat description")
    text = str(call.get("description") or "")
    if text == (chat.description or ""):
        raise bad_request("chat description is not modified")
    if len(text) > _ABOUT_LIMIT:
        raise bad_request("CHAT_ABOUT_TOO_LONG")
    chat.description = text or None
    call.world.touch("chat", chat.key)
    return True


@method("getFile")
def get_file(call: Call) -> Json:
    file_id = call.get("file_id")
    if not file_id:
        raise bad_request("file_id not specified")
    record = call.world.files.get(file_id)
    if record is None:
        raise bad_request("invalid file_id")
    if record.size > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    return {
        "file_id": record.file_id,
        "file_unique_id": record.unique_id,
        "file_size": record.size,
        "file_path": call.world.files.path_of(record),
    }


@method("getUserProfilePhotos")
def get_user_profile_photos(call: Call) -> Json:
    if not call.world.knows(call.get("user_id", 0)):
        raise bad_request("user not found")
    return {"total_count": 0, "photos": []}  # people of the sandbox have no portraits
