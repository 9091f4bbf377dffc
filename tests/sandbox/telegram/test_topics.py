"""Topics of a forum."""

import pytest

from sandbox.telegram.errors import ControlError


@pytest.fixture
async def topic(api, cast):
    made = await api("createForumTopic", chat_id=cast.desk.id, name="№ 17 · withdrawal", icon_color=9367192)
    await api.updates()
    return made["message_thread_id"]


async def test_a_topic_is_made_with_a_service_message_its_maker_hears_of(api, cast):
    (icon, *_) = await api("getForumTopicIconStickers")
    made = await api("createForumTopic", chat_id=cast.desk.id, name="№ 17", icon_custom_emoji_id=icon["custom_emoji_id"])
    assert made == {
        "message_thread_id": 2,
        "name": "№ 17",
        "icon_color": 7322096,
        "icon_custom_emoji_id": icon["custom_emoji_id"],
    }
    (update,) = await api.updates()
    assert update["message"]["forum_topic_created"]["name"] == "№ 17"
    assert update["message"]["message_thread_id"] == update["message"]["message_id"] == 2
    assert update["message"]["is_topic_message"] is True


async def test_what_staff_write_in_a_topic_carries_it(server, api, cast, topic):
    server.people.say(cast.boris, "a note", chat=cast.desk, topic=topic)
    (update,) = await api.updates()
    message = update["message"]
    assert (message["message_thread_id"], message["is_topic_message"]) == (topic, True)
    # Telegram shows every message of a topic that is no reply as one to the topic's creation.
    assert "forum_topic_created" in message["reply_to_message"]


async def test_a_reply_in_a_topic_stays_in_it(server, api, cast, topic):
    card = await api("sendMessage", chat_id=cast.desk.id, message_thread_id=topic, text="card")
    server.people.say(cast.boris, "my answer", chat=cast.desk, reply_to=card["message_id"])
    (update,) = await api.updates()
    assert update["message"]["message_thread_id"] == topic
    assert update["message"]["reply_to_message"]["text"] == "card"
    answer = await api("sendMessage", chat_id=cast.desk.id, text="ok", reply_parameters={"message_id": card["message_id"]})
    assert answer["message_thread_id"] == topic


async def test_the_general_topic_has_no_thread(server, api, cast):
    sent = await api("sendMessage", chat_id=cast.desk.id, text="to all")
    assert "message_thread_id" not in sent
    assert await api.error("sendMessage", chat_id=cast.desk.id, message_thread_id=1, text="x") == (
        "400 Bad Request: message thread not found"
    )
    await api("sendChatAction", chat_id=cast.desk.id, message_thread_id=1, action="typing")
    server.people.say(cast.boris, "hi", chat=cast.desk)
    (update,) = await api.updates()
    assert "reply_to_message" not in update["message"]


async def test_a_topic_is_edited_closed_and_reopened(server, api, cast, topic):
    place = {"chat_id": cast.desk.id, "message_thread_id": topic}
    await api("editForumTopic", **place, name="№ 17 · done")
    assert await api.error("editForumTopic", **place, name="№ 17 · done") == "400 Bad Request: TOPIC_NOT_MODIFIED"
    await api("closeForumTopic", **place)
    assert await api.error("closeForumTopic", **place) == "400 Bad Request: TOPIC_NOT_MODIFIED"
    with pytest.raises(ControlError, match="closed"):
        server.people.say(cast.boris, "too late", chat=cast.desk, topic=topic)
    await api("sendMessage", **place, text="who manages topics may write on")
    server.people.set_bot_rights(cast.desk, ["can_pin_messages"])
    assert await api.error("sendMessage", **place, text="x") == "400 Bad Request: TOPIC_CLOSED"
    await api("reopenForumTopic", **place)  # its creator may, without the right
    kinds = [next(k for k in u["message"] if k.startswith("forum")) for u in await api.updates() if "message" in u]
    assert kinds == ["forum_topic_edited", "forum_topic_closed", "forum_topic_reopened"]


async def test_a_deleted_topic_is_gone_with_its_messages(server, api, cast, topic):
    sent = await api("sendMessage", chat_id=cast.desk.id, message_thread_id=topic, text="card")
    server.people.delete_topic(cast.desk, topic)
    assert await api.updates() == []
    assert await api.error("sendMessage", chat_id=cast.desk.id, message_thread_id=topic, text="x") == (
        "400 Bad Request: message thread not found"
    )
    assert await api.error("editMessageText", chat_id=cast.desk.id, message_id=sent["message_id"], text="x") == (
        "400 Bad Request: message to edit not found"
    )
    assert await api.error("closeForumTopic", chat_id=cast.desk.id, message_thread_id=topic) == (
        "400 Bad Request: TOPIC_ID_INVALID"
    )


async def test_the_bot_deletes_a_topic(api, cast, topic):
    await api("deleteForumTopic", chat_id=cast.desk.id, message_thread_id=topic)
    assert topic not in cast.desk.topics


async def test_topics_switched_off_are_found_out_by_the_next_call(server, api, cast, topic):
    server.people.set_forum(cast.desk, on=False)
    assert await api.error("createForumTopic", chat_id=cast.desk.id, name="x") == "400 Bad Request: the chat is not a forum"
    assert await api.error("sendMessage", chat_id=cast.desk.id, message_thread_id=topic, text="x") == (
        "400 Bad Request: message thread not found"
    )
    assert "is_forum" not in await api("getChat", chat_id=cast.desk.id)


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"name": " "}, "TOPIC_TITLE_EMPTY"),
        ({"name": "x", "icon_color": 5}, "TOPIC_ICON_COLOR_INVALID"),
        ({"name": "x", "icon_custom_emoji_id": "12"}, "DOCUMENT_INVALID"),
    ],
)
async def test_topics_telegram_would_refuse_are_refused(api, cast, params, error):
    assert await api.error("createForumTopic", chat_id=cast.desk.id, **params) == f"400 Bad Request: {error}"


async def test_topic_names_have_a_limit(server, api, cast):
    made = await api("createForumTopic", chat_id=cast.desk.id, name="x" * 200)
    assert len(made["name"]) == 128
    server.limits.enforced = True
    assert await api.error("createForumTopic", chat_id=cast.desk.id, name="x" * 129) == ("400 Bad Request: TOPIC_TITLE_TOO_LONG")


async def test_without_the_right_no_topic_is_made(server, api, cast):
    server.people.set_bot_rights(cast.desk, ["can_delete_messages"])
    assert await api.error("createForumTopic", chat_id=cast.desk.id, name="x") == (
        "400 Bad Request: not enough rights to create a topic"
    )


async def test_the_general_topic_is_managed_too(api, cast):
    place = {"chat_id": cast.desk.id}
    await api("editGeneralForumTopic", **place, name="Desk")
    await api("closeGeneralForumTopic", **place)
    await api("reopenGeneralForumTopic", **place)
    await api("hideGeneralForumTopic", **place)
    assert await api.error("hideGeneralForumTopic", **place) == "400 Bad Request: TOPIC_NOT_MODIFIED"
    await api("unhideGeneralForumTopic", **place)
    kinds = [next(k for k in u["message"] if "forum_topic" in k) for u in await api.updates()]
    assert kinds == [
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
    ]


async def test_pins_of_one_topic_are_taken_away_alone(api, cast, topic):
    ids = []
    for place in ({"message_thread_id": topic}, {}):
        sent = await api("sendMessage", chat_id=cast.desk.id, text="x", **place)
        await api("pinChatMessage", chat_id=cast.desk.id, message_id=sent["message_id"])
        ids.append(sent["message_id"])
    await api("unpinAllForumTopicMessages", chat_id=cast.desk.id, message_thread_id=topic)
    assert [cast.desk.messages[i].pinned for i in ids] == [False, True]
    await api("unpinAllGeneralForumTopicMessages", chat_id=cast.desk.id)
    assert not cast.desk.messages[ids[1]].pinned


async def test_staff_make_close_and_rename_topics(server, api, cast):
    topic = server.people.create_topic(cast.desk, "by Boris", person=cast.boris)
    server.people.edit_topic(cast.desk, topic, "renamed")
    server.people.close_topic(cast.desk, topic)
    server.people.reopen_topic(cast.desk, topic)
    created, edited, closed, reopened = [u["message"] for u in await api.updates()]
    assert created["forum_topic_created"]["name"] == "by Boris"
    assert edited["forum_topic_edited"] == {"name": "renamed"}
    assert (closed["forum_topic_closed"], reopened["forum_topic_reopened"]) == ({}, {})


async def test_replies_without_topics_carry_the_first_message_as_thread(server, api, cast):
    group = server.world.add_group("No topics", owner=cast.clara, members=[cast.boris])
    card = await api("sendMessage", chat_id=group.id, text="card")
    answer = server.people.say(cast.boris, "one", chat=group, reply_to=card["message_id"])
    server.people.say(cast.boris, "two", chat=group, reply_to=answer)
    first, second = [u["message"] for u in await api.updates()]
    assert first["message_thread_id"] == second["message_thread_id"] == card["message_id"]
    assert "is_topic_message" not in first
    assert second["reply_to_message"]["text"] == "one"
