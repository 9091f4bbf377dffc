"""A request that is being put together: its answers, what was sent on the way, and the statement it becomes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.requester.checking import demands
from bot.requester.kinds import GROUNDS, KINDS, Kind, Step
from desk.context import Desk
from desk.ports import File
from models import StoredFile

# Purposes that have a term of their own: advertising stops at once, a publication within days (LAW §1, art. 15(2), 10.1).
PARTLY = frozenset({"marketing_optout", "distribution_stop"})

Gettext = Callable[[str], str]
Answer = dict[str, Any]


@dataclass
class Extra:
    """A message sent while the request was put together: it goes to the desk after the statement, as itself."""

    external_id: str
    at: str
    text: str = ""
    album: str = ""
    files: list[StoredFile] = field(default_factory=list)

    @property
    def attachments(self) -> tuple[File, ...]:
        return tuple(File.read(one) for one in self.files)


@dataclass
class Draft:
    """`serial` is the draft's own number within the chat, `step` where it stands, `open` whether its screen is the live one.

    `editing` is set while one answer is changed from the review. `doubt` holds a file that looks like a passport.
    """

    serial: int
    kind: str
    step: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    extras: list[Extra] = field(default_factory=list)
    doubt: Extra | None = None
    editing: bool = False
    open: bool = True
    at: str = ""

    @classmethod
    def read(cls, stored: dict[str, Any]) -> "Draft":
        """The draft as it was stored."""
        doubt = stored["doubt"]
        return cls(
            **{
                **stored,
                "extras": [Extra(**one) for one in stored["extras"]],
                "doubt": Extra(**doubt) if doubt else None,
            }
        )

    def stored(self, now: datetime) -> dict[str, Any]:
        """The draft as plain data."""
        self.at = now.isoformat()
        plain = dict(vars(self))
        return plain | {"extras": [vars(one) for one in self.extras], "doubt": vars(self.doubt) if self.doubt else None}

    # --- the way through the steps

    @property
    def about(self) -> Kind:
        return KINDS[self.kind]

    @property
    def steps(self) -> list[Step]:
        """The steps that these answers lead through."""
        return [step for step in self.about.steps if step.when(self.answers)]

    @property
    def current(self) -> Step:
        """The step where the draft stands; the first open one, when the answers no longer lead there."""
        return next((step for step in self.steps if step.key == self.step), None) or self.first_open()

    @property
    def place(self) -> tuple[int, int]:
        """The number of the current step, and how many there are."""
        keys = [step.key for step in self.steps]
        return keys.index(self.current.key) + 1, len(keys)

    @property
    def begun(self) -> bool:
        """Whether anything would be lost with it."""
        return bool(self.answers or self.extras or self.doubt)

    def first_open(self) -> Step:
        """The first step without an answer; the review has none."""
        return next(step for step in self.steps if step.key not in self.answers)

    def answered(self, answer: Answer) -> None:
        """Take an answer and go on: to the next step, or back to the review when one answer was changed."""
        step = self.current
        if step.key == "whom" and answer != self.answers.get("whom"):
            # Who is represented, and by what right, is another matter now.
            self.answers.pop("person", None)
            self.answers.pop("basis", None)
        self.answers[step.key] = answer
        if self.editing:
            self.step = self.first_open().key
            self.editing = self.step != "review"
            return
        keys = [one.key for one in self.steps]
        self.step = keys[keys.index(step.key) + 1]

    def back(self) -> bool:
        """Go one step back, or to the review from a change; False at the first step."""
        keys = [step.key for step in self.steps]
        here = keys.index(self.current.key)
        if self.editing and all(key in self.answers for key in keys[:-1]):
            self.step, self.editing = "review", False
            return True
        self.editing = False
        if here == 0:
            return False
        self.step = keys[here - 1]
        return True

    def change(self, key: str) -> bool:
        """Go to one answer from the review."""
        if key not in [step.key for step in self.steps] or key == "review":
            return False
        self.step, self.editing = key, True
        return True

    # --- what it says

    def shown(self, step: Step, _: Gettext, operator: str) -> str:
        """The answer to a step in words."""
        answer = self.answers.get(step.key, {})
        if "option" in answer:
            label = next((one.label for one in step.options if one.key == answer["option"]), "")
            return _plain(_(label))
        if answer.get("ready"):
            return self.ready(step, _, operator)
        if answer.get("skipped"):
            return "—"
        return str(answer.get("text", ""))

    def ready(self, step: Step, _: Gettext, operator: str) -> str:
        """The ready words of a step, with the names in them."""
        if not step.ready:
            return ""
        ground = GROUNDS[self.answers.get("ground", {}).get("option", "wish")]
        purposes = self.answers.get("purposes", {}).get("text") if self._some else None
        told = _(step.ready) % {
            "operator": operator,
            "whose": self._whose(_),
            "purposes": _("for these purposes: %(purposes)s") % {"purposes": purposes.rstrip(". ")}
            if purposes
            else _("for all purposes"),
            "ground": _(ground) if ground else "",
        }
        return told.strip()

    @property
    def _some(self) -> bool:
        return self.answers.get("scope", {}).get("option") == "some"

    def _whose(self, _: Gettext) -> str:
        person = self.answers.get("person", {}).get("text") if self.represents else ""
        return _("the personal data of a person I represent (%(name)s)") % {"name": person} if person else _("my personal data")

    @property
    def represents(self) -> bool:
        return self.answers.get("whom", {}).get("option") in {"child", "other"}

    @property
    def name(self) -> str:
        """The full name that the requester gave."""
        return str(self.answers.get("name", {}).get("text", ""))

    def represented(self, _: Gettext, operator: str) -> dict[str, str] | None:
        """For whom the requester speaks, and by what right; None for themselves."""
        if not self.represents:
            return None
        by_key = {step.key: step for step in self.steps}
        return {
            "name": self.shown(by_key["person"], _, operator),
            "basis": self.shown(by_key["basis"], _, operator),
        }

    @property
    def kinds(self) -> tuple[str, ...]:
        """Everything demanded: by the choice of the dialog, by the options chosen, and by what own words demand besides."""
        found = list(self.about.kinds)
        for step in self.steps:
            answer = self.answers.get(step.key, {})
            found += [kind for one in step.options if one.key == answer.get("option") for kind in one.kinds]
            if step.own and "text" in answer:
                found += _demanded(step, answer["text"])
        kinds = list(dict.fromkeys(found))
        # A question that demands something is that demand.
        return tuple(kind for kind in kinds if kind != "question") or tuple(kinds)

    def statement(self, desk: Desk, _: Gettext, operator: str) -> str:
        """The request in clear words, as the desk takes it."""
        head = [_(self.about.title), _("To: %(operator)s") % {"operator": desk.operator.name}]
        lines, words = [], []
        for step in self.steps[:-1]:
            told = self.shown(step, _, operator)
            if step.key == "files" or told in {"", "—"}:
                continue
            if step.key in {"what", "happened", "demanded"}:
                words.append(told if step.key == "what" else f"{_(step.name)}:\n{told}")
            else:
                lines.append(f"{_(step.name)}: {told}")
        if self.extras:
            lines.append(_("Sent along with it: %(count)d") % {"count": len(self.extras)})
        return "\n\n".join(part for part in ("\n".join(head), *words, "\n".join(lines)) if part)

    def typed(self) -> Iterator[tuple[str, int]]:
        """The answers that were typed, with the message each came in."""
        for key, answer in self.answers.items():
            if answer.get("message"):
                yield key, int(answer["message"])


def _demanded(step: Step, text: str) -> list[str]:
    """What own words demand besides the dialog's kind. Purposes alone say it only as purposes of a withdrawal."""
    if step.key != "purposes":
        return list(demands(text))
    read = {*demands(f"Отзываю согласие для следующих целей: {text}"), *demands(f"I withdraw my consent for: {text}")}
    return sorted(read & PARTLY)


def _plain(label: str) -> str:
    """The words of a button without its picture."""
    first, _, rest = label.partition(" ")
    return rest if rest and not any(sign.isalnum() for sign in first) else label


def as_extra(external_id: str, at: datetime, text: str, album: str, files: tuple[File, ...]) -> Extra:
    """A message as a draft keeps it: its files are in the vault already, here is where."""
    return Extra(
        external_id=external_id,
        at=at.isoformat(),
        text=text,
        album=album,
        files=[one.stored() for one in files],
    )
