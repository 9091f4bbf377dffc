"""Files up and down, albums."""

import json

import pytest

from sandbox.telegram.errors import ControlError
from sandbox.telegram.files import image_size
from tests.sandbox.telegram.conftest import png


async def test_an_uploaded_document_comes_down_whole_and_with_its_name(server, api, anna):
    data = bytes(range(256)) * 1000
    body = await api.upload("sendDocument", {"document": ("Акт.pdf", data)}, chat_id=anna.id, caption="The act")
    sent = body["result"]
    assert (sent["document"]["file_name"], sent["document"]["mime_type"]) == ("Акт.pdf", "application/pdf")
    assert sent["document"]["file_size"] == len(data)
    assert sent["caption"] == "The act"
    file = await api("getFile", file_id=sent["document"]["file_id"])
    assert file["file_path"].startswith("documents/")
    async with api.session.get(f"{server.url}/file/bot{server.token}/{file['file_path']}") as response:
        assert await response.read() == data


async def test_a_photo_comes_in_several_sizes_and_is_sent_again_by_id(api, anna):
    sent = (await api.upload("sendPhoto", {"photo": ("p.png", png(1600, 800))}, chat_id=anna.id))["result"]
    assert [(p["width"], p["height"]) for p in sent["photo"]] == [(90, 45), (320, 160), (800, 400), (1280, 640)]
    again = await api("sendPhoto", chat_id=anna.id, photo=sent["photo"][-1]["file_id"])
    assert again["photo"] == sent["photo"]
    assert await api.error("sendDocument", chat_id=anna.id, document=sent["photo"][0]["file_id"]) == (
        "400 Bad Request: can't use file of type Photo as Document"
    )


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("p.txt", b"no picture", "IMAGE_PROCESS_FAILED"),
        ("p.png", png(2100, 100), "PHOTO_INVALID_DIMENSIONS"),
        ("p.png", png(1, 1) + bytes(10 * 1024 * 1024), None),
        ("p.png", b"", "file must be non-empty"),
    ],
)
async def test_pictures_telegram_would_refuse_are_refused(api, anna, name, data, error):
    body = await api.upload("sendPhoto", {"photo": (name, data)}, chat_id=anna.id)
    expected = error or (f"file of size {len(data)} bytes is too big for a photo; the maximum size is {10 * 1024 * 1024} bytes")
    assert body["description"] == f"Bad Request: {expected}"


@pytest.mark.parametrize("kind", ["Audio", "Video", "Voice", "Animation"])
async def test_other_kinds_of_files(api, anna, kind):
    field = kind.lower()
    body = await api.upload(f"send{kind}", {field: (f"x.{field}", b"data")}, chat_id=anna.id, duration=3, caption="c")
    assert body["result"][field]["duration"] == 3
    assert body["result"]["caption"] == "c"


async def test_round_videos_and_stickers(api, anna):
    note = await api.upload("sendVideoNote", {"video_note": ("v.mp4", b"data")}, chat_id=anna.id, length=240)
    assert note["result"]["video_note"]["length"] == 240
    sticker = await api.upload("sendSticker", {"sticker": ("s.webp", b"data")}, chat_id=anna.id, emoji="👍")
    assert sticker["result"]["sticker"]["emoji"] == "👍"


async def test_a_document_may_have_a_thumbnail(api, anna):
    files = {"document": ("d.pdf", b"data"), "thumbnail": ("t.png", png(100, 100))}
    body = await api.upload("sendDocument", files, chat_id=anna.id)
    assert body["result"]["document"]["thumbnail"]["width"] == 90


async def test_what_names_no_file_is_refused(api, anna):
    assert await api.error("sendDocument", chat_id=anna.id, document="BQnothing") == (
        "400 Bad Request: wrong file identifier/HTTP URL specified"
    )
    assert await api.error("sendDocument", chat_id=anna.id, document="https://files.example/x") == (
        "400 Bad Request: failed to get HTTP URL content"
    )
    assert await api.error("sendDocument", chat_id=anna.id, document="attach://absent") == (
        "400 Bad Request: there is no document in the request"
    )
    assert await api.error("getFile", file_id="absent") == "400 Bad Request: invalid file_id"


async def test_a_caption_may_be_too_long(api, anna):
    body = await api.upload("sendDocument", {"document": ("d", b"x")}, chat_id=anna.id, caption="x" * 1025)
    assert body["description"] == "Bad Request: message caption is too long"


async def test_files_over_20_megabytes_cannot_be_downloaded(server, api, anna):
    message = server.people.send(anna, "document", bytes(20 * 1024 * 1024 + 1), name="big.zip")
    (update,) = await api.updates()
    assert update["message"]["document"]["file_size"] == 20 * 1024 * 1024 + 1
    assert await api.error("getFile", file_id=message.content["document"]["file_id"]) == "400 Bad Request: file is too big"


async def test_files_over_50_megabytes_cannot_be_uploaded(server, api, anna):
    body = await api.upload("sendDocument", {"document": ("big", bytes(50 * 1024 * 1024 + 1))}, chat_id=anna.id)
    assert (body["error_code"], body["description"]) == (413, "Request Entity Too Large")


async def test_an_album_goes_out_as_one(api, anna):
    media = [
        {"type": "photo", "media": "attach://one", "caption": "<b>Two</b> pictures", "parse_mode": "HTML"},
        {"type": "photo", "media": "attach://two"},
    ]
    files = {"one": ("1.png", png()), "two": ("2.png", png())}
    body = await api.upload("sendMediaGroup", files, chat_id=anna.id, media=json.dumps(media))
    first, second = body["result"]
    assert first["media_group_id"] == second["media_group_id"]
    assert (first["caption"], "caption" in second) == ("Two pictures", False)
    assert second["message_id"] == first["message_id"] + 1


async def test_albums_telegram_would_refuse_are_refused(server, api, anna):
    sent = (await api.upload("sendDocument", {"document": ("d", b"x")}, chat_id=anna.id))["result"]
    photo = (await api.upload("sendPhoto", {"photo": ("p.png", png())}, chat_id=anna.id))["result"]
    document = {"type": "document", "media": sent["document"]["file_id"]}
    picture = {"type": "photo", "media": photo["photo"][0]["file_id"]}
    assert await api.error("sendMediaGroup", chat_id=anna.id, media=[document, picture]) == (
        "400 Bad Request: document can't be mixed with other media types"
    )
    assert await api.error("sendMediaGroup", chat_id=anna.id, media=[document] * 11) == (
        "400 Bad Request: too many messages to send as an album"
    )
    server.limits.enforced = True
    assert (await api.error("sendMediaGroup", chat_id=anna.id, media=[document])).startswith("400 Bad Request: album must")


async def test_an_album_of_a_person_comes_as_updates_with_one_group(server, api, anna):
    items = [{"kind": "photo", "data": png(), "caption": "first"}, {"kind": "photo", "data": png(10, 10)}]
    server.people.send_album(anna, items)
    first, second = [u["message"] for u in await api.updates()]
    assert first["media_group_id"] == second["media_group_id"]
    assert first["caption"] == "first"
    with pytest.raises(ControlError):
        server.people.send_album(anna, items[:1])


async def test_people_send_every_kind_of_thing(server, api, anna):
    for kind in ("document", "audio", "video", "voice", "animation", "video_note", "sticker"):
        server.people.send(anna, kind, b"data")
    server.people.send_location(anna, 1.5, 2.5)
    server.people.send_contact(anna, "+79000000000")
    *files, place, contact = [u["message"] for u in await api.updates()]
    assert [
        next(k for k in m if k in {"animation", "audio", "video", "voice", "video_note", "sticker", "document"}) for m in files
    ] == [
        "document",
        "audio",
        "video",
        "voice",
        "animation",
        "video_note",
        "sticker",
    ]
    assert place["location"]["latitude"] == 1.5
    assert contact["contact"]["user_id"] == anna.id


async def test_a_file_is_replaced_by_an_edit(api, anna):
    sent = (await api.upload("sendDocument", {"document": ("1.txt", b"one")}, chat_id=anna.id, caption="old"))["result"]
    body = await api.upload(
        "editMessageMedia",
        {"new": ("2.txt", b"two")},
        chat_id=anna.id,
        message_id=sent["message_id"],
        media=json.dumps({"type": "document", "media": "attach://new", "caption": "new"}),
    )
    assert (body["result"]["document"]["file_name"], body["result"]["caption"]) == ("2.txt", "new")
    edited = await api("editMessageCaption", chat_id=anna.id, message_id=sent["message_id"], caption="newer")
    assert edited["caption"] == "newer"


def test_sizes_of_pictures_are_read_from_their_first_bytes():
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x20\x00\x30\x03" + bytes(10)
    assert image_size(jpeg) == (48, 32)
    assert image_size(b"GIF89a\x05\x00\x07\x00") == (5, 7)
    assert image_size(png(3, 4)) == (3, 4)
    assert image_size(b"\xff\xd8\xff") is None
