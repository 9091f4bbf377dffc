"""Forms of web sites, as a dozen of site builders send them; and letters that only look like one."""

import pytest

from mail.forms import Form, form_of
from mail.parsing.parse import parse

IVAN = ("Иван Петров", "ivan@people.test")


@pytest.mark.parametrize(
    "text",
    [
        "Имя: Иван Петров\nE-mail: ivan@people.test\nТелефон: +7 900 000-00-01\nСообщение: удалите меня",
        "Ваше имя: Иван Петров\nВаш email: ivan@people.test\nТекст сообщения: удалите меня",
        "Заполнена форма на сайте shop.test\n\nИмя\nИван Петров\n\nE-mail\nivan@people.test\n\nСообщение\nудалите меня",
        "Name: Иван Петров\nEmail: ivan@people.test\nComments: please erase me",
        "*Ф.И.О.:* Иван Петров\n*Электронная почта:* ivan@people.test\n*Вопрос:* удалите меня",
        "- ФИО: Иван Петров\n- Почта: ivan@people.test\n- Обращение: удалите меня",
        "Имя | Иван Петров\nEmail | ivan@people.test\nСообщение | удалите меня",
        "Имя\tИван Петров\nEmail\tivan@people.test\nСообщение\tудалите меня",
        "Request details:\nname: Иван Петров\nemail: ivan@people.test\nphone: 89000000001\nmessage: erase me\nPage: https://x.test",
        "Контактное лицо: Иван Петров\nE-mail для связи: ivan@people.test\nТема: данные\nТекст обращения:\nудалите меня",
        "Как вас зовут: Иван Петров\nПочта для ответа: ivan@people.test\nТелефон:\nКомментарий: удалите меня",
        "From: Иван Петров\nИмя: Иван Петров\nFrom email: ivan@people.test\nMessage: erase me",
    ],
)
def test_a_form_tells_who_filled_it_in(text):
    found = form_of(text)
    assert found is not None
    assert (found.name, found.email) == IVAN


def test_a_field_left_empty_does_not_swallow_the_next_one():
    assert form_of("Имя: Иван\nE-mail:\nТелефон: +7 900 000-00-01\nСообщение: x") == Form("Иван", "", "+7 900 000-00-01")


@pytest.mark.parametrize(
    "text",
    [
        "Здравствуйте! Отзываю согласие.\n\nС уважением,\nИван Петров\nТел.: +7 900 000-00-01\nE-mail: ivan@people.test",
        "Прошу удалить данные: имя, телефон, почту.",
        "Вопрос: когда ответите?",
        "От: Иван Петров <ivan@people.test>\nТема: x\nКому: нам\n\nтекст",
        "",
        "Тел: 1",
    ],
)
def test_a_signature_or_a_head_of_a_forwarded_letter_is_no_form(text):
    assert form_of(text) is None


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td>Имя</td><td>Иван Петров</td></tr><tr><td>E-mail<td>ivan@people.test<tr><td>Сообщение<td>удалите</table>",
        "<p><b>Имя:</b> Иван Петров<br><b>Email:</b> <a href='mailto:ivan@people.test'>ivan@people.test</a><br><b>Вопрос:</b> x</p>",
        "<ul><li>Имя: Иван Петров</li><li>Почта: ivan@people.test</li><li>Вопрос: удалите</li></ul>",
        "<table><tr><th>Ваше имя<td>Иван Петров<tr><th>Ваш E-mail<td>ivan@people.test<tr><th>Текст<td>удалите</table>",
        "<p><strong>Имя</strong><br>Иван Петров</p><p><strong>Email</strong><br>ivan@people.test</p><p><strong>Тема</strong><br>x</p>",
    ],
)
def test_a_form_in_html_is_read_as_well(html):
    raw = f"From: noreply@shop.test\r\nTo: d@operator.test\r\nSubject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}"
    found = form_of(parse(raw.encode()).text)
    assert found is not None
    assert (found.name, found.email) == IVAN
