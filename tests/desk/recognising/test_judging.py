"""Signs weighed together: no single one decides, a demand always opens, and answering is the stricter decision."""

from hypothesis import given
from hypothesis import strategies as st

from desk.recognising.judging import HELD, WHY, Sign, judge

SIGNS = st.lists(
    st.builds(Sign, st.sampled_from(sorted(WHY)), st.integers(-4, 4), st.sampled_from(["auto_reply", "list"]), st.booleans()),
    max_size=8,
)


def test_one_weak_sign_holds_nothing_and_two_strong_ones_do():
    one = Sign("declared_generated", HELD - 1, silences=True)
    assert judge([one], demands=False).opens
    held = judge([one, Sign("nobody_reads", 2)], demands=False)
    assert (held.opens, held.kind, held.held_for) == (False, "auto_reply", ("declared_generated", "nobody_reads"))


def test_what_speaks_for_a_person_outweighs_a_program():
    assert judge([Sign("list_software", 2, "list"), Sign("newsletter", 2, "list"), Sign("asks", -2)], demands=False).opens


def test_the_reasons_of_a_list_and_of_a_robot_tell_what_it_is():
    lists = [Sign("list_software", 2, "list"), Sign("list_unsubscribe", 2, "list")]
    assert judge(lists, demands=False).kind == "list"
    assert judge([*lists[:1], Sign("absence_deputy", 4)], demands=False).kind == "auto_reply"


@given(signs=SIGNS)
def test_a_demand_always_opens_a_ticket(signs):
    assert judge(signs, demands=True).opens


@given(signs=SIGNS, demands=st.booleans())
def test_nothing_that_silences_is_ever_answered_and_nothing_held_is(signs, demands):
    judged = judge(signs, demands=demands)
    if any(sign.silences for sign in signs):
        assert not judged.answered
    if not judged.opens:
        assert not judged.answered
        assert judged.held_for


@given(signs=SIGNS, demands=st.booleans(), at=st.integers(0, 8))
def test_one_more_sign_of_a_person_never_holds_a_letter(signs, demands, at):
    if judge(signs, demands=demands).opens:
        assert judge([*signs[:at], Sign("asks", -2), *signs[at:]], demands=demands).opens
