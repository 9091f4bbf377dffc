"""`rightsdesk classify --learn`: learns the operator's own wording from what people corrected."""

from argparse import Namespace
from dataclasses import fields

from app import learnt
from app.cli import FINE, Finding
from app.commands import files
from app.commands.database import is_new, on_database
from app.commands.terminal import answer_json
from app.settings.declared import Settings, load
from app.speech import said
from desk.context import Desk
from desk.recognising.learning import Example, Lesson, guards
from desk.recognising.learning import learn as learn_from
from desk.record import examples
from desk.vault import Vault


def learn(args: Namespace) -> int:
    """Read the examples, export them where that is asked for, learn, and write what was learnt unless letters would suffer."""
    settings = load()
    if is_new(settings):
        raise Finding(said("There is no database yet: nothing has come in that could be learnt from."))
    told, vault = on_database(settings, _told, acting=True)
    if args.export:
        files.write(args.export, examples.as_lines(told).encode())
    if not any(one.corrected and one.teaches for one in told):
        _nothing(settings, said("Nobody has corrected or confirmed yet how a letter was read: there is nothing to learn from."))
    lesson = learn_from(told, guards())
    if lesson.worse:
        raise Finding(
            said(
                "Nothing was written: %(worse)s letters that are read right would be read wrongly with what was learnt. "
                "Were two letters in the same words corrected in different ways?",
                **_figures(lesson),
            )
        )
    if not lesson.learnt.weights or lesson.after <= lesson.before:
        _nothing(
            settings,
            said(
                "There is nothing to learn: of %(examples)s letters %(before)s are read right already, and what is misread in "
                "the others is in no words that letters of two people share.",
                **_figures(lesson),
            ),
        )
    _write(settings, vault, lesson)
    if args.json:
        answer_json(_figures(lesson) | {"file": str(learnt.file(settings))})
        return FINE
    print(
        said(
            "Learnt from %(examples)s letters, of which people said or let stand what they demand (%(corrected)s and "
            "%(let_stand)s). Read right before: %(before)s, now: %(after)s; where only the letters of other people have "
            "taught: %(unseen)s. A running service reads by it from its next start.",
            **_figures(lesson),
        )
    )
    return FINE


async def _told(desk: Desk) -> tuple[list[Example], Vault]:
    return await examples.examples(), desk.vault


def _figures(lesson: Lesson) -> dict[str, int]:
    told = {one.name: getattr(lesson, one.name) for one in fields(lesson) if one.name != "learnt"}
    return told | {"let_stand": lesson.examples - lesson.corrected}


def _nothing(settings: Settings, why: str) -> None:
    """Raises Finding. What was learnt before goes: it came from letters that are not there any more."""
    try:
        gone = learnt.remove(settings)
    except OSError as error:
        raise _unwritable(settings, error) from error
    raise Finding(f"{why} {said('What was learnt before has been removed.')}" if gone else why)


def _write(settings: Settings, vault: Vault, lesson: Lesson) -> None:
    try:
        learnt.write(settings, vault, lesson.learnt)
    except OSError as error:
        raise _unwritable(settings, error) from error


def _unwritable(settings: Settings, error: OSError) -> Finding:
    file = learnt.file(settings)
    return Finding(said("%(file)s cannot be written: %(why)s.", file=file, why=error.strerror or error))
