"""The steps of the rules: each has a short name and, where a requester should hear of it, a careful sentence."""

import re

import pytest

from desk.law import BadLawData, load_regime, parse_regime
from desk.law.check import STEP_NAME, check_regime, load_cases
from desk.law.data import read_data

REGIMES = ("ru-152fz", "gdpr", "uk-gdpr")
STEPS = [(name, rule, step) for name in REGIMES for rule in load_regime(name).rules for step in rule.steps]
# Steps that are the answer itself, inner matters, or go to an authority: a requester does not hear of them.
SILENT = {
    "gather", "screen", "ground", "evidence", "check", "contain", "inquiry", "prepare", "verify", "classify", "act",
    "answer", "confirm", "notify", "result", "comply", "notify_authority", "report_authority", "consider",
}  # fmt: skip


@pytest.mark.parametrize(("name", "rule", "step"), STEPS, ids=[f"{rule.id}.{step.key}" for _name, rule, step in STEPS])
def test_every_step_has_a_short_name_in_both_languages_and_its_own_words_only(name, rule, step):
    for said in (step.name, step.told or step.name):
        assert re.search("[а-я]", said["ru"])
        assert not re.search("[а-яё]", said["en"], re.IGNORECASE)
    assert max(map(len, step.name.values())) <= STEP_NAME
    assert not any(one.endswith(".") for one in step.name.values())


def test_a_requester_hears_only_of_steps_that_are_for_their_ears():
    told = [(rule.kind, step.key) for _name, rule, step in STEPS if step.told]
    assert told
    assert not [one for one in told if one[1] in SILENT]
    assert not {kind for kind, _key in told} & {
        "rkn_request",
        "rkn_order",
        "rkn_block_request",
        "authority_order",
        "breach_report",
    }


def test_what_a_requester_hears_is_one_sentence_that_claims_and_promises_nothing_more():
    for _name, rule, step in STEPS:
        for said in (step.told or {}).values():
            assert said.index(".") == len(said) - 1, (rule.id, step.key)
            assert not re.search(r"\bвсе ваши|\bвсех ваших|полностью|навсегда|\ball your|\bcompletely|forever", said)
            assert not re.search(r"сообщим|будем|уничтожим|we will|we shall|\bобязуемся", said)


def test_where_grounds_may_let_some_processing_go_on_the_sentence_leaves_room_for_it():
    for _name, rule, step in STEPS:
        if step.told and rule.continuing_grounds and step.key in {"stop", "destroy", "processors"}:
            assert "законных оснований" in step.told["ru"]
            assert "legal ground" in step.told["en"]


def test_a_step_without_a_name_is_refused():
    text = read_data("regimes", "ru-152fz").replace('name = { ru = "Убрать данные других лиц"', 'was = { ru = "Убрать"')
    with pytest.raises(BadLawData, match=r"ru-152fz\.access_request: the step screen has no name"):
        parse_regime(text)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ('name = { ru = "Убрать данные других лиц", en = " " }', "a text is empty"),
        ('name = { ru = "Убрать" }', "'en' is missing"),
    ],
)
def test_a_name_in_one_language_is_refused(changed, said):
    text = read_data("regimes", "ru-152fz")
    whole = next(line for line in text.splitlines() if '"Убрать данные других лиц"' in line)
    with pytest.raises(BadLawData, match=said):
        parse_regime(text.replace(whole, changed))


def test_a_step_that_stands_twice_is_refused():
    text = read_data("regimes", "ru-152fz").replace('key = "screen"', 'key = "gather"')
    with pytest.raises(BadLawData, match="a step key stands twice"):
        parse_regime(text)


def test_a_long_name_and_a_clock_with_two_acts_are_found():
    text = read_data("regimes", "ru-152fz")
    text = text.replace("Убрать данные других лиц", "Убрать данные всех других лиц до единого человека")
    text = text.replace('key = "screen"\n', 'key = "screen"\nclock = "answer"\n').replace("optional = true\n", "")
    found = check_regime(parse_regime(text), load_cases("ru-152fz"))
    assert len(found) == 2
    assert "several steps stop the clock answer" in found[0]
    assert "the name of the step screen (ru) has more than 34 characters" in found[1]


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('proof = "document"', "", "does not say what proves it: proof is one of letter, document, confirmation, fact"),
        ('proof = "document"', 'proof = "paper"', "'paper' is not one of letter, document, confirmation, fact"),
        ('follows = "destroy"', 'follows = "erase"', "waits for erase, which the rule does not have"),
        ('told_after = ["processors"]', 'told_after = ["partners"]', "waits for partners, which the rule does not have"),
        ('clock = "stop"\n', 'clock = "stop"\noptional = true\n', "stops a clock, so it is not optional"),
        ('proof = "document"', 'proof = "document"\nsince = 3', "has since, which is not asked for"),
    ],
)
def test_a_step_that_does_not_say_what_proves_it_or_waits_for_nothing_known_is_refused(was, becomes, said):
    text = read_data("regimes", "ru-152fz")
    assert was in text
    with pytest.raises(BadLawData, match=re.escape(said)):
        parse_regime(text.replace(was, becomes, 1))


def test_what_is_asked_of_processors_and_whoever_answers_is_never_proved_by_a_tick():
    wanted = {(rule.kind, step.key): step.proof for _name, rule, step in STEPS}
    assert {proof for (_kind, key), proof in wanted.items() if key in {"processors", "republishers"}} == {"confirmation"}
    assert {proof for (_kind, key), proof in wanted.items() if key in {"answer", "notify", "confirm", "result"}} == {"letter"}
    assert wanted["consent_withdrawal", "act"] == "document"


def test_nobody_is_told_destroyed_while_a_processor_has_not_confirmed_it():
    for name, rule, step in STEPS:
        if name == "ru-152fz" and step.told and "ничтож" in step.told["ru"] and step.key == "destroy":
            assert step.told_after == ("processors",), rule.id
            assert rule.step("processors") is not None
