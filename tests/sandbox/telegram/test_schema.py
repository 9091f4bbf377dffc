"""The Bot API's description as data."""

from sandbox.telegram import methods
from sandbox.telegram.schema import bot_api, split_alternatives


def test_every_played_method_is_one_of_the_bot_api():
    schema = bot_api()
    assert len(methods.load()) >= 75
    assert [name for name in methods.load() if (found := schema.method(name)) is None or found.name != name] == []


def test_alternatives_are_read_as_the_documentation_writes_them():
    assert split_alternatives("Integer or String") == ["Integer", "String"]
    assert split_alternatives("InputMediaAudio, InputMediaPhoto and InputMediaVideo") == [
        "InputMediaAudio",
        "InputMediaPhoto",
        "InputMediaVideo",
    ]


def test_values_are_compared_deeply():
    schema = bot_api()
    user = {"id": 1, "is_bot": False, "first_name": "Anna"}
    assert schema.faults(user, "User", "user") == []
    assert schema.faults({**user, "id": True}, "User", "user") == ["user.id: Integer is expected"]
    assert schema.faults({"id": 1, "is_bot": False}, "User", "user") == ["user.first_name: required in User"]
    assert schema.faults([user, 5], "Array of User", "users") == ["users[1]: an object User is expected"]
    member = {"status": "left", "user": user}
    assert schema.faults(member, "ChatMember", "member") == []
    (fault,) = schema.faults({**member, "color": 1}, "ChatMember", "member")
    assert fault.startswith("member.color: unknown in ChatMember")
