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
        "Сообщение с сайта\n--------\n\nАвтор: Иван Петров\nE-mail автора: ivan@people.test\n\nТекст сообщения:\nудалите меня",
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


_DEMAND = "Отзываю согласие на обработку моих персональных данных."


@pytest.mark.parametrize(
    "page",
    [
        "<dl><dt>Имя</dt><dd>Иван Петров</dd><dt>E-mail</dt><dd>ivan@people.test</dd><dt>Сообщение</dt><dd>{}</dd></dl>",
        (
            "<dl><div><dt>Имя</dt><dd>Иван Петров</dd></div><div><dt>E-mail</dt><dd><a href='mailto:ivan@people.test'>"
            "ivan@people.test</a></dd></div><div><dt>Сообщение</dt><dd>{}</dd></div></dl>"
        ),
        (
            "<h2>Новая заявка</h2><dl><dt><b>Имя:</b></dt><dd>Иван Петров</dd><dt><b>E-mail:</b></dt><dd>ivan@people.test</dd>"
            "<dt>Сообщение:</dt><dd>{}</dd></dl>"
        ),
        "<dl><dt>Имя<dd>Иван Петров<dt>Телефон<dd><dt>E-mail<dd>ivan@people.test<dt>Сообщение<dd>{}</dl>",
        (
            "<p>С сайта</p><dl><dt>ФИО</dt><dd>Иван Петров</dd><dt>Электронная почта</dt><dd>ivan@people.test</dd>"
            "<dt>Текст обращения</dt><dd><p>{}</p><p>Жду.</p></dd></dl>"
        ),
        (
            "<p><label>Имя</label> <span>Иван Петров</span></p><p><label>E-mail</label> <span>ivan@people.test</span></p>"
            "<p><label>Сообщение</label> <span>{}</span></p>"
        ),
        (
            "<table><thead><tr><th>Имя</th><th>E-mail</th><th>Сообщение</th></tr></thead><tbody><tr><td>Иван Петров</td>"
            "<td>ivan@people.test</td><td>{}</td></tr></tbody></table>"
        ),
        (
            "<form>Имя: <input value='Иван Петров'><br>E-mail: <input value='ivan@people.test'><input type=hidden value=x><br>"
            "Сообщение: <textarea>{}</textarea></form>"
        ),
        (
            "<fieldset><legend>Имя</legend>Иван Петров</fieldset><fieldset><legend>E-mail</legend>ivan@people.test</fieldset>"
            "<fieldset><legend>Сообщение</legend>{}</fieldset>"
        ),
        (
            "<table><tr><th>Имя</th><td>Иван Петров</td></tr><tr><th>E-mail</th><td>ivan@people.test</td></tr>"
            "<tr><th>Сообщение</th><td>{}</td></tr></table>"
        ),
    ],
)
def test_a_form_whose_layout_alone_sets_names_and_values_apart_is_read(page):
    html = f"<html><body>{page.format(_DEMAND)}</body></html>"
    mail = parse(f"From: a@b.test\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}".encode())
    found = form_of(mail.text)
    assert found is not None
    assert (found.name, found.email) == IVAN
    assert _DEMAND in mail.text
