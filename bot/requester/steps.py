"""The screens of a dialog: one question each, with what was answered before and the way back."""

from datetime import datetime
from html import escape

from bot.format import day_and_time
from bot.requester.draft import Draft
from bot.requester.kinds import KINDS, Step
from bot.requester.talk import Screen, Talk
from bot.requester.taps import Do, Go, Half
from bot.screens import Button, Rows, button
from bot.text import clip

# How much of an answer a screen shows: the review has to fit into one message.
SHOWN, SHOWN_IN_REVIEW, SHOWN_READY = 700, 300, 1500


def step_screen(talk: Talk, draft: Draft, hint: str = "") -> Screen:
    """The current question of a draft; `hint` (HTML) says above it what happened to the last message."""
    step = draft.current
    parts = [_head(talk, draft), hint, *_question(talk, draft, step)]
    rows = {"files": _files_buttons, "review": _review_buttons}.get(step.key, _answer_buttons)(talk, draft, step)
    back = button(talk._("⬅️ Back"), Do(turn=talk.turn, choice="back").pack())
    cancel = button(talk._("✖️ Cancel"), Do(turn=talk.turn, choice="cancel").pack())
    number, total = draft.place
    return Screen(
        "\n\n".join(part for part in parts if part),
        [*rows, [back, cancel]],
        folded=f"<i>{number}/{total} · {escape(talk._(step.name))}</i>",
    )


def _head(talk: Talk, draft: Draft) -> str:
    number, total = draft.place
    step = talk._("step %(number)d of %(total)d") % {"number": number, "total": total}
    return f"<b>{escape(talk._(draft.about.title))}</b> · <i>{step}</i>"


def _question(talk: Talk, draft: Draft, step: Step) -> list[str]:
    if step.key == "review":
        return _review(talk, draft)
    asked = escape(talk._(step.ask) % {"operator": talk.operator} if "%(" in step.ask else talk._(step.ask))
    parts = [f"<b>{escape(talk._(step.name))}</b>\n{asked}"]
    if step.ready:
        parts.append(f"<blockquote>{escape(clip(draft.ready(step, talk._, talk.operator), SHOWN_READY))}</blockquote>")
    if step.key == "files":
        return [*parts, *_files(talk, draft)]
    answer = draft.answers.get(step.key, {})
    if answer and not answer.get("ready"):
        told = escape(clip(draft.shown(step, talk._, talk.operator), SHOWN))
        parts.append(talk._("Now: %(answer)s") % {"answer": f"<i>{told}</i>"})
    return parts


def _files(talk: Talk, draft: Draft) -> list[str]:
    if draft.doubt is not None:
        doubted = ", ".join(str(one["name"]) for one in draft.doubt.files)
        return [
            talk._("⚠️ “%(name)s” looks like an identity document, which is not needed, so it is not attached.")
            % {"name": escape(clip(doubted, 100))}
        ]
    if not draft.extras:
        return []
    many = talk._("📎 Kept so far: %(count)d") % {"count": len(draft.extras)}
    names = [name for one in draft.extras for name in ([file["name"] for file in one.files] or [f"“{clip(one.text, 40)}”"])]
    shown = [f"• {escape(clip(name, 60))}" for name in names[-8:]]
    return ["\n".join([f"<b>{many}</b>", *(["…"] if len(names) > 8 else []), *shown])]


def _review(talk: Talk, draft: Draft) -> list[str]:
    lines = []
    for step in draft.steps[:-1]:
        if step.key == "files":
            told = str(len(draft.extras)) if draft.extras else "—"
        else:
            told = clip(draft.shown(step, talk._, talk.operator), SHOWN_IN_REVIEW)
        lines.append(f"<b>{escape(talk._(step.name))}:</b> {escape(told)}")
    return [escape(talk._(draft.current.ask)), "\n".join(lines)]


def _do(talk: Talk, words: str, choice: str, arg: str = "") -> Button:
    return button(talk._(words), Do(turn=talk.turn, choice=choice, arg=arg).pack())


def _answer_buttons(talk: Talk, draft: Draft, step: Step) -> Rows:
    rows = [[_do(talk, one.label, "pick", one.key)] for one in step.options]
    if step.ready:
        rows.append([button(talk._("✅ Take this text"), Do(turn=talk.turn, choice="ready").pack())])
    if step.skip:
        rows.append([button(talk._("⏭ Skip"), Do(turn=talk.turn, choice="skip").pack())])
    if step.key in draft.answers and not step.options:
        rows.append([button(talk._("➡️ Leave as it is"), Do(turn=talk.turn, choice="keep").pack())])
    return rows


def _files_buttons(talk: Talk, draft: Draft, _step: Step) -> Rows:
    rows = []
    if draft.doubt is not None:
        rows.append([button(talk._("📎 It is something else, attach it"), Do(turn=talk.turn, choice="attach").pack())])
    if draft.extras:
        rows.append([button(talk._("🗑 Remove the last one"), Do(turn=talk.turn, choice="remove").pack())])
    words = talk._("➡️ Done") if draft.extras else talk._("➡️ No files")
    return [*rows, [button(words, Do(turn=talk.turn, choice="done").pack())]]


def _review_buttons(talk: Talk, draft: Draft, _step: Step) -> Rows:
    edits = [_edit(talk, step) for step in draft.steps[:-1]]
    pairs = [edits[start : start + 2] for start in range(0, len(edits), 2)]
    return [[button(talk._("📨 Send"), Do(turn=talk.turn, choice="send").pack())], *pairs]


def _edit(talk: Talk, step: Step) -> Button:
    return button("✏️ " + talk._(step.name), Do(turn=talk.turn, choice="edit", arg=step.key).pack())


def half_way(talk: Talk, draft: Draft, before: str = "", *, other: str = "") -> Screen:
    """The offer to go on with a request that was left half-way; `before` (HTML) stands above it.

    `other` is the kind that was asked for now: it may be begun, and the unfinished one is kept.
    """
    number, total = draft.place
    when = day_and_time(datetime.fromisoformat(draft.at), talk.desk.operator.zone, talk.language) if draft.at else ""
    told = talk._("You have an unfinished request: %(title)s, step %(number)d of %(total)d, %(when)s. It is not sent yet.") % {
        "title": f"<b>{escape(talk._(draft.about.title))}</b>",
        "number": number,
        "total": total,
        "when": when,
    }
    return Screen(
        "\n\n".join(part for part in (before, "📝 " + told) if part),
        [
            [button(talk._("▶️ Continue"), Half(turn=talk.turn, choice="on").pack())],
            *([[button(talk._(KINDS[other].label), Half(turn=talk.turn, choice="other", kind=other).pack())]] if other else []),
            [
                button(talk._("🔄 Start over"), Half(turn=talk.turn, choice="over").pack()),
                button(talk._("🗑 Discard"), Half(turn=talk.turn, choice="drop").pack()),
            ],
            [button(talk._("☰ Menu"), Go(to="menu").pack())],
        ],
        folded=f"<i>{escape(talk._('Unfinished request'))}</i>",
    )
