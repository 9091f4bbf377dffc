"""Methods by which an administrator bot acts on the members of a group."""

from sandbox.telegram.call import Call
from sandbox.telegram.errors import bad_request
from sandbox.telegram.methods import method
from sandbox.telegram.records import ADMIN_RIGHTS, PERMISSIONS, Chat, Member

_TITLE_LIMIT = 16


def _target(call: Call, chat: Chat) -> Member:
    user_id = call.get("user_id")
    if not user_id:
        raise bad_request("invalid user_id specified")
    if not call.world.knows(user_id):
        raise bad_request("PARTICIPANT_ID_INVALID")
    return call.world.member(chat, user_id)


def _group(call: Call) -> Chat:
    chat = call.chat("write")
    if chat.type == "private":
        raise bad_request("chat member status can't be changed in private chats")
    return chat


def _touchable(call: Call, chat: Chat, member: Member) -> None:
    call.require_right(chat, "can_restrict_members", "restrict/unrestrict chat member")
    if member.status == "creator":
        raise bad_request("can't remove chat owner")
    if member.status == "administrator":
        raise bad_request("user is an administrator of the chat")


@method("banChatMember")
def ban_chat_member(call: Call) -> bool:
    chat = _group(call)
    member = _target(call, chat)
    _touchable(call, chat, member)
    was_present = member.present
    call.world.set_member(chat, call.bot.id, Member(member.user_id, "kicked", until_date=call.get("until_date") or 0))
    if was_present:
        call.world.post(chat, call.bot.id, {"left_chat_member": member.user_id})
    if call.get("revoke_messages"):
        for message in chat.messages.values():
            if message.sender_id == member.user_id and not message.deleted:
                call.world.delete(chat, message)
    return True


@method("unbanChatMember")
def unban_chat_member(call: Call) -> bool:
    chat = call.supergroup()
    member = _target(call, chat)
    if member.status != "kicked" and call.get("only_if_banned"):
        return True
    _touchable(call, chat, member)
    call.world.set_member(chat, call.bot.id, Member(member.user_id, "left"))
    return True


@method("restrictChatMember")
def restrict_chat_member(call: Call) -> bool:
    chat = call.supergroup()
    member = _target(call, chat)
    _touchable(call, chat, member)
    allowed = [name for name in PERMISSIONS if (call.get("permissions") or {}).get(name)]
    if set(allowed) >= set(chat.permissions):
        new = Member(member.user_id, "member" if member.present else "left")
    else:
        new = Member(
            member.user_id,
            "restricted",
            allowed,
            is_member=member.present,
            until_date=call.get("until_date") or 0,
        )
    call.world.set_member(chat, call.bot.id, new)
    return True


@method("promoteChatMember")
def promote_chat_member(call: Call) -> bool:
    chat = call.supergroup()
    member = _target(call, chat)
    call.require_right(chat, "can_promote_members", "promote chat member")
    if member.user_id == call.bot.id:
        raise bad_request("can't promote self")
    if member.status == "creator":
        raise bad_request("can't remove chat owner")
    if not member.present:
        raise bad_request("USER_NOT_MUTUAL_CONTACT")
    rights = [right for right in ADMIN_RIGHTS if call.get(right)]
    if any(not call.has_right(chat, right) for right in rights):
        raise bad_request("RIGHT_FORBIDDEN")
    status = "administrator" if rights else "member"
    call.world.set_member(chat, call.bot.id, Member(member.user_id, status, rights))
    return True


@method("setChatAdministratorCustomTitle")
def set_chat_administrator_custom_title(call: Call) -> bool:
    chat = call.supergroup()
    member = _target(call, chat)
    if member.status == "creator":
        raise bad_request("only creator can edit their custom title")
    if member.status != "administrator":
        raise bad_request("user is not an administrator")
    call.require_right(chat, "can_promote_members", "change custom title of the user")
    member.custom_title = str(call.get("custom_title") or "")[:_TITLE_LIMIT] or None
    call.world.touch("chat", chat.key)
    return True


@method("setChatPermissions")
def set_chat_permissions(call: Call) -> bool:
    chat = _group(call)
    call.require_right(chat, "can_restrict_members", "change chat permissions")
    chat.permissions = [name for name in PERMISSIONS if (call.get("permissions") or {}).get(name)]
    call.world.touch("chat", chat.key)
    return True
