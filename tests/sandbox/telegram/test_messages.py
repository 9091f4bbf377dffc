"""Sending, editing, deleting, pinning."""

import pytest

from sandbox.telegram.errors import ControlError

NOT_MODIFIED = (
    "400 Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
YES = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}


async def test_a_message_reaches_the_person(server, api, anna):
    sent = await api("sendMessage", chat_id=anna.id, text="  <b>Hello</b> Anna ", parse_mode="HTML", reply_markup=YES)
    assert sent["text"] == "Hello Anna"
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 5}]
    assert sent["reply_markup"] == YES
    assert sent["chat"] == {
        "id": anna.id,
        "first_name": "Anna",
        "last_name": "Ivanova",
        "username": "anna_i",
        "type": "private",
    }
    chat = server.world.private_chat(server.world.bot, anna)
    assert chat.messages[sent["message_id"]].content["text"] == "Hello Anna"


async def test_entities_may_be_given(api, anna):
    entities = [{"type": "text_mention", "offset": 0, "length": 4, "user": {"id": anna.id, "is_bot": False, "first_name": "A"}}]
    sent = await api("sendMessage", chat_id=anna.id, text="Anna!", entities=entities)
    assert sent["entities"][0]["user"]["first_name"] == "Anna"


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n "}, "text must be non-empty"),
        ({"text": "x" * 4097}, "message is too long"),
        (
            {"text": "<b>x", "parse_mode": "HTML"},
            "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        (
            {"text": "a.b", "parse_mode": "MarkdownV2"},
            "can't parse entities: Character '.' is reserved and must be escaped with the preceding '\\'",
        ),
        ({"text": "x", "parse_mode": "rtf"}, "unsupported parse_mode"),
        ({"text": "x", "reply_parameters": {"message_id": 999}}, "message to be replied not found"),
        ({"text": "x", "message_thread_id": 5}, "message thread not found"),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "A", "callback_data": "д" * 33}]]}},
            "BUTTON_DATA_INVALID",
        ),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "A"}]]}},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
    ],
)
async def test_a_message_telegram_would_refuse_is_refused_in_its_words(api, anna, params, error):
    assert await api.error("sendMessage", chat_id=anna.id, **params) == f"400 Bad Request: {error}"


async def test_the_longest_message_and_data_pass(api, anna):
    markup = {"inline_keyboard": [[{"text": "A", "callback_data": "x" * 64}]]}
    sent = await api("sendMessage", chat_id=anna.id, text="<i>" + "я" * 4096 + "</i>", parse_mode="HTML", reply_markup=markup)
    assert len(sent["text"]) == 4096


async def test_a_stranger_cannot_be_written_to(api, cast):
    assert await api.error("sendMessage", chat_id=cast.mallory.id, text="x") == "400 Bad Request: chat not found"
    assert await api.error("sendMessage", chat_id="@nobody", text="x") == "400 Bad Request: chat not found"


async def test_a_member_of_a_group_who_never_started_the_bot_cannot_be_written_to(api, cast):
    assert await api.error("sendMessage", chat_id=cast.boris.id, text="x") == (
        "403 Forbidden: bot can't initiate conversation with a user"
    )


async def test_who_blocked_the_bot_cannot_be_written_to_until_unblocked(server, api, anna):
    server.people.block(anna)
    assert await api.error("sendMessage", chat_id=anna.id, text="x") == "403 Forbidden: bot was blocked by the user"
    (update,) = await api.updates()
    assert update["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    with pytest.raises(ControlError):
        server.people.say(anna, "cannot")
    server.people.start(anna)
    member, start = await api.updates()
    assert member["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert start["message"]["text"] == "/start"
    await api("sendMessage", chat_id=anna.id, text="welcome back")


async def test_what_was_sent_before_a_block_can_still_be_edited_and_deleted(server, api, anna):
    sent = await api("sendMessage", chat_id=anna.id, text="one")
    server.people.block(anna)
    place = {"chat_id": anna.id, "message_id": sent["message_id"]}
    assert (await api("editMessageText", **place, text="two"))["text"] == "two"
    assert await api("deleteMessage", **place) is True


async def test_a_deleted_account_is_deactivated(server, api, anna):
    server.people.deactivate(anna)
    assert await api.error("sendMessage", chat_id=anna.id, text="x") == "403 Forbidden: user is deactivated"


async def test_a_reply_shows_what_it_answers_one_level_deep(server, api, anna):
    question = server.people.say(anna, "What do you hold about me?")
    answer = await api("sendMessage", chat_id=anna.id, text="This.", reply_parameters={"message_id": question.id})
    assert answer["reply_to_message"]["message_id"] == question.id
    server.people.say(anna, "Thanks", reply_to=answer["message_id"])
    *_, update = await api.updates()
    shown = update["message"]["reply_to_message"]
    assert shown["message_id"] == answer["message_id"]
    assert "reply_to_message" not in shown


async def test_a_reply_to_what_is_gone_may_be_sent_without(server, api, anna):
    gone = server.people.say(anna, "oops")
    server.people.delete(anna, gone)
    params = {"message_id": gone.id, "allow_sending_without_reply": True}
    assert "reply_to_message" not in await api("sendMessage", chat_id=anna.id, text="x", reply_parameters=params)
    assert await api.error("sendMessage", chat_id=anna.id, text="x", reply_parameters={"message_id": gone.id}) == (
        "400 Bad Request: message to be replied not found"
    )


async def test_a_reply_may_quote(server, api, anna):
    said = server.people.say(anna, "I am 😀 angry about advertising")
    params = {"message_id": said.id, "quote": "advertising"}
    sent = await api("sendMessage", chat_id=anna.id, text="Sorry", reply_parameters=params)
    assert sent["quote"] == {"text": "advertising", "position": 20, "is_manual": True}
    params["quote"] = "never said"
    assert await api.error("sendMessage", chat_id=anna.id, text="x", reply_parameters=params) == (
        "400 Bad Request: QUOTE_TEXT_INVALID"
    )


async def test_a_person_may_quote(server, api, anna):
    sent = await api("sendMessage", chat_id=anna.id, text="Your number is 17")
    server.people.say(anna, "Which?", reply_to=sent["message_id"], quote="17")
    (update,) = await api.updates()
    assert update["message"]["quote"]["position"] == 15


async def test_a_reply_across_chats_is_external(api, server, anna, cast):
    said = server.people.say(anna, "A question")
    params = {"message_id": said.id, "chat_id": anna.id}
    sent = await api("sendMessage", chat_id=cast.desk.id, text="See", reply_parameters=params)
    assert sent["external_reply"]["origin"]["sender_user"]["id"] == anna.id


async def test_reply_keyboards_are_seen_by_the_person_and_not_by_the_bot(server, api, anna):
    from sandbox.telegram.readouts import reply_keyboard

    keyboard = {"keyboard": [[{"text": "Share", "request_contact": True}]], "resize_keyboard": True}
    sent = await api("sendMessage", chat_id=anna.id, text="x", reply_markup=keyboard)
    assert "reply_markup" not in sent
    chat = server.world.private_chat(server.world.bot, anna)
    assert reply_keyboard(chat) == keyboard
    await api("sendMessage", chat_id=anna.id, text="x", reply_markup={"remove_keyboard": True})
    assert reply_keyboard(chat) is None


async def test_an_edit_changes_text_and_takes_the_keyboard_away(server, api, anna):
    sent = await api("sendMessage", chat_id=anna.id, text="one", reply_markup=YES)
    place = {"chat_id": anna.id, "message_id": sent["message_id"]}
    edited = await api("editMessageText", **place, text="two")
    assert edited["text"] == "two"
    assert "reply_markup" not in edited
    assert edited["edit_date"] >= sent["date"]
    assert await api.error("editMessageText", **place, text="two") == NOT_MODIFIED
    assert (await api("editMessageText", **place, text="two", reply_markup=YES))["reply_markup"] == YES
    assert await api.error("editMessageReplyMarkup", **place, reply_markup=YES) == NOT_MODIFIED
    assert "reply_markup" not in await api("editMessageReplyMarkup", **place)
    message = server.world.private_chat(server.world.bot, anna).messages[sent["message_id"]]
    assert [v["content"]["text"] for v in message.versions] == ["one"]


async def test_edits_telegram_would_refuse_are_refused(server, api, anna):
    said = server.people.say(anna, "mine")
    assert await api.error("editMessageText", chat_id=anna.id, message_id=999, text="x") == (
        "400 Bad Request: message to edit not found"
    )
    assert await api.error("editMessageText", chat_id=anna.id, message_id=said.id, text="x") == (
        "400 Bad Request: message can't be edited"
    )
    sent = await api("sendMessage", chat_id=anna.id, text="x")
    place = {"chat_id": anna.id, "message_id": sent["message_id"]}
    assert await api.error("editMessageText", **place, text="y" * 4097) == "400 Bad Request: MESSAGE_TOO_LONG"
    assert await api.error("editMessageCaption", **place, caption="y") == (
        "400 Bad Request: there is no caption in the message to edit"
    )


async def test_an_edit_of_a_person_is_told(server, api, anna):
    said = server.people.say(anna, "helo")
    server.people.edit(anna, said, "hello")
    _, update = await api.updates()
    assert update["edited_message"]["text"] == "hello"
    assert update["edited_message"]["message_id"] == said.id


async def test_the_bot_deletes_its_own_and_in_private_also_others(server, api, anna):
    sent = await api("sendMessage", chat_id=anna.id, text="x")
    said = server.people.say(anna, "y")
    await api("deleteMessage", chat_id=anna.id, message_id=sent["message_id"])
    await api("deleteMessages", chat_id=anna.id, message_ids=[said.id, 999])
    assert await api.error("deleteMessage", chat_id=anna.id, message_id=said.id) == (
        "400 Bad Request: message to delete not found"
    )


async def test_after_two_days_a_message_cannot_be_deleted(server, api, anna):
    sent = await api("sendMessage", chat_id=anna.id, text="x")
    server.world.clock_offset += 48 * 3600 + 1
    assert await api.error("deleteMessage", chat_id=anna.id, message_id=sent["message_id"]) == (
        "400 Bad Request: message can't be deleted"
    )


async def test_a_pin_leaves_a_service_message_and_shows_in_the_chat(server, api, cast):
    sent = await api("sendMessage", chat_id=cast.desk.id, text="rules")
    await api("pinChatMessage", chat_id=cast.desk.id, message_id=sent["message_id"])
    (update,) = await api.updates()
    assert update["message"]["pinned_message"]["message_id"] == sent["message_id"]
    assert (await api("getChat", chat_id=cast.desk.id))["pinned_message"]["text"] == "rules"
    await api("unpinChatMessage", chat_id=cast.desk.id, message_id=sent["message_id"])
    assert "pinned_message" not in await api("getChat", chat_id=cast.desk.id)
    await api("pinChatMessage", chat_id=cast.desk.id, message_id=sent["message_id"])
    await api("unpinAllChatMessages", chat_id=cast.desk.id)
    assert await api.error("unpinChatMessage", chat_id=cast.desk.id) == "400 Bad Request: message to unpin not found"


async def test_protected_messages_are_neither_copied_nor_forwarded(api, anna):
    sent = await api("sendMessage", chat_id=anna.id, text="secret", protect_content=True)
    place = {"chat_id": anna.id, "from_chat_id": anna.id, "message_id": sent["message_id"]}
    assert await api.error("copyMessage", **place) == "400 Bad Request: message can't be copied"
    assert await api.error("forwardMessage", **place) == "400 Bad Request: message can't be forwarded"


async def test_the_person_deletes_the_chat_and_the_bot_may_still_write(server, api, anna):
    sent = await api("sendMessage", chat_id=anna.id, text="x")
    server.people.delete_chat(anna)
    assert await api.updates() == []
    assert await api.error("editMessageText", chat_id=anna.id, message_id=sent["message_id"], text="y") == (
        "400 Bad Request: message to edit not found"
    )
    await api("sendMessage", chat_id=anna.id, text="still here")


async def test_actions_and_reactions(server, api, anna):
    said = server.people.say(anna, "x")
    await api("sendChatAction", chat_id=anna.id, action="typing")
    assert await api.error("sendChatAction", chat_id=anna.id, action="dancing") == (
        "400 Bad Request: wrong parameter action in request"
    )
    await api("setMessageReaction", chat_id=anna.id, message_id=said.id, reaction=[{"type": "emoji", "emoji": "👍"}])
    assert said.reactions[str(server.world.bot.id)] == [{"type": "emoji", "emoji": "👍"}]
    wrong = [{"type": "emoji", "emoji": "🐌"}]
    assert await api.error("setMessageReaction", chat_id=anna.id, message_id=said.id, reaction=wrong) == (
        "400 Bad Request: REACTION_INVALID"
    )


async def test_places_and_contacts(api, anna):
    place = await api("sendLocation", chat_id=anna.id, latitude=55.75, longitude=37.62)
    assert place["location"] == {"latitude": 55.75, "longitude": 37.62}
    contact = await api("sendContact", chat_id=anna.id, phone_number="+7 900 000-00-00", first_name="Desk")
    assert contact["contact"]["first_name"] == "Desk"
    assert await api.error("sendLocation", chat_id=anna.id, latitude=91, longitude=0) == (
        "400 Bad Request: wrong latitude specified"
    )
