"""Who speaks and how young they are: tables of letters, and of words that only sound alike."""

from datetime import date

import pytest

from desk.disclosure.speakers import Spoken, read

TODAY = date(2026, 12, 10)
BANDS = {"u14": ("under14", ""), "u18": ("under18", ""), "c14": ("", "under14"), "c18": ("", "under18")}
# u: the writer, c: a child of theirs; 14: under fourteen, 18: under eighteen.
AGES = """
u14|мне 13 лет, удалите мой аккаунт
u14|Мне всего 12 лет
u14|мне тринадцать лет
u14|Здравствуйте! Мне 11. Удалите мои данные
u14|мне ещё нет 14
u14|Мне не исполнилось 14 лет
u14|я учусь в 6 классе
u14|Я в 5 "Б" классе
u14|я ученица 7 класса
u14|учусь в шестом классе
u14|I am 13 years old, delete my account
u14|I'm 12 and I want out
u14|im 11 yo
u14|I am under 14
u14|i'm in 6th grade
u14|I am in grade 5
u14|I'm only twelve years old
u14|я 10-летний мальчик
u14|дата рождения: 05.05.2014
u14|я родилась 01.02.2015
u14|я 2014 года рождения
u14|мне скоро 13 лет
u14|Возраст: 12
u14|my age is 12
u18|мне 16 лет, отзываю согласие
u18|Мне 14
u18|я несовершеннолетний
u18|мне нет 18
u18|I am a minor
u18|I'm 17 years old
u18|учусь в 10 классе
u18|мне пятнадцать лет
u18|дата рождения 01.01.2010
u18|I am not yet 18
c14|моему сыну 9 лет, удалите его данные
c14|my son is 9
c14|Моя 8-летняя дочь зарегистрировалась у вас
c14|дочери 11 лет
c14|ребёнок (7 лет) оставил телефон
c14|my 8-year-old daughter signed up
c14|my daughter, 12, gave you her phone
c14|сын родился 12.03.2016
c14|дочь 2015 г.р.
c14|мой сын учится в 3 классе
c14|внучке 10 лет
c18|данные моего несовершеннолетнего сына
c18|моей дочери 16 лет
c18|our son is 15
u14|Мне 13, но родители не знают
u14|Мне уже исполнилось 12
u14|Мне, между прочим, 13 лет
u14|мне лет 13
u14|я школьник, 13 лет
u14|Я Вася, 12 лет
u14|Пишет вам Маша, мне одиннадцать лет
u14|I turned 13 yesterday
u14|Im a 13 year old girl
u14|I'm a 12yo
c14|сынишке 8 лет
c14|у меня дочь 10 лет
c14|двое детей, 7 и 9 лет
c14|ребенку исполнилось 12
c14|ребёнку 3 годика
u14|13 лет мне
u14|я в пятом классе
u14|учусь в 4-м классе
u18|мне шестнадцать
u14|МНЕ 13 ЛЕТ!!!
u14|мне только-только 13 стукнуло
u14|i am thirteen
u14|I am 9.
c14|My kid (6) used my phone
c14|сын, 11 лет, зарегистрировался
u18|я в 11 классе
u14|мне 13годиков
u14|мне12лет
"""
NO_AGES = """
ребёнку 13 лет назад поставили диагноз
на 14 дней
стаж 13 лет
Мне 13 лет назад выдали карту
я 13 лет пользуюсь вашим магазином
мне 35 лет
мне 13 раз звонили
мне 13 декабря позвонили
мне 12 числа списали деньги
мне 10 рублей вернули
когда мне было 13 лет, я зарегистрировался
с 14 лет имею паспорт
жду ответа 14 дней
работаю в школе, веду 6 класс
учитель 6 класса
мероприятие для детей до 14 лет
моему сыну 30 лет
my son is 25
I am 45 years old
I'm 13 days late
I am 13th in the queue
when I was 13 I signed up
I have used it for 13 years
мне пришло 13 писем
договор от 12.03.2014
дата рождения 12.03.1985
заказ 2014 года
прошу ответить в течение 10 рабочих дней
my order of 12 items
В 2015 году я купил телефон
мне 18 лет
мне 16 000 рублей не вернули
класс А, корпус 6
фильм 12+
сыну 13 писем прислали
за 14 дней до срока
I am 12 minutes away
товар класса 6
дому 13 лет
у компании 13 лет опыта
Мне 13 мая звонили
I am 13 pages in
мне 7 ноября ответили
мне 15 человек написали
жду 13 дней
Мне 14 ваших писем пришло
мне в 15 часов звонили
ребенку 5 раз звонили
сын купил 10 книг
my son ordered 12 items
I am 1 of 12 customers
я 2 года жду
мне 2 года не отвечают
дочь 10 лет назад вышла замуж
мне 17.12.2026 пришло смс
мне 8(916)1234567 звонили
У меня 2 детей, все взрослые
i'm 10 minutes late
квартира 14, дом 12
мне 16го числа позвонили
я 12 апреля писал
мне 10-го ответили
"""
ROLES = """
advocate|Я, адвокат Иванов И.И., действую в интересах Петровой, ордер № 15
advocate|Адвокат Смирнов представляет интересы Петровой А. И.
advocate|ордер № 77/12 прилагаю
advocate|I am a lawyer acting for Ms Petrova
advocate|our client Mr Smith withdraws his consent
advocate|В интересах моего доверителя прошу удалить данные
representative|Действую по доверенности от Петровой Анны Ивановны
representative|Представляю интересы Сидорова П. П.
representative|Обращаюсь от имени моей мамы, доверенность прилагаю
representative|I am writing on behalf of Anna Petrova
representative|I represent Mr Brown
representative|Прошу в интересах гражданина Сидорова сообщить сведения
parent|Я мать несовершеннолетнего Петрова Ивана, прошу удалить его данные
parent|Удалите данные моего сына
parent|Являюсь законным представителем ребёнка
parent|please delete my daughter's data
parent|I am the mother of Ivan Petrov
parent|Моему ребёнку 9 лет, вы обрабатываете его данные
guardian|Я опекун Петровой Анны, недееспособной
guardian|Прошу удалить данные моего подопечного
guardian|I am the guardian of John Smith
heir|Я наследник умершего Петрова И. И.
heir|Мой муж умер, прошу удалить его данные
heir|Прошу удалить данные моей умершей матери
heir|Прилагаю свидетельство о смерти отца
heir|My father passed away, delete his data
heir|I am the executor of his estate
advocate|Адвокатский кабинет Иванова: представляем интересы Петрова по ордеру
advocate|Я являюсь адвокатом Петровой А.И.
advocate|As counsel for Mr Smith we request
representative|Я действую по доверенности № 5
representative|Мы, ООО «Право», действуем в интересах Петрова
representative|Прошу вас по поручению Сидоровой Анны
parent|Как законный представитель своего ребёнка требую
parent|Пишу за своего сына, ему 10 лет
parent|дочка ввела у вас мой номер, удалите данные моей дочери
guardian|Назначен опекуном брата
heir|Папа умер в марте, удалите его профиль
heir|Мама скончалась, прошу удалить её данные
heir|I write as heir of my late father
"""
NO_ROLES = """
Мой адвокат сказал, что вы нарушаете закон
Я обращусь к адвокату
I will call my lawyer
Ваш представитель звонил мне
Прошу удалить мои данные
Отзываю согласие
представитель компании отказал
прошу ответить без доверенности
Органы опеки не при чём
у меня нет детей
хочу отозвать доверенность
Я пожалуюсь в прокуратуру через адвоката
A representative of your company called me
если я умру, кто получит мои данные?
Родительский контроль не работает
My lawyer told me to write
"""


def lines(table: str) -> list[str]:
    return [line for line in table.splitlines() if line.strip()]


@pytest.mark.parametrize("line", lines(AGES))
def test_minors_are_seen(line: str) -> None:
    band, text = line.split("|", 1)
    seen = read(text, TODAY)
    assert (seen.writer, seen.child) == BANDS[band]


@pytest.mark.parametrize("text", lines(NO_AGES))
def test_numbers_that_are_no_age_are_not(text: str) -> None:
    seen = read(text, TODAY)
    assert (seen.writer, seen.child) == ("", "")


@pytest.mark.parametrize("line", lines(ROLES))
def test_who_speaks_for_somebody_else_is_seen(line: str) -> None:
    role, text = line.split("|", 1)
    assert read(text, TODAY).role == role


@pytest.mark.parametrize("text", lines(NO_ROLES))
def test_somebody_elses_advocates_and_representatives_are_nobodys_right(text: str) -> None:
    assert read(text, TODAY) == Spoken()
