"""Templates of answers: every one in both languages, checked before it is used, and no gap of it goes unseen."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.answers.folder import kinds_of, packaged, source, suiting, written
from desk.answers.template import Deed, Gap, Template, WrongTemplate, fill, places, read
from desk.context import Operator
from desk.law import load_regime
from desk.papers import letterhead
from desk.papers.letterhead import headings

LAW = load_regime("ru-152fz")
KINDS = kinds_of(LAW)
ALL = packaged(LAW)
EVERY = pytest.mark.parametrize("template", [pytest.param(one, id=".".join(at)) for at, one in sorted(ALL.items())])
DONE = "12 декабря 2026 г."
OPERATOR = Operator(name="ИП Петрова Анна", address="Москва", site="https://shop.example")


def facts(template: Template, *, done: bool = True, known: bool = True) -> dict[str, Any]:
    """What the desk may know of a matter: all, or nothing."""

    def told(key: str, value: Any) -> Any:
        return value if known else Gap(key, f"gap {key}")

    steps = {step for kind in (*template.kinds, *template.beside) for step in KINDS[kind]}
    deed = {key: Deed(DONE, ((1, key),)) if done else Gap(f"deed.{key}", f"not done: {key}", fillable=False) for key in steps}
    purpose = {"name": "P", "grounds": "G", "data_categories": "D", "source": "S", "stored": "T"}
    return {
        "number": "41", "received": "R", "outgoing": "7/2026", "today": "N", "person": told("person", "Anna"),
        "operator": {name: told(f"operator.{name}", name) for name in ("name", "short_name", "address", "site", "policy_url")},
        "signatory": {name: told(f"signatory.{name}", name) for name in ("name", "position")},
        "demands": [{"name": "Demand", "article": "Art.", "received": "R"}],
        "purposes": [purpose] if known else Gap("purposes", "gap purposes"),
        "processors": [{"name": "Host", "address": "A"}] if known else Gap("processors", "gap processors", choices=("Host",)),
        **{name: told(name, name) for name in ("methods", "recipients", "cross_border", "measures")},
        "blocking": {"since": DONE, "until": DONE, "result": "lifted" if template.language == "en" else "снято"} if done else
        {"since": "", "until": "", "result": ""},
        "act": {"number": "1-1", "date": DONE if done else "", "several": ""},
        "deed": deed, "goes_on": [], "going_on": Gap("going_on", "what goes on"),
        "document": {"number": told("document.number", "5"), "date": told("document.date", "D")},
    }  # fmt: skip


def filled(template: Template, **how: bool) -> tuple[str, dict[str, str]]:
    """The letter with every gap that words can fill filled in, one by one as staff do."""
    said: dict[str, str] = {}
    for _ in range(60):
        made = fill(template, facts(template, **how), said)
        gap = next((one for one in made.gaps if one.fillable), None)
        if gap is None:
            return made.text, said
        said[gap.key] = "0" if gap.choices else gap.suggestion or "words of staff"
    raise AssertionError("Its gaps never end.")


@EVERY
def test_a_letter_is_there_in_both_languages_for_the_same_demands(template: Template) -> None:
    other = ALL[template.key, "en" if template.language == "ru" else "ru"]
    same = ("kinds", "beside", "proves", "to", "personal", "letterhead", "register", "order", "regime")
    assert [getattr(other, name) for name in same] == [getattr(template, name) for name in same]
    assert other.body.count("ask(") == template.body.count("ask(")
    assert other.body.count("deed.") == template.body.count("deed.")


@EVERY
def test_a_letter_is_in_its_language(template: Template) -> None:
    text, _ = filled(template)
    cyrillic = sum("а" <= one.lower() <= "я" for one in text.replace(DONE, ""))
    assert cyrillic == 0 if template.language == "en" else cyrillic > 60


@EVERY
def test_no_gap_goes_unseen_and_filled_in_none_is_left(template: Template) -> None:
    empty = fill(template, facts(template, done=False, known=False), {})
    assert empty.gaps
    for gap in empty.gaps:
        assert f"«{gap.words}»" in empty.text
    text, said = filled(template)
    assert not fill(template, facts(template), said).gaps
    assert "«" not in text.replace("«О персональных данных»", "").replace("«P»", "")
    assert "{{" not in text
    assert "{%" not in text
    assert "\n\n\n" not in text


@EVERY
def test_no_letter_states_a_deed_that_was_not_done(template: Template) -> None:
    text, _ = filled(template, done=False)
    assert DONE not in text
    made = fill(template, facts(template), {})
    assert bool(made.states) == (DONE in made.text)
    if "deed." in template.body:
        assert made.states
        undone = fill(template, facts(template, done=False), {})
        assert not undone.states
    for wrong in ("уничтожены words", "прекращена words"):
        assert wrong not in text


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_whoever_is_owed_a_letter_has_a_template(kind: str, language: str) -> None:
    rule = next(rule for rule in LAW.rules if rule.kind == kind)
    owed = any(send.to == "requester" for send in rule.send) or rule.sender == "authority"
    assert bool(suiting(ALL.values(), [kind], language)) == owed


@EVERY
def test_what_a_template_proves_is_a_letter_of_its_kinds(template: Template) -> None:
    for key in template.proves:
        steps = [step for rule in LAW.rules if rule.kind in template.kinds for step in rule.steps if step.key == key]
        assert steps
        assert all(step.proof in {"letter", "fact"} for step in steps), key


def test_only_what_the_law_allows_may_be_asked_for() -> None:
    for language in ("ru", "en"):
        for key in ("missing", "identify"):
            offered = ALL[key, language].body.partition("choose(")[2].partition("}}")[0].partition('", "')[2].lower()
            for forbidden in (
                "скан",
                "фото",
                "селфи",
                "нотариал",
                "личн визит",
                "причин",
                "оплат",
                "scan",
                "photo",
                "notar",
                "fee",
            ):
                assert forbidden not in offered
        assert "consent_withdrawal" not in ALL["missing", language].kinds


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("title: T\nkinds: question\n\n{{ operatr.name }}", "operatr"),
        ("title: T\nkinds: question\n\n{{ operator.phone }}", "operator.phone"),
        ("title: T\nkinds: question\n\n{% for one in purpose %}{% endfor %}", "purpose"),
        ("title: T\nkinds: question\n\n{% for one in purposes %}{{ one.ground }}{% endfor %}", "one.ground"),
        ("title: T\nkinds: question\n\n{{ deed.destroy }}", "deed.destroy"),
        ("title: T\nkinds: questoin\n\nText", "questoin"),
        ("title: T\nkinds: question\nproves: destroy\n\nText", "destroy"),
        ("titel: T\nkinds: question\n\nText", "titel"),
        ("kinds: question\n\nText", "title"),
        ("title: T\n\nText", "kinds"),
        ("title: T\nkinds: question", "letter"),
        ("title: T\nkinds: question\n\n{{ person", "line 1"),
        ("title: T\nkinds: question\n\n{% if person %}", "cannot be read"),
        ("title: T\nkinds: question\nletterhead: maybe\n\nText", "letterhead"),
        ("title: T\nkinds: question\norder: first\n\nText", "order"),
        ("title: T\nkinds: question\nto: court\n\nText", "court"),
        ("title: T\nkinds: question\n\n{{ ask() }}", "ask"),
        ('title: T\nkinds: question\n\n{{ choose("Which?") }}', "choose"),
        ("title: T\nkinds: question\n\n{{ ''.__class__.__mro__ }}", "no field"),
        ("title: T\nkinds: question\n\n{{ person.__class__ }}", "person.__class__"),
        ("title: T\nkinds: question\n\n{{ 1 / 0 }}", "cannot be filled"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_template_is_named(text: str, named: str) -> None:
    with pytest.raises(WrongTemplate) as caught:
        read("own", "ru", text, KINDS)
    assert named in str(caught.value)


def test_a_list_that_is_only_gone_through_is_missed_all_the_same() -> None:
    body = "title: T\nkinds: question\n\nGrounds:\n{% for one in purposes %}{{ one.name }}{% endfor %}"
    template = read("own", "ru", body, KINDS)
    made = fill(template, facts(template, known=False), {})
    assert [gap.key for gap in made.gaps] == ["purposes"]
    assert "«gap purposes»" in made.text


@EVERY
def test_a_template_is_read_as_it_is_written(template: Template) -> None:
    again = read(template.key, template.language, written(template), KINDS)
    assert again.title == template.title
    assert again.body.strip() == template.body.strip()
    assert (again.kinds, again.proves, again.register) == (template.kinds, template.proves, template.register)
    assert read(template.key, template.language, source(LAW, template.key, template.language), KINDS) == template


@given(st.text(max_size=300))
def test_whatever_somebody_writes_is_a_template_or_is_told_what_is_wrong(text: str) -> None:
    for body in (text, f"title: T\nkinds: question\n\n{text}"):
        try:
            template = read("own", "ru", body, KINDS)
        except WrongTemplate as error:
            told = error.problems
        else:
            told = ("fine",) if fill(template, facts(template), {}).text is not None else ()
        assert told


@given(st.text(max_size=200))
def test_what_staff_say_is_shown_and_never_run(said: str) -> None:
    template = read("own", "ru", 'title: T\nkinds: question\n\nA {{ ask("Q") }} B', KINDS)
    made = fill(template, facts(template), {"ask:Q": f"{{{{ person }}}}{said}"})
    assert "{{ person }}" in made.text


def test_places_are_what_was_chosen() -> None:
    assert [places("0,2"), places("-"), places("")] == [[0, 2], [], []]


@EVERY
def test_headings_are_what_the_letter_writes_over_its_parts_and_never_words_of_staff(template: Template) -> None:
    said = "Данные уточнены"
    text = fill(template, facts(template), {gap.key: said for gap in fill(template, facts(template), {}).gaps}).text
    shown = [text[start:end] for start, end in headings(text, template.headings)]
    assert said not in shown
    assert not {"position", "name"} & set(shown)
    assert not [one for one in shown if "№" in one or "No." in one or one.endswith((".", "!", ",", ":", ";"))]
    parts = letterhead.data(OPERATOR, template.language, text, ("position", "name"), template.headings)["parts"]
    assert [one["text"] for one in parts if one["kind"] == "heading"] == shown
    wanted = {"claim": 4, "withdrawn": 3, "stopped": 2, "access": 11, "authority": 0, "answer": 0, "optout": 0}
    assert len(shown) == wanted.get(template.key, len(shown))


def test_a_letter_on_the_letterhead_names_its_number_and_whom_it_is_to() -> None:
    text = "Ref. No. 7/2026, 14 December 2026\nYour ref. No. 5\n\nThe Head\nof the Office\n\nIn response …\n\nposition\nname"
    parts = letterhead.data(OPERATOR, "en", text, ("position", "name"), ())["parts"]
    assert [one["kind"] for one in parts] == ["register", "addressee", "text"]
