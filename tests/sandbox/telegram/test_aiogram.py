"""A real client: aiogram's Bot against the sandbox."""

import asyncio
from io import BytesIO

import pytest

from tests.sandbox.telegram.conftest import png


@pytest.fixture(scope="session")
def aiogram():
    """Importing aiogram takes seconds, so it is done once and only for these tests."""
    import aiogram

    return aiogram


@pytest.fixture
async def bot(aiogram, server):
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer

    session = AiohttpSession(api=TelegramAPIServer.from_base(server.url))
    bot = aiogram.Bot(server.token, session=session)
    yield bot
    await bot.session.close()


async def test_a_conversation(aiogram, bot, server, cast):
    from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

    assert (await bot.get_me()).username == "rights_desk_bot"
    server.people.start(cast.anna)
    (update,) = await bot.get_updates(timeout=5)
    markup = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Yes", callback_data="y")]])
    sent = await bot.send_message(update.message.chat.id, "<b>Sure?</b>", parse_mode="HTML", reply_markup=markup)
    assert sent.entities[0].type == "bold"
    press = server.people.press(cast.anna, sent.message_id, "Yes")
    (update,) = await bot.get_updates(offset=update.update_id + 1)
    assert update.callback_query.data == "y"
    await bot.answer_callback_query(update.callback_query.id, "Done")
    assert await press.answered()
    edited = await bot.edit_message_text("Done", chat_id=cast.anna.id, message_id=sent.message_id)
    assert edited.reply_markup is None


async def test_files_both_ways(aiogram, bot, server, cast):
    from aiogram.types import BufferedInputFile, InputMediaDocument, InputMediaPhoto

    server.people.start(cast.anna)
    data = bytes(range(256)) * 5000
    sent = await bot.send_document(cast.anna.id, BufferedInputFile(data, "Ответ № 1.pdf"), caption="Here")
    assert sent.document.file_name == "Ответ № 1.pdf"
    down = await bot.download(sent.document.file_id, BytesIO())
    assert down.read() == data
    album = [InputMediaPhoto(media=BufferedInputFile(png(), f"{n}.png"), caption=str(n)) for n in range(3)]
    messages = await bot.send_media_group(cast.anna.id, album)
    assert len({m.media_group_id for m in messages}) == 1
    copies = await bot.copy_messages(cast.desk.id, cast.anna.id, [m.message_id for m in messages])
    assert [cast.desk.messages[c.message_id].content["caption"] for c in copies] == ["0", "1", "2"]
    media = InputMediaDocument(media=BufferedInputFile(b"new", "new.txt"))
    replaced = await bot.edit_message_media(media, chat_id=cast.anna.id, message_id=sent.message_id)
    assert replaced.document.file_name == "new.txt"


async def test_topics(aiogram, bot, server, cast):
    icons = await bot.get_forum_topic_icon_stickers()
    topic = await bot.create_forum_topic(cast.desk.id, "№ 1", icon_custom_emoji_id=icons[0].custom_emoji_id)
    place = {"chat_id": cast.desk.id, "message_thread_id": topic.message_thread_id}
    card = await bot.send_message(**place, text="card")
    await bot.pin_chat_message(cast.desk.id, card.message_id)
    await bot.edit_forum_topic(**place, name="№ 1 · done")
    await bot.close_forum_topic(**place)
    server.people.reopen_topic(cast.desk, topic.message_thread_id)
    server.people.say(cast.boris, "reply", chat=cast.desk, reply_to=card.message_id)
    updates = await bot.get_updates()
    assert updates[-1].message.reply_to_message.message_id == card.message_id
    kinds = [u.message.content_type.value for u in updates]
    assert kinds == [
        "forum_topic_created",
        "pinned_message",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "text",
    ]


async def test_errors_become_the_exceptions_a_bot_expects(aiogram, bot, server, cast):
    from aiogram import exceptions

    with pytest.raises(exceptions.TelegramBadRequest, match="chat not found"):
        await bot.send_message(1, "x")
    server.people.start(cast.anna)
    server.people.block(cast.anna)
    with pytest.raises(exceptions.TelegramForbiddenError, match="blocked by the user"):
        await bot.send_message(cast.anna.id, "x")
    group = server.world.add_group("Small", kind="group", owner=cast.clara)
    new = server.people.upgrade(group)
    with pytest.raises(exceptions.TelegramMigrateToChat) as migrated:
        await bot.send_message(group.id, "x")
    assert migrated.value.migrate_to_chat_id == new.id
    server.faults.add("flood", retry_after=9, times=1)
    with pytest.raises(exceptions.TelegramRetryAfter) as flood:
        await bot.send_message(new.id, "x")
    assert flood.value.retry_after == 9
    server.faults.add("lost_answer", times=1)
    with pytest.raises(exceptions.TelegramNetworkError):
        await bot.send_message(new.id, "x")
    server.faults.add("error", status=502, times=1)
    with pytest.raises(exceptions.ClientDecodeError):
        await bot.send_message(new.id, "x")


async def test_members_and_profile(aiogram, bot, server, cast):
    from aiogram.types import BotCommand, BotCommandScopeChat

    me = await bot.get_chat_member(cast.desk.id, bot.id)
    assert me.can_manage_topics
    chat = await bot.get_chat(cast.desk.id)
    assert chat.is_forum
    assert {m.status for m in await bot.get_chat_administrators(cast.desk.id)} == {"creator", "administrator"}
    scope = BotCommandScopeChat(chat_id=cast.desk.id)
    await bot.set_my_commands([BotCommand(command="take", description="Take")], scope=scope)
    assert [c.command for c in await bot.get_my_commands(scope=scope)] == ["take"]
    await bot.set_my_description("x", language_code="ru")
    server.people.set_bot_rights(cast.desk, ["can_pin_messages"])
    (update,) = await bot.get_updates()
    assert update.my_chat_member.new_chat_member.can_manage_topics is False


async def test_a_dispatcher_polls_and_stops(aiogram, bot, server, cast):
    dispatcher = aiogram.Dispatcher()
    heard = asyncio.Event()

    @dispatcher.message()
    async def answer(message):
        await message.answer(f"You said {message.text}")
        heard.set()

    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False, close_bot_session=False))
    server.people.start(cast.anna)
    await heard.wait()
    await dispatcher.stop_polling()
    await polling
    chat = server.world.private_chat(server.world.bot, cast.anna)
    assert [m.content["text"] for m in chat.messages.values()] == ["/start", "You said /start"]
