"""Methods by which a bot gets its updates: long polling and the webhook's settings."""

import re
from typing import Any
from urllib.parse import urlsplit

from sandbox.telegram.call import Call
from sandbox.telegram.errors import WEBHOOK_ACTIVE, WEBHOOK_SET, bad_request, conflict
from sandbox.telegram.methods import method
from sandbox.telegram.records import Json
from sandbox.telegram.updates import UpdateQueue
from sandbox.telegram.wire import RawResult

_LIMIT = 100
_MAX_TIMEOUT = 50
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def _remember_allowed(call: Call) -> None:
    """Kinds of updates stay as they were when the call does not name them; an empty list means the default."""
    allowed: list[str] | None = call.get("allowed_updates")
    if allowed is not None:
        call.bot.allowed_updates = [str(kind) for kind in allowed] or None
        call.world.touch("bot", call.bot.id)


@method("getUpdates")
async def get_updates(call: Call) -> RawResult:
    if call.bot.webhook is not None:
        raise conflict(WEBHOOK_ACTIVE)
    queue: UpdateQueue = call.world.queues[call.bot.id]
    _remember_allowed(call)
    limit = call.get("limit") or _LIMIT
    limit = min(_LIMIT, limit) if limit > 0 else _LIMIT
    timeout = max(0, min(_MAX_TIMEOUT, call.get("timeout") or 0))
    if call.get("offset"):
        queue.confirm(call.get("offset"))
        call.world.touch("bot", call.bot.id)
    updates = queue.batch(limit)
    if not updates and timeout:
        await queue.wait(timeout)
        updates = queue.batch(limit)
    return RawResult("[" + ",".join(updates) + "]")


@method("setWebhook")
def set_webhook(call: Call) -> Any:
    url = str(call.get("url") or "")
    if not url:
        return _drop_webhook(call)
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    secret = call.get("secret_token")
    if secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise bad_request("secret token contains unallowed characters")
    _remember_allowed(call)
    _drop_pending(call)
    call.world.queues[call.bot.id].end_poll(conflict(WEBHOOK_SET))
    call.bot.webhook = {
        "url": url,
        "secret_token": secret,
        "max_connections": call.get("max_connections") or 40,
        "ip_address": call.get("ip_address"),
        "certificate": "certificate" in call.uploads,
    }
    call.world.webhook_changed(call.bot)
    return RawResult("true", "Webhook was set")


@method("deleteWebhook")
def delete_webhook(call: Call) -> RawResult:
    return _drop_webhook(call)


def _drop_webhook(call: Call) -> RawResult:
    _drop_pending(call)
    if call.bot.webhook is None:
        return RawResult("true", "Webhook is already deleted")
    call.bot.webhook = None
    call.world.webhook_changed(call.bot)
    return RawResult("true", "Webhook was deleted")


def _drop_pending(call: Call) -> None:
    if call.get("drop_pending_updates"):
        queue = call.world.queues[call.bot.id]
        queue.confirm(call.bot.next_update_id)


@method("getWebhookInfo")
def get_webhook_info(call: Call) -> Json:
    webhook = call.bot.webhook or {}
    info: Json = {
        "url": webhook.get("url", ""),
        "has_custom_certificate": bool(webhook.get("certificate")),
        "pending_update_count": len(call.world.queues[call.bot.id].waiting),
    }
    if webhook:
        info["max_connections"] = webhook["max_connections"]
        for name in ("ip_address", "last_error_date", "last_error_message"):
            if webhook.get(name) is not None:
                info[name] = webhook[name]
    if call.bot.allowed_updates:
        info["allowed_updates"] = call.bot.allowed_updates
    return info
