"""A local Telegram: the Bot API over HTTP, with a small world of people and groups behind it.

For whom: the demo, which has no accounts, and tests, which want Telegram's behaviour without Telegram. It imports
nothing of the product; bots know it only by its address.

In one process::

    server = TelegramServer()                        # state_dir=… keeps the world across restarts
    await server.start()                             # 127.0.0.1, a free port
    anna = server.world.add_person("Anna", language_code="en")
    desk = server.world.add_group("Desk", forum=True, owner=boris, members=[clara])
    server.people.start(anna)                        # people act: say, send, press, block, create_topic, …
    press = server.people.press(anna, message, "Yes")
    await press.answered()
    server.faults.add("lost_answer", method="sendMessage", times=1)
    server.seen(desk, topic=17)                      # messages as people see them, with edits, pins, keyboards
    await server.wait_for(lambda: server.seen(anna)[1:])   # until the bot has answered
    server.violations                                # what bots sent that the Bot API does not know
    await server.stop()

As a process of its own: `python -m sandbox.telegram --port 8081`; everything above is there over HTTP under
`/sandbox` (`controls` lists it), with a live feed of events.

Where things are: `server` takes requests and holds the parts together; `wire` reads and answers HTTP; `schema` and
`params` compare calls with the Bot API's description; `methods` plays them, area by area, with `call` (questions every
method asks) and `outgoing` (the way of every sent message); `world` holds `records` and tells bots through `updates`
and `webhooks`; `people` and `groups` are what people do; `views` is how a bot sees things, `readouts` how people do;
`entities`, `parse_html` and `parse_markdown` are about text; `files`, `limits`, `faults`, `events`, `state` are what
their names say.

Where it differs from Telegram: no network is ever reached for files by address; pictures are not really scaled; bots
do not hear each other; updates never expire.
"""

from sandbox.telegram.errors import ApiError, ControlError
from sandbox.telegram.people import People, Press
from sandbox.telegram.records import ADMIN_RIGHTS, Bot, Chat, Message, Person
from sandbox.telegram.server import DEMO_TOKEN, TelegramServer
from sandbox.telegram.world import World

__all__ = [
    "ADMIN_RIGHTS",
    "DEMO_TOKEN",
    "ApiError",
    "Bot",
    "Chat",
    "ControlError",
    "Message",
    "People",
    "Person",
    "Press",
    "TelegramServer",
    "World",
]
