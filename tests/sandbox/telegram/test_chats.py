"""Groups: who is in them, what the bot may, how they change."""

import pytest

from sandbox.telegram.errors import ControlError
from sandbox.telegram.records import ADMIN_RIGHTS


async def test_a_chat_and_its_members_can_be_asked_for(api, cast, anna):
    chat = await api("getChat", chat_id=cast.desk.id)
    assert (chat["type"], chat["title"], chat["is_forum"]) == ("supergroup", "Desk", True)
    assert (await api("getChat", chat_id=anna.id))["first_name"] == "Anna"
    assert await api("getChatMemberCount", chat_id=cast.desk.id) == 3
    statuses = {m["user"]["first_name"]: m["status"] for m in await api("getChatAdministrators", chat_id=cast.desk.id)}
    assert statuses == {"Clara": "creator", "Rights desk": "administrator"}
    assert (await api("getChatMember", chat_id=cast.desk.id, user_id=cast.boris.id))["status"] == "member"
    assert (await api("getChatMember", chat_id=cast.desk.id, user_id=cast.mallory.id))["status"] == "left"
    assert await api.error("getChatMember", chat_id=cast.desk.id, user_id=1) == "400 Bad Request: PARTICIPANT_ID_INVALID"
    assert await api.error("getChatAdministrators", chat_id=anna.id) == (
        "400 Bad Request: there are no administrators in the private chat"
    )


async def test_the_bot_is_added_promoted_demoted_and_removed(server, api, cast):
    group = server.world.add_group("New", owner=cast.clara, bot=None)
    assert await api.error("sendMessage", chat_id=group.id, text="x") == (
        "403 Forbidden: bot is not a member of the supergroup chat"
    )
    server.people.add_bot(group)
    member, service = await api.updates()
    assert member["my_chat_member"]["old_chat_member"]["status"] == "left"
    assert member["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert service["message"]["new_chat_members"][0]["id"] == server.world.bot.id
    server.people.set_bot_rights(group, ["can_pin_messages"])
    (promoted,) = await api.updates()
    assert promoted["my_chat_member"]["new_chat_member"]["can_pin_messages"] is True
    assert promoted["my_chat_member"]["new_chat_member"]["can_manage_topics"] is False
    server.people.set_bot_rights(group, [])
    (demoted,) = await api.updates()
    assert demoted["my_chat_member"]["new_chat_member"]["status"] == "member"
    server.people.remove_bot(group)
    kinds = [next(iter(u.keys() - {"update_id"})) for u in await api.updates()]
    assert kinds == ["my_chat_member", "message"]
    assert await api.error("sendMessage", chat_id=group.id, text="x") == (
        "403 Forbidden: bot was kicked from the supergroup chat"
    )


async def test_rights_are_asked_for_before_acting(server, api, cast):
    sent = await api("sendMessage", chat_id=cast.desk.id, text="x")
    said = server.people.say(cast.boris, "y", chat=cast.desk)
    server.people.set_bot_rights(cast.desk, [])
    place = {"chat_id": cast.desk.id}
    assert await api.error("pinChatMessage", **place, message_id=sent["message_id"]) == (
        "400 Bad Request: not enough rights to manage pinned messages in the chat"
    )
    assert await api.error("deleteMessage", **place, message_id=said.id) == "400 Bad Request: message can't be deleted"
    assert await api.error("setChatTitle", **place, title="z") == "400 Bad Request: not enough rights to change chat title"
    assert await api.error("banChatMember", **place, user_id=cast.boris.id) == (
        "400 Bad Request: not enough rights to restrict/unrestrict chat member"
    )
    server.people.set_permissions(cast.desk, ["can_send_photos"])
    assert await api.error("sendMessage", **place, text="x") == (
        "400 Bad Request: not enough rights to send text messages to the chat"
    )


async def test_a_group_becomes_a_supergroup_with_a_new_id(server, api, cast):
    group = server.world.add_group("Small", kind="group", owner=cast.clara, members=[cast.boris])
    await api("sendMessage", chat_id=group.id, text="x")
    new = server.people.upgrade(group, forum=True)
    to, came = [u["message"] for u in await api.updates()]
    assert (to["chat"]["id"], to["migrate_to_chat_id"]) == (group.id, new.id)
    assert (came["chat"]["id"], came["migrate_from_chat_id"]) == (new.id, group.id)
    body = await api.raw("sendMessage", chat_id=group.id, text="x")
    assert body["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert body["parameters"] == {"migrate_to_chat_id": new.id}
    await api("createForumTopic", chat_id=new.id, name="works at once")
    with pytest.raises(ControlError, match="upgraded"):
        server.people.say(cast.boris, "x", chat=group)


async def test_privacy_mode_hides_what_is_not_meant_for_the_bot(server, api, cast):
    group = server.world.add_group("Chatty", owner=cast.clara, members=[cast.boris], bot="member")
    sent = await api("sendMessage", chat_id=group.id, text="x")
    for text in ("just talking", "/help", "/help@rights_desk_bot", "/help@other_bot", "hey @rights_desk_bot"):
        server.people.say(cast.boris, text, chat=group)
    server.people.say(cast.boris, "a reply", chat=group, reply_to=sent["message_id"])
    heard = [u["message"]["text"] for u in await api.updates()]
    assert heard == ["/help", "/help@rights_desk_bot", "hey @rights_desk_bot", "a reply"]
    server.people.set_privacy_mode(on=False)
    server.people.say(cast.boris, "just talking", chat=group)
    assert len(await api.updates()) == 1


async def test_people_come_and_go(server, api, cast):
    await api("getUpdates", allowed_updates=["message", "chat_member"])
    server.people.join(cast.mallory, cast.desk, by=cast.boris)
    server.people.leave(cast.mallory, cast.desk)
    joined, service, left, gone = await api.updates()
    assert joined["chat_member"]["new_chat_member"]["status"] == "member"
    assert service["message"]["new_chat_members"][0]["first_name"] == "Mallory"
    assert left["chat_member"]["new_chat_member"]["status"] == "left"
    assert gone["message"]["left_chat_member"]["id"] == cast.mallory.id
    with pytest.raises(ControlError, match="not a member"):
        server.people.say(cast.mallory, "x", chat=cast.desk)


async def test_the_bot_acts_on_members(server, api, cast):
    group = {"chat_id": cast.desk.id}
    boris = {**group, "user_id": cast.boris.id}
    await api("promoteChatMember", **boris, can_pin_messages=True)
    await api("setChatAdministratorCustomTitle", **boris, custom_title="Lawyer")
    assert (await api("getChatMember", **boris))["custom_title"] == "Lawyer"
    assert await api.error("banChatMember", **boris) == "400 Bad Request: user is an administrator of the chat"
    await api("promoteChatMember", **boris)
    await api("restrictChatMember", **boris, permissions={"can_send_messages": False})
    assert (await api("getChatMember", **boris))["status"] == "restricted"
    with pytest.raises(ControlError, match="may not send"):
        server.people.say(cast.boris, "x", chat=cast.desk)
    await api("banChatMember", **boris, revoke_messages=True)
    assert (await api("getChatMember", **boris))["status"] == "kicked"
    await api("unbanChatMember", **boris, only_if_banned=True)
    assert (await api("getChatMember", **boris))["status"] == "left"
    assert await api.error("banChatMember", **group, user_id=cast.clara.id) == "400 Bad Request: can't remove chat owner"
    await api("setChatPermissions", **group, permissions={"can_send_messages": True})
    assert cast.desk.permissions == ["can_send_messages"]


async def test_titles_and_descriptions(server, api, cast):
    await api("setChatTitle", chat_id=cast.desk.id, title="Rights")
    await api("setChatDescription", chat_id=cast.desk.id, description="For staff")
    assert await api.error("setChatDescription", chat_id=cast.desk.id, description="For staff") == (
        "400 Bad Request: chat description is not modified"
    )
    server.people.rename(cast.desk, "Rights desk")
    titles = [u["message"]["new_chat_title"] for u in await api.updates()]
    assert titles == ["Rights", "Rights desk"]


async def test_the_bot_leaves(server, api, cast):
    await api("leaveChat", chat_id=cast.desk.id)
    assert await api.error("sendMessage", chat_id=cast.desk.id, text="x") == (
        "403 Forbidden: bot is not a member of the supergroup chat"
    )


async def test_unknown_rights_are_a_mistake_of_the_story(server, cast):
    with pytest.raises(ControlError, match="can_fly"):
        server.people.set_bot_rights(cast.desk, ["can_fly"])
    assert cast.desk.members[server.world.bot.id].rights == list(ADMIN_RIGHTS)
