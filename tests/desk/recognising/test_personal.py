"""Personal data in words that are about to leave: a table of what is recognised, and of what must not cost anybody a tap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.recognising.personal import NUMBERS, Datum, find

# ¶ stands for the end of a line.
HOLDS = """
passport|Ваш паспорт 4510 123456 найден
passport|паспорт серия 45 10 номер 123456
passport|4510 № 123456
passport|Паспорт: 4510123456, выдан ОВД
passport|серия 4510, номер 123456
passport|паспорт гражданина РФ 45-10-123456
passport|паспорт 45 10 123 456
passport|паспорт４５１０　１２３４５６
passport|п\u200bаспорт 45\u200b10\u200b 123\u200b456
passport|загранпаспорт 75 1234567
passport|номер 123456 серия 45 10
passport|4510123456
passport|Passport 4510-123456
passport|Данные: Иванов, 45 10 123456
snils|СНИЛС 112-233-445 95
snils|112-233-445 95
snils|снилс: 11223344595
inn|ИНН 500100732259
inn|500100732259
card|4111 1111 1111 1111
card|карта 5555555555554444
card|2200-1234-5678-9019
account|счёт 40817810099910004312
birth|дата рождения: 12.03.1985
birth|родилась 5 мая 1990 года
birth|12.03.1985 г.р.
birth|DOB 1985-03-12
birth|Иванов И.И., 12.03.1985 года рождения
birth|ФИО;Дата рождения¶Иванов;12.03.1985
phone|тел. +7 (916) 123-45-67
phone|8 916 123 45 67
phone|9161234567
phone|+375 29 123 45 67
email|ivanov@mail.ru
postal|г. Москва, ул. Ленина, д. 5, кв. 12
postal|проспект Мира 101
postal|12 Baker Street, London
postal|125009, Москва, Тверская ул., д. 7
document|свидетельство о рождении II-АК № 123456
document|водительское удостоверение 77 00 123456
document|полис ОМС 1234 5678 9012 3456
"""
HOLDS_NOTHING = """
Ваше обращение № 17 принято 12.03.2026, срок — до 22.03.2026
Заказ 4510123456 отправлен
заказ № 4510123456
Номер договора 4510123456 расторгнут
ИНН 7707083893, ОГРН 1027700132195
ИП Иванов, ОГРНИП 304500116000157
Ответ дан 21.11.2026 г., исх. № 123-45/26
Согласие отозвано, данные уничтожены 30 дней назад
Мы удалим данные в течение 10 рабочих дней (ч. 5 ст. 21 152-ФЗ)
трек-номер 80080012345678
Сумма 4 500 000 рублей
Статья 13.11 КоАП, до 300 000 руб.
Код подтверждения 123456
Мы работаем с 9:00 до 18:00
RA644000001RU
счёт 40702810400000012345
Постановление № 1335 от 04.10.2024
1 234 567 890 рублей
ISBN 978-5-17-118366-8
Ваш дом был построен в 1985 году
Ваша дата рождения у нас не хранится
Мы не храним паспортные данные
Паспорт не нужен. Номер заявки 123456
Ваш телефон удалён из рассылки
order 1234567890
"""


def lines(table: str) -> list[str]:
    return [line.replace("¶", "\n") for line in table.strip().splitlines()]


@pytest.mark.parametrize("line", lines(HOLDS))
def test_personal_data_are_recognised(line: str) -> None:
    datum, text = line.split("|", 1)
    assert Datum(datum) in {one.datum for one in find(text)}


@pytest.mark.parametrize("text", lines(HOLDS_NOTHING))
def test_numbers_and_dates_of_the_matter_itself_are_no_personal_data(text: str) -> None:
    assert find(text) == []


@given(st.text("0123456789", min_size=10, max_size=10), st.text(max_size=40), st.sampled_from(["", " ", "-", " № "]))
def test_whatever_stands_around_it_a_number_called_a_passport_is_seen(digits: str, around: str, gap: str) -> None:
    text = f"{around}\nпаспорт {digits[:4]}{gap}{digits[4:]}\n{around}"
    assert NUMBERS & {one.datum for one in find(text)}


@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    find(text)
