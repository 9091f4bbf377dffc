"""Checks of Telegram: proxy, token, staff group, the bot's rights there, and how updates are delivered."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from app.checks.results import N_, Report, Said
from app.checks.subject import Subject, check_offset

if TYPE_CHECKING:
    from bot.check import BotApi, Group, Unanswered, Webhook

_RECENT: Final = timedelta(hours=1)
_MANY_PENDING: Final = 100
_PROXY_PORTS: Final = {"http": 80, "socks4": 1080, "socks5": 1080}
_PROXY_VARIABLES: Final = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")

# By bot.check.Trouble: what was found, and what to do.
TROUBLES: Final[dict[str, tuple[str, str]]] = {
    "token": (
        N_("Telegram does not accept the bot token."),
        N_("Copy the token from @BotFather (/mybots, API Token) into telegram.token; a revoked one is replaced there."),
    ),
    "name": (
        N_("The host of telegram.api_url is not known here (DNS)."),
        N_("Check the network and its name servers, and telegram.api_url."),
    ),
    "unreachable": (
        N_("Telegram cannot be reached (%(detail)s)."),
        N_("Check the network and its firewall; where Telegram is blocked, set telegram.proxy."),
    ),
    "silent": (
        N_("Telegram does not answer in time."),
        N_("Check the network and its firewall; where Telegram is blocked, set telegram.proxy."),
    ),
    "certificate": (
        N_("The certificate of the Bot API server is not trusted: somebody may be listening in."),
        N_("Check the machine's clock and its ca-certificates; do not go on through this network."),
    ),
    "proxy": (
        N_("The proxy does not let us through (%(detail)s)."),
        N_("Check telegram.proxy: its kind, address, user and password."),
    ),
    "nonsense": (
        N_("What answers on telegram.api_url is not the Bot API (%(detail)s)."),
        N_("Check telegram.api_url and telegram.proxy."),
    ),
    "busy": (N_("Telegram asks us to wait: too many calls were made."), N_("Try again in a minute.")),
    "no_chat": (
        N_("The staff group was not found: the bot is not in it, or telegram.staff_chat is another number."),
        N_("Add the bot to the group and make it an administrator; the id of a supergroup begins with -100."),
    ),
    "moved": (
        N_("The group became a supergroup and has a new id: %(detail)s."),
        N_("Set telegram.staff_chat to %(detail)s."),
    ),
    "no_member": (
        N_("The bot was removed from the staff group."),
        N_("Add the bot to the group again and make it an administrator."),
    ),
    "conflict": (
        N_("Another program fetches the updates of this bot, or a webhook is set."),
        N_("Let one program use the bot: stop the other, or take a bot of its own from @BotFather."),
    ),
    "refused": (N_("Telegram refuses (%(detail)s)."), N_("Check telegram.token and telegram.staff_chat.")),
}

RIGHTS: Final = {
    "can_manage_topics": N_("manage topics"),
    "can_pin_messages": N_("pin messages"),
    "can_delete_messages": N_("delete messages"),
}


def tell(report: Report, key: str, error: "Unanswered") -> None:
    """Tell why Telegram gave no answer."""
    found, do = TROUBLES[error.trouble]
    report.problem(key, found, do, detail=error.detail)


async def check_proxy(subject: Subject, report: Report) -> None:
    """Whether the proxy of the settings can be reached; that a proxy of the environment is not used."""
    told = subject.settings.telegram
    if not told.proxy:
        named = next((name for name in _PROXY_VARIABLES if subject.environment.get(name)), None)
        if named:
            report.skipped(
                "telegram.proxy",
                N_("%(name)s is set, but the desk does not use it."),
                N_("Set telegram.proxy when Telegram is to be reached through a proxy."),
                name=named,
            )
        return
    parts = urlsplit(told.proxy.reveal())
    host, port = parts.hostname or "", parts.port or _PROXY_PORTS.get(parts.scheme, 1080)
    try:
        async with asyncio.timeout(min(subject.seconds, 10)):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as error:
        report.problem(
            "telegram.proxy",
            N_("The proxy %(host)s:%(port)d cannot be reached (%(kind)s)."),
            N_("Check telegram.proxy, and that the proxy runs."),
            host=host,
            port=port,
            kind=type(error).__name__,
        )
        return
    writer.close()
    report.fine("telegram.proxy", N_("The proxy %(host)s:%(port)d can be reached."), host=host, port=port)


async def check_telegram(subject: Subject, report: Report) -> None:
    """Token and name, staff group and rights, webhook or polling, Telegram's clock."""
    told = subject.settings.telegram
    if not told.token:
        report.skipped("telegram.token", N_("There is no token to check."))
        return
    # Not before there is a token: commands that do not talk to Telegram wait for nothing.
    from bot.check import BotApi, Unanswered

    try:
        async with BotApi(told.token.reveal(), told.api_url, subject.timepiece, told.proxy.reveal()) as api:
            me = await api.me()
            report.fine("telegram.token", N_("The bot is @%(username)s (“%(name)s”)."), username=me.username, name=me.name)
            if api.offset is not None:
                check_offset(report, api.offset, "Telegram")
            # One of them failing does not keep the other from being heard.
            await asyncio.gather(
                _check_group(api, told.staff_chat, me.id, me.reads_all, report), _check_delivery(api, subject, report)
            )
    except Unanswered as error:
        tell(report, "telegram.token", error)


async def _check_group(api: "BotApi", chat: int, bot: int, reads_all: bool, report: Report) -> None:
    from bot.check import Unanswered

    if not chat:
        report.skipped(
            "telegram.group", N_("No staff group is set."), N_("Set telegram.staff_chat; rightsdesk init finds its id.")
        )
        return
    try:
        group = await api.group(chat, bot)
    except Unanswered as error:
        tell(report, "telegram.group", error)
        return
    judge_group(group, reads_all, report)


def judge_group(group: "Group", reads_all: bool, report: Report) -> None:
    """Whether the desk can work in a group."""
    params: dict[str, Any] = {"title": group.title}
    if group.type not in {"group", "supergroup"}:
        report.problem(
            "telegram.group",
            N_("telegram.staff_chat is no group, but a chat of the kind “%(kind)s”."),
            N_("Set telegram.staff_chat to the id of the staff group; rightsdesk init finds it."),
            kind=group.type,
        )
        return
    if not group.present:
        tell_absence(report, group)
        return
    if group.open_to_all:
        report.problem(
            "telegram.group",
            N_("Strangers can write in the group “%(title)s”: it is public.")
            if group.open_to_all == "public"
            else N_("Strangers can write in the group “%(title)s”: it is the discussion group of a channel."),
            N_("Make it a private group without a channel: who writes there sees requests and may answer them."),
            **params,
        )
        return
    report.fine("telegram.group", N_("The staff group is “%(title)s”."), **params)
    if group.is_forum:
        report.fine("telegram.forum", N_("The group has topics."))
    else:
        report.warning(
            "telegram.forum",
            N_("The group “%(title)s” has no topics."),
            N_("Switch on Topics in the group's settings; without them tickets are told apart by reply threads only."),
            **params,
        )
    _judge_rights(group, reads_all, report)


def tell_absence(report: Report, group: "Group") -> None:
    """The bot left the group, or was removed."""
    found, do = TROUBLES["no_member"]
    report.problem("telegram.group", found, do, title=group.title)


def _judge_rights(group: "Group", reads_all: bool, report: Report) -> None:
    if not group.is_admin:
        report.problem(
            "telegram.rights",
            N_("The bot is no administrator of the group “%(title)s”."),
            N_("Make it an administrator that may manage topics, pin messages and delete messages."),
            title=group.title,
        )
        if reads_all:
            report.fine("telegram.privacy", N_("Privacy mode is off: the bot sees every message of the group."))
        else:
            report.problem(
                "telegram.privacy",
                N_("Privacy mode is on, and the bot is no administrator: it does not see what staff write."),
                N_("Make it an administrator, or switch privacy mode off with @BotFather (/setprivacy) and add the bot anew."),
            )
        return
    for right in group.missing:
        # Without deleting, only tidying up suffers.
        add = report.warning if right == "can_delete_messages" else report.problem
        add(
            "telegram.rights",
            N_("The bot lacks the right to %(right)s in the group “%(title)s”."),
            N_("Give it in the group's settings, Administrators."),
            right=Said(RIGHTS[right]),
            title=group.title,
        )
    if not group.missing:
        report.fine("telegram.rights", N_("The bot may manage topics, pin and delete messages."))
    mode = N_("Privacy mode is off: the bot sees every message of the group.")
    if not reads_all:
        mode = N_("Privacy mode is on, which does not matter: an administrator sees every message of the group.")
    report.fine("telegram.privacy", mode)


async def _check_delivery(api: "BotApi", subject: Subject, report: Report) -> None:
    from bot.check import Unanswered

    try:
        webhook = await api.webhook()
    except Unanswered as error:
        tell(report, "telegram.updates", error)
        return
    judge_delivery(webhook, subject, report)


def judge_delivery(webhook: "Webhook", subject: Subject, report: Report) -> None:
    """Whether Telegram delivers the way the settings say."""
    wanted = subject.settings.telegram.webhook_url
    params: dict[str, Any] = {"host": webhook.host, "pending": webhook.pending}
    if webhook.url and not wanted:
        report.problem(
            "telegram.updates",
            N_("A webhook to %(host)s is set, but the settings say long polling: the two exclude each other."),
            N_("If another program uses this bot, take a bot of your own from @BotFather; else the service removes the webhook."),
            **params,
        )
    elif wanted and webhook.url != wanted:
        found = N_("The webhook is set to %(host)s, not to the address of the settings.")
        if not webhook.url:
            found = N_("The webhook is not set yet.")
        report.warning(
            "telegram.updates", found, N_("Starting the service sets it; check that no other program uses this bot."), **params
        )
    elif webhook.error_at is not None and subject.timepiece() - webhook.error_at < _RECENT:
        report.problem(
            "telegram.updates",
            N_("Telegram could not deliver to the webhook: %(error)s"),
            N_("Check that %(host)s can be reached from outside with a valid certificate and leads to this service."),
            error=webhook.error,
            **params,
        )
    else:
        way = N_("Updates come by webhook to %(host)s.") if wanted else N_("Updates come by long polling; no webhook is set.")
        report.fine("telegram.updates", way, **params)
    if webhook.pending > _MANY_PENDING:
        report.warning(
            "telegram.pending",
            N_("%(pending)d updates wait at Telegram, which keeps them for 24 hours."),
            N_("Check that the service runs: rightsdesk health"),
            **params,
        )
