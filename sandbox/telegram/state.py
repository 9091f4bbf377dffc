"""The world on disk: one SQLite file of JSON records, written as they change, read once at the start."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sandbox.telegram.records import Bot, Callback, Chat, Json, Member, Message, Person, StoredFile, Topic
from sandbox.telegram.updates import UpdateQueue
from sandbox.telegram.world import World

_TABLE = "CREATE TABLE IF NOT EXISTS record (kind TEXT, key TEXT, body TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID"
_PUT = "INSERT INTO record VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body"


class StateFile:
    """Saves a world's changes into a directory, and loads it from there."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(directory / "telegram.sqlite3", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(_TABLE)

    def close(self) -> None:
        self._db.close()

    def save(self, world: World) -> None:
        """Write what changed since the last time, in one transaction."""
        puts = [(kind, key, _body(world, kind, key)) for kind, key in world.changed]
        puts += [("file", key, asdict(world.files.records[key])) for key in world.files.changed]
        drops: list[tuple[str, str]] = []
        for bot_id, queue in world.queues.items():
            waiting = dict(queue.waiting) if queue.changed else {}
            for number in queue.changed:
                key = f"{bot_id}/{number}"
                if number in waiting:
                    puts.append(("update", key, waiting[number]))  # as the text it is, however wrong
                else:
                    drops.append(("update", key))
            queue.changed.clear()
        world.changed.clear()
        world.files.changed.clear()
        if not puts and not drops:
            return
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(_PUT, [(kind, key, json.dumps(body, ensure_ascii=False)) for kind, key, body in puts])
        self._db.executemany("DELETE FROM record WHERE kind = ? AND key = ?", drops)
        self._db.execute("COMMIT")

    def load(self, world: World) -> None:
        """Read everything into an empty world."""
        for key, body in self._read("counter"):
            world.counters[key] = body
        for _key, body in self._read("person"):
            world.people[body["id"]] = Person(**body)
        for _key, body in self._read("bot"):
            bot = Bot(**body)
            world.bots[bot.id] = bot
            world.queues[bot.id] = UpdateQueue(bot)
        for key, body in self._read("chat"):
            body["members"] = {int(i): Member(**m) for i, m in body["members"].items()}
            body["topics"] = {int(i): Topic(**t) for i, t in body["topics"].items()}
            world.chats[key] = Chat(**body)
        messages = sorted((Message(**body) for _key, body in self._read("message")), key=lambda m: m.id)
        for message in messages:
            world.chats[message.chat].messages[message.id] = message
        for _key, body in self._read("file"):
            world.files.records[body["file_id"]] = StoredFile(**body)
        for _key, body in self._read("callback"):
            world.callbacks[body["id"]] = Callback(**body)
        self._load_updates(world)

    def _load_updates(self, world: World) -> None:
        waiting = [(*map(int, key.split("/")), text) for key, text in self._read("update")]
        for bot_id, number, text in sorted(waiting, key=lambda entry: (entry[0], entry[1])):
            if bot_id in world.queues:
                world.queues[bot_id].restore(number, text)

    def _read(self, kind: str) -> list[tuple[str, Any]]:
        rows = self._db.execute("SELECT key, body FROM record WHERE kind = ?", (kind,))
        return [(key, json.loads(body)) for key, body in rows]


def _chat_body(world: World, key: str) -> Json:
    # Messages are records of their own: a chat is written often, and must stay small.
    chat = world.chats[key]
    body = {name: value for name, value in vars(chat).items() if name != "messages"}
    body["members"] = {user_id: asdict(member) for user_id, member in chat.members.items()}
    body["topics"] = {topic_id: asdict(topic) for topic_id, topic in chat.topics.items()}
    return body


def _message_body(world: World, key: str) -> Json:
    chat, _, number = key.rpartition("/")
    return dict(vars(world.chats[chat].messages[int(number)]))


_BODIES: dict[str, Callable[[World, str], Any]] = {
    "counter": lambda world, key: world.counters[key],
    "person": lambda world, key: asdict(world.people[int(key)]),
    "bot": lambda world, key: asdict(world.bots[int(key)]),
    "callback": lambda world, key: asdict(world.callbacks[key]),
    "chat": _chat_body,
    "message": _message_body,
}


def _body(world: World, kind: str, key: str) -> Any:
    return _BODIES[kind](world, key)
