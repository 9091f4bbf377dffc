"""What a person can ask for in a guided dialog: one table of kinds, and the steps each of them goes through.

A dialog knows nothing of kinds but what stands here. A new kind is a row of KINDS; it is whole when its steps are. Nothing is
asked that the law does not let an operator ask (152-FZ art. 9(2), 14(3), 21; LAW §3.1): no passport, no reason for a withdrawal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.requester.checking import Check, contact, full_name, wording
from bot.text import N_

# An answer: {"option": key}, {"text": own words}, {"ready": True} or {"skipped": True}.
Answers = Mapping[str, Mapping[str, Any]]
When = Callable[[Answers], bool]


@dataclass(frozen=True)
class Option:
    """A button of a step; `kinds` are demanded beside the dialog's own when it is chosen."""

    key: str
    label: str
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One question. `name` is its title, `ask` the question; `ready` words may be accepted instead of own ones.

    `typed` tells whether own words answer it, `own` that these words are the demand itself. `when` tells for which
    answers the step is asked at all.
    """

    key: str
    name: str
    ask: str
    options: tuple[Option, ...] = ()
    typed: bool = True
    own: bool = False
    ready: str = ""
    skip: bool = False
    check: Check = wording
    when: When = lambda _: True


@dataclass(frozen=True)
class Kind:
    """A row of the menu. `kinds` are the demands it opens, `title` heads screens and the statement."""

    key: str
    label: str
    title: str
    steps: tuple[Step, ...]
    kinds: tuple[str, ...]


def _chosen(key: str, *options: str) -> When:
    return lambda answers: answers.get(key, {}).get("option") in options


def _for_another(answers: Answers) -> bool:
    return _chosen("whom", "child", "other")(answers)


WHOM = Step(
    "whom",
    N_("For whom"),
    N_("Whose personal data is this about?"),
    options=(
        Option("self", N_("🙋 Mine")),
        Option("child", N_("🧒 My child's")),
        Option("other", N_("🤝 Someone I represent")),
    ),
    typed=False,
)
PERSON = Step(
    "person",
    N_("Whose data"),
    N_("Write the full name of the person whose data it is."),
    check=full_name,
    when=_for_another,
)
PARENT = Step(
    "basis",
    N_("Your right to act"),
    N_("Who are you to the child? Choose, or write it in your own words."),
    options=(Option("parent", N_("👪 Parent")), Option("guardian", N_("🏠 Guardian or trustee"))),
    when=_chosen("whom", "child"),
)
POWER = Step(
    "basis",
    N_("Your right to act"),
    N_(
        "On what basis do you represent this person? For example: power of attorney No. 7 of 1 March 2026, guardian, lawyer. "
        "A copy can be attached later; no passport is needed."
    ),
    when=_chosen("whom", "other"),
)
NAME = Step(
    "name",
    N_("Full name"),
    N_("Write your own full name, the way %(operator)s knows it."),
    check=full_name,
)
CONTACT = Step(
    "contact",
    N_("A contact we know"),
    N_(
        "Write something by which we find you in our records: an e-mail, a phone, an order or contract number. "
        "If there is nothing, skip it."
    ),
    skip=True,
    check=contact,
)
FILES = Step(
    "files",
    N_("Files"),
    N_(
        "Send files if they help: photos, documents, screenshots. As many as you like, one by one or as an album. "
        "Passport scans are not needed."
    ),
    typed=False,
)
REVIEW = Step("review", N_("Review"), N_("Please check everything. Then send it."), typed=False)
WHO = (WHOM, PERSON, PARENT, POWER, NAME, CONTACT)
END = (FILES, REVIEW)

SCOPE = Step(
    "scope",
    N_("What is withdrawn"),
    N_("Do you withdraw consent for everything, or only for some purposes?"),
    options=(Option("all", N_("🌐 For everything")), Option("some", N_("🎯 For some purposes only"))),
    typed=False,
)
PURPOSES = Step(
    "purposes",
    N_("Purposes"),
    N_("For which purposes do you withdraw consent? For example: mailings, publishing my review, passing data to partners."),
    own=True,
    when=_chosen("scope", "some"),
)


def _words(ask: str, ready: str = "", name: str = N_("Your request")) -> Step:
    return Step("what", name, ask, own=True, ready=ready)


ACCEPT = N_("Here is a ready text. Take it, or write your own.")
ERASE_ALSO = ("consent_withdrawal", "stop_processing")

KINDS: dict[str, Kind] = {
    one.key: one
    for one in (
        Kind(
            "consent_withdrawal",
            N_("🚫 Withdraw consent"),
            N_("Withdrawal of consent"),
            (
                *WHO,
                SCOPE,
                PURPOSES,
                _words(
                    ACCEPT,
                    N_("I withdraw the consent given to %(operator)s to process %(whose)s %(purposes)s."),
                ),
                *END,
            ),
            ("consent_withdrawal",),
        ),
        Kind(
            "claim",
            N_("⚖️ Claim"),
            N_("Claim"),
            (
                *WHO,
                Step(
                    "happened",
                    N_("What happened"),
                    N_("Tell what happened: when, what went wrong, which order or contract it concerns."),
                    own=True,
                ),
                Step(
                    "demanded",
                    N_("What you demand"),
                    N_("What do you demand? For example: pay back 500 roubles, correct the mistake, apologise."),
                    own=True,
                    ready=N_("I ask you to consider my claim and to send me a written answer."),
                ),
                *END,
            ),
            ("claim",),
        ),
        Kind(
            "stop_processing",
            N_("✋ Stop processing"),
            N_("Demand to stop processing"),
            (
                *WHO,
                _words(
                    ACCEPT,
                    N_(
                        "I demand that %(operator)s stop processing %(whose)s and make sure that whoever processes them on its "
                        "behalf stops too."
                    ),
                ),
                *END,
            ),
            ("stop_processing",),
        ),
        Kind(
            "access_request",
            N_("📂 What do you hold about me"),
            N_("Request for information on the processing of data"),
            (
                *WHO,
                _words(
                    ACCEPT,
                    N_(
                        "Please tell me whether %(operator)s processes %(whose)s, and if so: which data and where they come "
                        "from, on what grounds, for what purposes and how they are processed, for how long they are kept, to "
                        "whom they are or may be disclosed, whether they go abroad, who processes them on your behalf, and how "
                        "I can use my rights (152-FZ art. 14(7))."
                    ),
                ),
                *END,
            ),
            ("access_request",),
        ),
        Kind(
            "rectification",
            N_("✏️ Correct"),
            N_("Demand to correct data"),
            (
                *WHO,
                _words(
                    N_("What is wrong, and how should it be? A document that shows it can be attached at the next step."),
                    name=N_("What to correct"),
                ),
                *END,
            ),
            ("rectification",),
        ),
        Kind(
            "blocking_request",
            N_("🔒 Block"),
            N_("Demand to block data"),
            (
                *WHO,
                _words(
                    N_("Which data should be blocked, and why? For example: they are inaccurate, or you use them unlawfully."),
                    name=N_("What to block"),
                ),
                *END,
            ),
            ("blocking_request",),
        ),
        Kind(
            "destruction_request",
            N_("🗑 Delete"),
            N_("Demand to destroy data"),
            (
                *WHO,
                # Without a ground the law knows no duty to destroy at once: it is a withdrawal and a demand to stop (LAW §1).
                Step(
                    "ground",
                    N_("Why"),
                    N_("Why should the data be deleted? The dates depend on it; no choice is worse for you."),
                    options=(
                        Option("unlawful", N_("⛔️ They were obtained unlawfully"), ("destruction_request", *ERASE_ALSO)),
                        Option("needless", N_("⌛️ They are no longer needed"), ("destruction_request", *ERASE_ALSO)),
                        Option("wish", N_("🙂 I just want it"), ERASE_ALSO),
                    ),
                    typed=False,
                ),
                _words(
                    ACCEPT,
                    N_(
                        "I withdraw my consent, demand that %(operator)s stop processing %(whose)s, and demand that they be "
                        "destroyed. %(ground)s"
                    ),
                ),
                *END,
            ),
            (),
        ),
        Kind(
            "marketing_optout",
            N_("🔕 No advertising"),
            N_("No more advertising"),
            (
                *WHO,
                _words(
                    ACCEPT,
                    N_(
                        "I demand that %(operator)s at once stop using %(whose)s for advertising: no calls, messages, letters "
                        "or mailings."
                    ),
                ),
                *END,
            ),
            ("marketing_optout",),
        ),
        Kind(
            "question",
            N_("💬 Question"),
            N_("Question"),
            (_words(N_("Write your question in your own words."), name=N_("Your question")), *END),
            ("question",),
        ),
    )
}

# How the menu lays them out.
MENU = (
    ("consent_withdrawal",),
    ("stop_processing",),
    ("access_request",),
    ("rectification", "blocking_request", "destruction_request"),
    ("marketing_optout",),
    ("claim", "question"),
)

# What a chosen ground says in the statement.
GROUNDS = {
    "unlawful": N_("They were obtained unlawfully."),
    "needless": N_("They are no longer needed for the purpose they were collected for."),
    "wish": "",
}
