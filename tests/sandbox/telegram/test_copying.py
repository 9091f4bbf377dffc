"""Copies and forwards."""

from tests.sandbox.telegram.conftest import png


async def test_a_copy_carries_the_content_and_no_origin(server, api, anna, cast):
    said = server.people.send(anna, "document", b"data", name="claim.pdf", caption="My claim")
    topic = (await api("createForumTopic", chat_id=cast.desk.id, name="№ 1"))["message_thread_id"]
    result = await api("copyMessage", chat_id=cast.desk.id, from_chat_id=anna.id, message_id=said.id, message_thread_id=topic)
    copied = cast.desk.messages[result["message_id"]]
    assert copied.content == said.content
    assert copied.forward_origin is None
    assert copied.topic_id == topic


async def test_a_copy_may_get_another_caption_and_a_keyboard(server, api, anna):
    said = server.people.send(anna, "photo", png(), caption="old")
    markup = {"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]}
    place = {"chat_id": anna.id, "from_chat_id": anna.id, "message_id": said.id}
    result = await api("copyMessage", **place, caption="<b>new</b>", parse_mode="HTML", reply_markup=markup)
    copied = server.world.private_chat(server.world.bot, anna).messages[result["message_id"]]
    assert copied.content["caption"] == "new"
    assert copied.markup == markup


async def test_many_are_copied_in_order_and_albums_stay_albums(server, api, anna, cast):
    album = server.people.send_album(anna, [{"kind": "photo", "data": png()}] * 3)
    text = server.people.say(anna, "and this")
    ids = [m.id for m in [*album, text]]
    result = await api("copyMessages", chat_id=cast.desk.id, from_chat_id=anna.id, message_ids=[*ids, 9999])
    copies = [cast.desk.messages[r["message_id"]] for r in result]
    assert len(copies) == 4
    assert len({m.media_group_id for m in copies[:3]}) == 1
    assert copies[0].media_group_id not in {None, album[0].media_group_id}
    assert copies[3].media_group_id is None


async def test_many_must_be_in_order_and_there(api, server, anna):
    first, second = server.people.say(anna, "1"), server.people.say(anna, "2")
    place = {"chat_id": anna.id, "from_chat_id": anna.id}
    assert await api.error("copyMessages", **place, message_ids=[second.id, first.id]) == (
        "400 Bad Request: message identifiers must be in a strictly increasing order"
    )
    assert await api.error("copyMessages", **place, message_ids=[9998, 9999]) == "400 Bad Request: there are no messages to copy"
    assert await api.error("forwardMessages", **place, message_ids=list(range(1, 102))) == (
        "400 Bad Request: too many message identifiers specified"
    )
    assert await api.error("copyMessage", **place, message_id=9999) == "400 Bad Request: message to copy not found"
    assert await api.error("forwardMessage", **place, message_id=9999) == "400 Bad Request: message to forward not found"


async def test_a_forward_tells_where_it_came_from(server, api, anna, cast):
    said = server.people.say(anna, "hello")
    sent = await api("forwardMessage", chat_id=cast.desk.id, from_chat_id=anna.id, message_id=said.id)
    assert sent["forward_origin"]["sender_user"]["id"] == anna.id
    anna.private_forwards = True
    sent = await api("forwardMessage", chat_id=cast.desk.id, from_chat_id=anna.id, message_id=said.id)
    assert sent["forward_origin"] == {"type": "hidden_user", "date": said.date, "sender_user_name": "Anna Ivanova"}
    (many,) = await api("forwardMessages", chat_id=cast.desk.id, from_chat_id=anna.id, message_ids=[said.id])
    assert cast.desk.messages[many["message_id"]].forward_origin["type"] == "hidden_user"


async def test_service_messages_are_not_copied(api, server, cast):
    topic = server.people.create_topic(cast.desk, "by hand")
    place = {"chat_id": cast.desk.id, "from_chat_id": cast.desk.id, "message_id": topic}
    assert await api.error("copyMessage", **place) == "400 Bad Request: message can't be copied"


async def test_a_person_forwards(server, api, anna):
    sent = await api("sendMessage", chat_id=anna.id, text="keep this")
    server.people.forward(anna, sent["message_id"], None)
    (update,) = await api.updates()
    assert update["message"]["forward_origin"]["sender_user"]["id"] == server.world.bot.id
