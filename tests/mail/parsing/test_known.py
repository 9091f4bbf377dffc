"""Our own words are ours: what we sent is found word for word in any style of quoting, and nothing else is taken out."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mail.letters import render
from mail.parsing.known import without_known
from mail.parsing.parse import parse
from tests.mail.parsing.quoting import DEMAND, OURS, STYLES, THANKS, letter, quoted
from tests.mail.test_letters import OPERATOR, REGIME, REPLY, content

STAFF = "Dear Ivan, the reference desk has checked the archive of our shop and found two contracts of yours."
ENGLISH = render(OPERATOR, REGIME, content("reply", REPLY | {"language": "en", "text": STAFF})).text


def words(text):
    return re.findall(r"\w+", text.casefold())


@pytest.mark.parametrize("own", [THANKS, DEMAND], ids=["thanks", "a new demand"])
@pytest.mark.parametrize("style", STYLES, ids=[style["name"] for style in STYLES])
def test_in_every_style_only_the_persons_words_are_left(style, own):
    mail = parse(letter(style, own)).apart_from([OURS])
    assert own in mail.new_text.replace("\n", " ")
    rest = words(mail.new_text.replace(own, "", 1))
    assert set(rest) <= set(words(style.get("left", "")))
    assert "отправлено автоматически" in mail.text


@pytest.mark.parametrize("style", [style for style in STYLES if "quote1" not in style["body"]], ids=lambda style: style["name"])
def test_a_short_reply_of_staff_is_found_too(style):
    own = "А я прошу ещё раз: пришлите копию договора."
    mail = parse(letter(style, own, ENGLISH)).apart_from([OURS, ENGLISH])
    assert own in mail.new_text.replace("\n", " ")
    assert "reference desk" not in mail.new_text


@pytest.mark.parametrize(
    "text",
    [
        "Отзыв согласия на обработку персональных данных (ч. 5 ст. 21 152-ФЗ). Прошу прекратить обработку.",
        "ИП Петров Пётр Петрович\n190000, Санкт-Петербург, а/я 1\nот Ивановой Анны\n\nТребование о прекращении обработки (ч. 5.1 ст. 21 152-ФЗ)",
        "Вы вправе обжаловать? Нет, это я вправе обжаловать.",
        "Прошу:\n• Отзыв согласия на обработку персональных данных (ч. 5 ст. 21 152-ФЗ)\n• Требование о прекращении обработки (ч. 5.1 ст. 21 152-ФЗ)",
        "Спасибо!",
        "> отзываю согласие на обработку персональных данных",
    ],
)
def test_names_of_demands_and_addresses_are_nobodys_letter(text):
    cut = without_known(text, [OURS])
    assert (cut.text, cut.found) == (text, False)


def test_their_own_earlier_letter_is_no_new_demand_where_it_is_quoted():
    earlier = "Здравствуйте! Я отзываю согласие на обработку моих персональных данных и прошу прекратить звонки."
    whole, _, _ = quoted({"prefix": "> "}, OURS)
    text = f"Спасибо!\n\n20.11.2026, 11:00, Ромашка <a@b.test>:\n{whole}\n>> {earlier}"
    assert without_known(text, [OURS], [earlier]).text == "Спасибо!"
    # Said again above the quotation, it is said again.
    again = f"{earlier}\n\n{whole}"
    assert without_known(again, [OURS], [earlier]).text == earlier


def test_an_address_that_a_program_rewrote_does_not_stop_the_cut():
    changed = OURS.replace("https://shop.example/privacy", "https://safe.example/?url=https%3A%2F%2Fshop.example")
    assert "Рассмотрение" not in without_known(f"Да.\n\n{changed}", [OURS]).text


OWN = st.lists(
    st.sampled_from(["да", "нет", "удалите", "мои", "данные", "прошу", "договор", "немедленно", "согласие", "ошибка", "паспорт"]),
    min_size=1,
    max_size=8,
).map(" ".join)


@given(
    own=st.lists(OWN, min_size=1, max_size=4),
    prefix=st.sampled_from(["> ", ">> ", "", "| ", "ИП> ", "  ", "» ", "# "]),
    wrap=st.sampled_from([0, 40, 60, 72]),
    data=st.data(),
)
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_wherever_something_was_added_it_is_left_and_ours_is_gone(own, prefix, wrap, data):
    whole, _, _ = quoted({"prefix": prefix, "wrap": wrap}, OURS)
    rows = whole.split("\n")
    for said in own:
        rows.insert(data.draw(st.integers(0, len(rows))), f"Я: {said}!")
    left = without_known("\n".join(rows), [OURS]).text
    for said in own:
        assert f"{said}!" in left
    assert not re.search(r"прочитает\W+сотрудник|отправлено\W+автоматически|Рассмотрение\W+бесплатно", left) or wrap
    assert len(words(left)) <= sum(len(words(said)) + 1 for said in own) + 12 * len(own)
