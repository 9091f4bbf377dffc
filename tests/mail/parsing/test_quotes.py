"""Earlier letters quoted below, above or between are hidden, in every style people's programs have; own words never are."""

import pytest

from mail.parsing.htmltext import html_to_text
from mail.parsing.parse import parse
from mail.parsing.quotes import without_quotes

OWN = "Нет, это не так."
QUOTED = "Отзываю согласие на обработку персональных данных"

STYLES = {
    "gmail ru": f"{OWN}\n\nпт, 20 нояб. 2026 г. в 11:00, Desk <desk@operator.test>:\n\n> {QUOTED}\n> ещё\n",
    "gmail en": f"{OWN}\n\nOn Fri, Nov 20, 2026 at 11:00 AM Desk <desk@operator.test> wrote:\n\n> {QUOTED}\n",
    "gmail en wrapped": f"{OWN}\n\nOn Fri, Nov 20, 2026 at 11:00 AM Desk of the Operator <\ndesk@operator.test> wrote:\n\n> {QUOTED}\n",
    "yandex": f'{OWN}\n\n20.11.2026, 11:00, "Desk" <desk@operator.test>:\n{QUOTED}\n',
    "yandex marked": f'{OWN}\n \n20.11.2026, 11:00, "Desk" <desk@operator.test>:\n> {QUOTED}\n',
    "mail.ru": f"{OWN}\n\nПятница, 20 ноября 2026, 11:00 +03:00 от Desk <desk@operator.test>:\n \n{QUOTED}\n",
    "mail.ru marked": f"{OWN}\n\n>Пятница, 20 ноября 2026, 11:00 +03:00 от Desk <desk@operator.test>:\n>\n>{QUOTED}\n",
    "outlook ru": f"{OWN}\n\nОт: Desk <desk@operator.test>\nОтправлено: 20 ноября 2026 г. 11:00\nКому: Anna\nТема: Re: заявление\n\n{QUOTED}",
    "outlook ru ruled": f"{OWN}\n\n________________________________\nОт: Desk <desk@operator.test>\nОтправлено: 20 ноября 2026 г. 11:00\nКому: Anna\nТема: Re: заявление\n\n{QUOTED}",
    "outlook en": f"{OWN}\n\nFrom: Desk\nSent: Friday, November 20, 2026 11:00 AM\nTo: Anna\nSubject: RE: x\n\n{QUOTED}",
    "outlook bold": f"{OWN}\n\n*From:* Desk\n*Sent:* Friday\n*To:* Anna\n*Subject:* RE: x\n\n{QUOTED}",
    "outlook divider": f"{OWN}\n\n-----Original Message-----\nFrom: Desk\n\n{QUOTED}",
    "outlook divider ru": f"{OWN}\n\n-----Исходное сообщение-----\nFrom: Desk\n\n{QUOTED}",
    "ios ru": f"{OWN}\n\nОтправлено с iPhone\n\n> 20 нояб. 2026 г., в 11:00, Desk <desk@operator.test> написал(а):\n> \n> {QUOTED}",
    "ios en": f"{OWN}\n\nSent from my iPhone\n\n> On 20 Nov 2026, at 11:00, Desk <desk@operator.test> wrote:\n> \n> {QUOTED}",
    "thunderbird ru": f"20.11.2026 11:00, Desk пишет:\n> {QUOTED}\n{OWN}",
    "thunderbird en": f"On 11/20/26 11:00, Desk wrote:\n> {QUOTED}\n\n{OWN}",
    "the bat": f"{OWN}\n\nВы писали 20 ноября 2026 г., 11:00:18:\n\n> {QUOTED}",
    "german": f"{OWN}\n\nAm 20.11.2026 um 11:00 schrieb Desk <desk@operator.test>:\n> {QUOTED}",
    "german outlook": f"{OWN}\n\nVon: Desk\nGesendet: Freitag\nAn: Anna\nBetreff: x\n\n{QUOTED}",
    "french": f"{OWN}\n\nLe ven. 20 nov. 2026 à 11:00, Desk <desk@operator.test> a écrit :\n\n> {QUOTED}",
}


@pytest.mark.parametrize("style", STYLES)
def test_the_quoted_letter_is_hidden_and_the_own_words_stay(style):
    found = without_quotes(STYLES[style])
    assert OWN in found
    assert QUOTED not in found
    assert "desk@operator.test" not in found


def test_words_between_quotations_stay():
    text = "20.11.2026 11:00, Desk пишет:\n> Вы уверены?\nДа, уверена.\n> Точно?\nИ второе: удалите данные."
    assert without_quotes(text) == "Да, уверена.\nИ второе: удалите данные."


@pytest.mark.parametrize(
    "text",
    [
        "Тема: отзыв\nДата: сегодня\nотзываю согласие",
        "Прошу:\n1. удалить данные\n2. прекратить звонки",
        "20.11.2026 ваш менеджер Иванов написал:\nвы нам не нужны. Это хамство.",
        "От: Анны\nпрошу отозвать согласие",
        "Я писала вам 20.11.2026 на адрес desk@operator.test и просила:\nудалить данные",
        "В 2026 году я заказывала у вас товар и получила письмо:",
        "1 > 0, а 5 < 6",
    ],
)
def test_own_words_that_only_look_like_quotations_stay(text):
    assert without_quotes(text) == text


def test_a_letter_of_nothing_but_quotation_is_shown_whole():
    assert without_quotes(f"> {QUOTED}") == f"> {QUOTED}"
    assert QUOTED in without_quotes(f"пт, 20 нояб. 2026 г. в 11:00, Desk <desk@operator.test>:\n> {QUOTED}")


def test_a_forwarded_letter_is_what_its_sender_wants_read():
    by_line = f"Коллеги, вам.\n\n---------- Forwarded message ---------\nОт: Anna <anna@people.test>\nDate: пт\nSubject: x\nTo: y\n\n{QUOTED}"
    assert QUOTED in without_quotes(by_line)
    russian = by_line.replace("Forwarded message", "Пересылаемое сообщение")
    assert QUOTED in without_quotes(russian)
    by_subject = f"Subject: FW: заявление\r\nFrom: boris@corp.test\r\n\r\nВам.\r\n\r\nОт: Anna\r\nОтправлено: вчера\r\nКому: Boris\r\nТема: заявление\r\n\r\n{QUOTED}"
    assert QUOTED in parse(by_subject.encode()).new_text


def test_the_whole_text_is_kept_beside_the_new_one():
    mail = parse(f"Subject: Re: x\r\n\r\n{STYLES['gmail ru']}".encode())
    assert QUOTED in mail.text
    assert QUOTED not in mail.new_text


@pytest.mark.parametrize(
    "page",
    [
        f'<div>{OWN}</div><div class="gmail_quote"><div>пт, 20 нояб. 2026 г. в 11:00, Desk &lt;desk@operator.test&gt;:</div><blockquote>{QUOTED}</blockquote></div>',
        f'<div>{OWN}</div><div>20.11.2026, 11:00, "Desk" &lt;desk@operator.test&gt;:</div><blockquote><p>{QUOTED}</p></blockquote>',
        f"<p>{OWN}</p><div><b>From:</b> Desk<br><b>Sent:</b> Friday<br><b>To:</b> Anna<br><b>Subject:</b> x</div><p>{QUOTED}</p>",
        f"<p>{OWN}</p><blockquote type=cite><div>{QUOTED}</div></blockquote>",
    ],
)
def test_quotations_in_html_are_hidden_too(page):
    mail = parse(f"Subject: Re: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{page}".encode())
    assert OWN in mail.new_text
    assert QUOTED not in mail.new_text
    assert QUOTED in mail.text


def test_html_is_turned_to_text_line_by_line():
    assert (
        html_to_text("<style>a{}</style><p>one&nbsp;two</p><ul><li>x</li></ul><script>bad()</script>three<br>four").splitlines()[
            0
        ]
        == "one two"
    )
    assert "bad" not in html_to_text("<script>bad()</script>ok")
    assert html_to_text("") == ""
    assert html_to_text("plain &amp; simple") == "plain & simple"
