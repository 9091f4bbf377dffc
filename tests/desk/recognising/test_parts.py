"""What a person wrote is told apart from what offices and programs add."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.recognising.letter import recognise
from desk.recognising.parts import parts

NOTICES = [
    "This message is confidential. If you are not the intended recipient, please delete it.",
    "You have the right to access, rectify or erase your personal data.",
    "To stop receiving these emails, unsubscribe here.",
    "Настоящее сообщение содержит конфиденциальную информацию. Если письмо попало к вам по ошибке, удалите его.",
    "Вы вправе отозвать согласие и потребовать уничтожения данных.",
    "Чтобы отписаться от рассылки, перейдите по ссылке.",
    "Diese E-Mail ist vertraulich. Wenn Sie sie irrtümlich erhalten haben, löschen Sie diese Nachricht.",
]


@pytest.mark.parametrize("notice", NOTICES)
def test_notices_are_put_aside_and_the_letter_stays(notice):
    found = parts(f"Пришлите счёт за октябрь.\n\n{notice}")
    assert found.body.strip() == "Пришлите счёт за октябрь."
    assert " ".join(found.notices).split() == notice.split()


@pytest.mark.parametrize(
    "demand",
    [
        "Вы получили мои данные по ошибке, удалите их.",
        "If you received my data by mistake, delete my data.",
        "Прошу считать конфиденциальной информацию обо мне и удалить её.",
    ],
)
def test_words_about_ones_own_data_are_never_a_notice(demand):
    assert parts(demand).body == demand


def test_what_a_firm_says_of_itself_under_the_letter_is_its_signature():
    found = parts("Отзываю согласие.\n\n--\nООО «Щит»\nБесплатная консультация")
    assert found.body.strip() == "Отзываю согласие."
    assert "консультация" in found.signature


@given(st.text(max_size=500))
def test_no_word_is_lost_between_the_parts(text):
    found = parts(text)
    assert sorted("".join((found.body, found.signature, *found.notices)).split()) == sorted(
        " ".join(text.splitlines()).split()
    ) or len("".join("".join((found.body, found.signature, *found.notices)).split())) == len("".join(text.split()))


@pytest.mark.parametrize(
    "below",
    [
        "Отзываю согласие на обработку моих персональных данных.",
        "Прошу удалить мои данные.\nАнна",
        "Анна Иванова\nТребую прекратить обработку моих данных",
        "I withdraw my consent.",
        "Please delete my account and all data.",
        "Просим исключить нас из рассылки",
    ],
)
@pytest.mark.parametrize("line", ["--", "-- ", "_____", "С уважением", "Best regards,"])
def test_what_is_asked_below_a_line_of_dashes_is_no_signature(line, below):
    found = parts(f"Добрый день, получил ваш ответ.\n{line}\n{below}")
    assert below.splitlines()[-1] in found.body
    assert not found.signature


@pytest.mark.parametrize("rule", ["------------------------------------------", "________", "––––––"])
def test_sentences_below_a_rule_under_a_heading_are_no_signature(rule):
    found = parts(
        f"Информационное сообщение сайта\n{rule}\n\nАвтор: Рамиль\nТекст:\nХватит слать мне эсэмэски про скидки, я против!"
    )
    assert "Хватит слать" in found.body


def test_names_and_addresses_below_a_rule_are_a_signature():
    found = parts("Спасибо за ответ.\n----------\nИван Петров\nООО «Ромашка»\nтел. 8 900 000-00-00")
    assert "Ромашка" in found.signature


@pytest.mark.parametrize(
    "notice",
    [
        "Электронное сообщение предназначено исключительно адресату. При ошибочном получении просим удалить его и все данные в нём.",
        "Настоящее предназначено только для указанных лиц. Получив его по ошибке, уничтожьте все копии и содержащиеся данные.",
        "This is intended solely for the addressee. Received by mistake, please delete it and all data it contains.",
        "It is intended only for the person named. Where it reached you in error, erase all copies and data.",
    ],
)
def test_a_notice_of_confidentiality_goes_on_with_what_to_do_with_a_mistaken_letter(notice):
    told = recognise("Претензия", f"Просим погасить задолженность 312 400 руб. и уплатить неустойку.\n\n{notice}")
    assert told.kinds == ("claim",)
