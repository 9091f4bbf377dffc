"""Templates of answers: files that a lawyer can read and edit, checked before anybody uses them, and filled without a silent gap.

A file has lines `name: value` at its head, an empty line, then the letter. `{{ … }}` is a fact, `{% if … %}` and `{% for … %}`
are there only sometimes, `{{ ask("…") }}` is what only staff know, `{# … #}` is never sent (templates/README.md). Pure: nothing
here reads a database. Templates are run in jinja's sandbox: they can show facts, and do nothing else.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from desk.contents import Params
from desk.i18n import LANGUAGES, N_

HEADERS: Final = frozenset({"title", "regime", "kinds", "with", "proves", "to", "personal", "letterhead", "register", "order"})
# The facts of a letter, each with the fields it has; "" is a fact that is shown as it stands, "*" one with fields by key.
FACTS: Final[Mapping[str, frozenset[str]]] = {
    "number": frozenset(),
    "received": frozenset(),
    "outgoing": frozenset(),
    "today": frozenset(),
    "person": frozenset(),
    "operator": frozenset({"name", "short_name", "address", "site", "policy_url"}),
    "signatory": frozenset({"name", "position"}),
    "demands": frozenset({"name", "article", "received"}),
    "purposes": frozenset({"name", "grounds", "data_categories", "source", "stored"}),
    "processors": frozenset({"name", "address"}),
    "methods": frozenset(),
    "recipients": frozenset(),
    "cross_border": frozenset(),
    "measures": frozenset(),
    "deed": frozenset({"*"}),
    "blocking": frozenset({"since", "until", "result"}),
    "act": frozenset({"number", "date", "several"}),
    "going_on": frozenset(),
    "goes_on": frozenset({"name", "article", "provision"}),
    "document": frozenset({"number", "date"}),
}
# What a letter asks staff: ask("question", "suggestion"), choose("question", "one thing", "another").
QUESTIONS: Final = frozenset({"ask", "choose"})
LISTS: Final = frozenset({"demands", "purposes", "processors", "goes_on"})
OPEN, SHUT = "«", "»"
_HEAD = re.compile(r"^([a-z]+):[ \t]*(.*)$")
# What begins or ends so is an item of a list, or a sentence.
_NO_HEADING = re.compile(r"^[–•«-]|[.,;:!?…]$|.{90}")
_BLANK_LINES = re.compile(r"\n{3,}")


class WrongTemplate(Exception):
    """A template that cannot be used; `problems` are sentences that name the place (English message ids with their values)."""

    def __init__(self, problems: Sequence[tuple[str, Params]]) -> None:
        super().__init__("; ".join(words % params for words, params in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Template:
    """A letter of answer in one language.

    `kinds` are the demands it answers, `beside` (“with” in the file) those it answers too where they stand beside them,
    `proves` the steps of theirs that it is, `to` whom it goes ("requester" or "authority"); without a `regime` it suits any.
    `personal`: it holds personal data, so it passes the gate of disclosure. `letterhead`: it goes as a PDF on the operator's
    letterhead too. `register`: it gets an outgoing number.
    """

    key: str
    language: str
    title: str
    body: str
    regime: str = ""
    kinds: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    proves: tuple[str, ...] = ()
    to: str = "requester"
    personal: bool = False
    letterhead: bool = False
    register: bool = True
    order: int = 50

    @property
    def headings(self) -> frozenset[str]:
        """The lines of the letter that stand over what follows: no fact is in them, and they end as no sentence does."""
        lines = (line.strip() for line in self.body.splitlines())
        return frozenset(one for one in lines if one and "{" not in one and not _NO_HEADING.search(one))


@dataclass(frozen=True)
class Gap:
    """A fact that is missing: `key` names it, `words` say what is asked (in the letter's language, or a sentence of ours).

    `suggestion` is what may be meant, taken by one tap; `choices` are what is chosen from, their places are what is said.
    What is not `fillable` is a deed that was not done: words cannot mend that.
    """

    key: str
    words: str
    suggestion: str = ""
    fillable: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deed:
    """What was done and when, as it is told: `steps` are the steps (demand and key) that prove it."""

    told: str
    steps: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Filled:
    """A letter as it would go: its text, the gaps still in it in their order, the facts and the deeds it speaks of."""

    text: str
    gaps: tuple[Gap, ...]
    facts: frozenset[str]
    states: tuple[tuple[int, str], ...]


# --- reading


def read(key: str, language: str, text: str, kinds: Mapping[str, frozenset[str]]) -> Template:
    """A template from its file. `kinds` are the kinds of the law with the keys of their steps.

    Raises WrongTemplate with every problem there is.
    """
    head, _, body = text.replace("\r\n", "\n").lstrip("\ufeff\n").partition("\n\n")
    given, wrong = dict[str, str](), list[tuple[str, Params]]()
    for number, line in enumerate(head.splitlines(), 1):
        found = _HEAD.match(line.strip())
        if found is None or found[1] not in HEADERS:
            wrong.append(
                (
                    N_("line %(line)d “%(found)s” is no heading: expected one of %(known)s, each as “name: value”"),
                    {"line": number, "found": line.strip()[:40], "known": ", ".join(sorted(HEADERS))},
                )
            )
        else:
            given[found[1]] = found[2].strip()
    if not given.get("title"):
        wrong.append((N_("“title” is missing: expected what staff read on the button"), {}))
    if not body.strip():
        wrong.append((N_("there is no letter below the headings: expected an empty line, then its words"), {}))
    if language not in LANGUAGES:
        wrong.append((N_("“%(found)s” is no language: expected %(known)s"), {"found": language, "known": ", ".join(LANGUAGES)}))
    answered, beside = _words(given.get("kinds", "")), _words(given.get("with", ""))
    if not answered:
        wrong.append((N_("“kinds” is missing: expected the kinds of request that the letter answers"), {}))
    for kind in (*answered, *beside):
        if kind not in kinds:
            wrong.append((N_("“kinds” names “%(found)s”, which is no kind of request"), {"found": kind}))
    proved = _words(given.get("proves", ""))
    for step in proved:
        if not any(step in kinds.get(kind, frozenset()) for kind in answered):
            wrong.append((N_("“proves” names “%(found)s”, which is no step of these kinds"), {"found": step}))
    if given.get("to", "requester") not in {"requester", "authority"}:
        wrong.append((N_("“to” is “%(found)s”: expected requester or authority"), {"found": given["to"][:40]}))
    for name in ("personal", "letterhead", "register"):
        if given.get(name, "no") not in {"yes", "no"}:
            wrong.append((N_("“%(name)s” is “%(found)s”: expected yes or no"), {"name": name, "found": given[name][:40]}))
    if not given.get("order", "50").isdecimal():
        wrong.append((N_("“order” is “%(found)s”: expected a whole number"), {"found": given["order"][:40]}))
    steps = frozenset[str]().union(*(kinds.get(kind, frozenset()) for kind in answered))
    wrong += list(_wrong_places(body, steps)) if body.strip() else []
    if wrong:
        raise WrongTemplate(wrong)
    made = Template(
        key=key,
        language=language,
        title=given["title"],
        body=body,
        regime=given.get("regime", ""),
        kinds=answered,
        beside=beside,
        proves=proved,
        to=given.get("to", "requester"),
        personal=given.get("personal") == "yes",
        letterhead=given.get("letterhead") == "yes",
        register=given.get("register", "yes") == "yes",
        order=int(given.get("order", "50")),
    )
    fill(made, _nothing_known(steps), {})
    return made


def _nothing_known(steps: frozenset[str]) -> dict[str, Any]:
    """The facts of a matter of which nothing is known: with them a template is tried."""

    def gaps(name: str, fields: frozenset[str]) -> Any:
        if name in LISTS or not fields:
            return Gap(name, name)
        return {one: Gap(f"{name}.{one}", one) for one in (steps if "*" in fields else fields)}

    return {name: gaps(name, fields) for name, fields in FACTS.items()}


def _words(value: str) -> tuple[str, ...]:
    return tuple(value.replace(",", " ").split())


def _wrong_places(body: str, steps: frozenset[str]) -> Iterator[tuple[str, Params]]:
    """What is wrong in the letter itself: each place that names no fact, with its line."""
    try:
        tree = _environment().parse(body)
    except TemplateSyntaxError as error:
        yield N_("line %(line)d of the letter cannot be read: %(why)s"), {"line": error.lineno, "why": str(error.message)[:200]}
        return
    yield from _strange(tree, {}, steps)
    if not _asks_well(tree):
        yield N_("“ask” wants a question in quotes and perhaps a suggestion, “choose” a question and what is chosen from"), {}


def _strange(node: nodes.Node, loops: Mapping[str, str], steps: frozenset[str]) -> Iterator[tuple[str, Params]]:
    """Names that are no fact, and fields that a fact does not have; `loops` are the names that stand for an item of a list."""
    if isinstance(node, nodes.For) and isinstance(node.target, nodes.Name):
        source = node.iter.name if isinstance(node.iter, nodes.Name) else ""
        if source not in LISTS:
            known = ", ".join(sorted(LISTS))
            yield N_("line %(line)d goes through “%(found)s”, which is no list: there are %(known)s"), {
                "line": node.lineno, "found": source or "…", "known": known,
            }  # fmt: skip
            return
        inside = {**loops, node.target.name: source, "loop": "loop"}
        for child in node.body:
            yield from _strange(child, inside, steps)
        for child in node.else_:
            yield from _strange(child, loops, steps)
        return
    if isinstance(node, nodes.Getattr | nodes.Getitem):
        name = node.node.name if isinstance(node.node, nodes.Name) else ""
        attribute = node.attr if isinstance(node, nodes.Getattr) else "[…]"
        fields = {"first", "last", "index"} if loops.get(name) == "loop" else FACTS.get(loops.get(name, name), frozenset())
        fields = steps if "*" in fields else fields
        if name not in loops and name in LISTS:
            fields = frozenset()
        if attribute not in fields:
            yield (
                N_("line %(line)d names “%(found)s”, which is no field; there are %(known)s"),
                {
                    "line": node.lineno,
                    "found": f"{name or '…'}.{attribute}",
                    "known": ", ".join(f"{name}.{one}" for one in sorted(fields)) or ", ".join(sorted(FACTS)),
                },
            )
        return
    if isinstance(node, nodes.Name) and node.ctx == "load" and node.name not in {*FACTS, *loops, *QUESTIONS}:
        yield N_("line %(line)d names “%(found)s”, which is no field; there are %(known)s"), {
            "line": node.lineno, "found": node.name, "known": ", ".join(sorted(FACTS)),
        }  # fmt: skip
        return
    for child in node.iter_child_nodes():
        yield from _strange(child, loops, steps)


def _asks_well(tree: nodes.Template) -> bool:
    called = [(one.node.name, one.args) for one in tree.find_all(nodes.Call) if isinstance(one.node, nodes.Name)]
    least = {"ask": (1, 2), "choose": (2, 20)}
    return all(
        name in least and least[name][0] <= len(args) <= least[name][1] and all(isinstance(one, nodes.Const) for one in args)
        for name, args in called
    )


# --- filling


@lru_cache
def _environment() -> ImmutableSandboxedEnvironment:
    # What comes out is text, escaped by whatever shows it.
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)


@dataclass
class _Seen:
    """What a filling has come by."""

    gaps: dict[str, Gap] = field(default_factory=dict)
    facts: set[str] = field(default_factory=set)
    states: dict[tuple[int, str], None] = field(default_factory=dict)


class _Missing:
    """A fact that is not there: false, empty, and a visible gap where it is shown."""

    def __init__(self, gap: Gap, seen: _Seen) -> None:
        self._gap, self._seen = gap, seen

    def __str__(self) -> str:
        self._seen.gaps.setdefault(self._gap.key, self._gap)
        return f"{OPEN}{self._gap.words}{SHUT}"

    def __bool__(self) -> bool:
        return False

    def __iter__(self) -> Iterator[Any]:
        # Gone through, it is missed as well, whether the template shows it then or not.
        self._seen.gaps.setdefault(self._gap.key, self._gap)
        return iter(())


class _Said(str):
    """What staff said in the place of a fact: a list of it is empty, so that the letter shows the words themselves."""

    __slots__ = ()

    def __iter__(self) -> Iterator[Any]:
        return iter(())


class _Told:
    """A deed: wherever the letter speaks of it, or goes by it, the letter states it."""

    def __init__(self, deed: Deed, seen: _Seen) -> None:
        self._deed, self._seen = deed, seen

    def __str__(self) -> str:
        self._seen.states.update(dict.fromkeys(self._deed.steps))
        return self._deed.told

    def __bool__(self) -> bool:
        self._seen.states.update(dict.fromkeys(self._deed.steps))
        return True


class _Facts:
    """The facts of one filling by name; which were used is kept."""

    def __init__(self, name: str, values: Mapping[str, Any], said: Mapping[str, str], seen: _Seen) -> None:
        self._name, self._values, self._said, self._seen = name, values, said, seen

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        return _shown(f"{self._name}.{attribute}", self._values.get(attribute), self._said, self._seen)


def _shown(key: str, value: Any, said: Mapping[str, str], seen: _Seen) -> Any:
    """A fact as a template gets it. What staff said stands where nothing else is known; over a deed it stands never."""
    seen.facts.add(key)
    if isinstance(value, Deed):
        return _Told(value, seen)
    if isinstance(value, Gap):
        return _Said(said[value.key]) if value.fillable and value.key in said else _Missing(value, seen)
    if isinstance(value, Mapping):
        return _Facts(key, value, said, seen)
    if isinstance(value, tuple | list):
        return [_Facts(key, one, said, seen) if isinstance(one, Mapping) else one for one in value]
    # What stands in the place of a list is shown where the list is empty.
    return _Said(value) if key in LISTS else value


def places(said: str) -> list[int]:
    """What was chosen, by the places of the choices; “-” says that it is none."""
    return [int(one) for one in said.split(",") if one.isdecimal()]


def fill(template: Template, facts: Mapping[str, Any], said: Mapping[str, str]) -> Filled:
    """The letter with these facts and what staff have said, by the key of its gap.

    Raises WrongTemplate for a template that cannot be filled, which its reading should have told.
    """
    seen = _Seen()

    def ask(question: str, suggestion: str = "") -> Any:
        key = f"ask:{question}"
        return _Said(said[key]) if key in said else _Missing(Gap(key, question, suggestion), seen)

    def choose(question: str, *choices: str) -> Any:
        key = f"choose:{question}"
        if key not in said:
            return _Missing(Gap(key, question, choices=choices), seen)
        return "\n".join(f"– {choices[place]};" for place in places(said[key]) if place < len(choices))

    names = _named(template.body)
    known = {name: _shown(name, facts.get(name), said, seen) for name in names}
    try:
        text = _environment().from_string(template.body).render(known, ask=ask, choose=choose)
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise WrongTemplate([(N_("the letter cannot be filled: %(why)s"), {"why": str(error)[:200]})]) from error
    text = _tidy(text)
    # A fact that was gone through and not shown would be missed unseen.
    unseen = [gap for gap in seen.gaps.values() if f"{OPEN}{gap.words}{SHUT}" not in text]
    text = "\n\n".join([text, *(f"{OPEN}{gap.words}{SHUT}" for gap in unseen)])
    return Filled(text, tuple(seen.gaps.values()), frozenset(seen.facts), tuple(seen.states))


def _tidy(text: str) -> str:
    """No blank lines that a condition has left, a full stop after the last of a list, and one point where two would meet."""
    lines = [line.rstrip() for line in text.splitlines()]
    for place, line in enumerate(lines):
        after = next((one for one in lines[place + 1 :] if one.strip()), "")
        if (
            line.startswith("– ")
            and line.endswith(";")
            and not (lines[place + 1 : place + 2] == [after] and after.startswith("– "))
        ):
            lines[place] = line[:-1] + "."
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).replace(" г..", " г.").strip()


@lru_cache(maxsize=200)
def _named(body: str) -> tuple[str, ...]:
    """The facts that a letter names."""
    tree = _environment().parse(body)
    found = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load" and node.name in FACTS}
    return tuple(sorted(found))
