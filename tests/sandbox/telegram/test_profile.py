"""What the bot says about itself."""


async def test_commands_are_kept_by_scope_and_language(server, api, cast):
    commands = [{"command": "take", "description": "Take the ticket"}]
    scope = {"type": "chat", "chat_id": cast.desk.id}
    await api("setMyCommands", commands=commands, scope=scope, language_code="ru")
    assert await api("getMyCommands", scope=scope, language_code="ru") == commands
    assert await api("getMyCommands") == []
    await api("deleteMyCommands", scope=scope, language_code="ru")
    assert await api("getMyCommands", scope=scope, language_code="ru") == []


async def test_wrong_commands_are_refused(api):
    wrong = [{"command": "Not A Command", "description": "x"}]
    assert await api.error("setMyCommands", commands=wrong) == "400 Bad Request: BOT_COMMAND_INVALID"
    many = [{"command": f"c{n}", "description": "x"} for n in range(101)]
    assert await api.error("setMyCommands", commands=many) == "400 Bad Request: BOT_COMMANDS_TOO_MUCH"
    assert await api.error("setMyCommands", commands=[], scope={"type": "chat", "chat_id": -5}) == (
        "400 Bad Request: chat not found"
    )


async def test_names_and_descriptions_by_language(api):
    await api("setMyName", name="Права", language_code="ru")
    assert await api("getMyName", language_code="ru") == {"name": "Права"}
    assert await api("getMyName") == {"name": "Rights desk"}
    await api("setMyDescription", description="What it does")
    assert await api("getMyDescription", language_code="de") == {"description": "What it does"}
    await api("setMyShortDescription", short_description="Short")
    assert await api("getMyShortDescription") == {"short_description": "Short"}
    assert await api.error("setMyShortDescription", short_description="x" * 121) == (
        "400 Bad Request: BOT_SHORT_DESCRIPTION_TOO_LONG"
    )


async def test_menu_button_and_default_rights(api, anna):
    await api("setChatMenuButton", chat_id=anna.id, menu_button={"type": "commands"})
    assert await api("getChatMenuButton", chat_id=anna.id) == {"type": "commands"}
    assert await api("getChatMenuButton") == {"type": "default"}
    rights = await api("getMyDefaultAdministratorRights")
    assert rights["can_manage_topics"] is False
    await api("setMyDefaultAdministratorRights", rights={**rights, "can_manage_topics": True})
    assert (await api("getMyDefaultAdministratorRights"))["can_manage_topics"] is True


async def test_log_out_and_close_answer_true(api):
    assert await api("logOut") is True
    assert await api("close") is True


async def test_nobody_has_portraits(api, anna):
    assert await api("getUserProfilePhotos", user_id=anna.id) == {"total_count": 0, "photos": []}
