"""HTTP as Telegram's."""

import aiohttp
import pytest

from sandbox.telegram import DEMO_TOKEN, TelegramServer, methods
from sandbox.telegram.schema import bot_api


async def test_a_method_may_be_called_by_get_with_a_query_string(server, api, anna):
    url = f"{server.url}/bot{server.token}/sendMessage"
    async with api.session.get(url, params={"chat_id": anna.id, "text": "Hello"}) as response:
        assert (await response.json())["result"]["text"] == "Hello"


async def test_a_method_may_be_called_with_a_form(server, api, anna):
    url = f"{server.url}/bot{server.token}/sendMessage"
    markup = '{"inline_keyboard":[[{"text":"Yes","callback_data":"y"}]]}'
    async with api.session.post(url, data={"chat_id": str(anna.id), "text": "Hello", "reply_markup": markup}) as response:
        body = await response.json()
    assert body["result"]["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "y"


async def test_a_method_may_be_called_with_multipart(api, anna):
    form = aiohttp.MultipartWriter("form-data")
    for name, value in (("chat_id", str(anna.id)), ("text", "Привет")):
        form.append(value).set_content_disposition("form-data", name=name)
    url = f"{api.server.url}/bot{api.server.token}/sendMessage"
    async with api.session.post(url, data=form) as response:
        assert (await response.json())["result"]["text"] == "Привет"


@pytest.mark.parametrize("name", ["getMe", "getme", "GETME"])
async def test_method_names_are_taken_in_any_case(api, name):
    assert (await api(name))["is_bot"] is True


async def test_an_unknown_token_is_unauthorized(server, session):
    async with session.get(f"{server.url}/bot999:{'x' * 35}/getMe") as response:
        assert response.status == 401
        assert await response.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}


async def test_a_token_of_the_wrong_form_is_not_found(server, session):
    async with session.get(f"{server.url}/botnonsense/getMe") as response:
        assert response.status == 404


async def test_an_unknown_method_is_not_found_and_noted(server, api):
    assert (await api.error("sendMessages")).startswith("404 Not Found")
    assert server.violations == ["sendMessages: unknown method"]
    server.violations.clear()


async def test_a_method_of_the_bot_api_that_is_not_played_says_so(api):
    assert await api.error("getMyStarBalance") == (
        "501 Not Implemented: getMyStarBalance is a method of the Bot API this sandbox does not play"
    )


async def test_json_that_is_none_is_refused(server, api):
    url = f"{server.url}/bot{server.token}/getMe"
    async with api.session.post(url, data=b"{", headers={"Content-Type": "application/json"}) as response:
        assert response.status == 400
        assert (await response.json())["description"] == "Bad Request: can't parse JSON object"


@pytest.mark.parametrize(
    ("params", "fault"),
    [
        ({"chat_id": 1, "text": "x", "txt": "y"}, "sendMessage: txt: unknown parameter of sendMessage"),
        ({"text": "x"}, "sendMessage: chat_id: required parameter of sendMessage is missing"),
        ({"chat_id": 1, "text": "x", "message_thread_id": "soon"}, "sendMessage: message_thread_id: Integer is expected"),
        (
            {"chat_id": 1, "text": "x", "reply_markup": {"inline_keyboard": [[{"text": "A", "callbackData": "b"}]]}},
            "sendMessage: reply_markup.inline_keyboard[0][0].callbackData: unknown in InlineKeyboardButton",
        ),
        (
            {"chat_id": 1, "text": "x", "reply_parameters": {"message_id": "7"}},
            "sendMessage: reply_parameters.message_id: Integer is expected",
        ),
    ],
)
async def test_what_does_not_fit_the_bot_api_is_noted_and_refused_if_wanted(server, api, params, fault):
    await api.raw("sendMessage", **params)
    assert server.violations == [fault]
    server.refuse_violations = True
    assert (await api.error("sendMessage", **params)).startswith("400 Bad Request: strict sandbox: ")
    server.violations.clear()


async def test_numbers_and_flags_may_come_as_text(api, anna):
    sent = await api("sendMessage", chat_id=str(anna.id), text="x", protect_content="true")
    assert sent["has_protected_content"] is True


async def test_the_demo_token_is_for_loopback_only():
    server = TelegramServer()
    with pytest.raises(ValueError, match="demo token"):
        await server.start(host="0.0.0.0")
    assert server.token == DEMO_TOKEN


async def test_several_bots_live_in_one_world(session):
    tokens = [f"{n}00000:{'abcdefghij' * 3}" for n in (1, 2)]
    server = TelegramServer(tokens)
    await server.start()
    names = []
    for token in tokens:
        async with session.get(f"{server.url}/bot{token}/getMe") as response:
            names.append((await response.json())["result"]["username"])
    await server.stop()
    assert names == ["rights_desk_bot", "rights_desk2_bot"]


async def test_calls_are_recorded(server, api, anna):
    await api("sendMessage", chat_id=anna.id, text="Hello")
    await api.error("sendMessage", chat_id=12345, text="Hello")
    last, refused = list(server.calls)[-2:]
    assert (last.method, last.params["text"], last.error) == ("sendMessage", "Hello", None)
    assert refused.error == "Bad Request: chat not found"


async def test_no_method_breaks_the_sandbox_when_called_without_anything(server, api, anna):
    codes = {name: (await api.raw(name)).get("error_code", 200) for name in methods.load()}
    assert {code for code in codes.values() if code >= 500} == set()
    server.violations.clear()


async def test_no_method_breaks_the_sandbox_when_called_with_nonsense(server, api, anna, cast):
    nonsense = (0, -1, "", "x", [], {}, [[]], [{}], {"type": "x"}, True, 10**30, "{", "[1")
    schema = bot_api()
    for name in methods.load():
        params = schema.method(name).params
        for value in nonsense:
            for chat in (anna.id, cast.desk.id):
                given = {key: value for key in params if key not in {"timeout", "url"}}
                if "chat_id" in given:
                    given["chat_id"] = chat
                if "message_id" in given:
                    given["message_id"] = 1
                body = await api.raw(name, **given)
                assert body.get("error_code", 200) < 500, (name, value, server.violations[-1])
    server.violations.clear()
