"""Courtesies are known for what they are, and no demand is ever taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.recognising.courtesy import answers, is_courtesy

COURTESIES = (
    """
Привет!|Здравствуйте|Добрый день 👋|Спасибо большое!|👍|Hello|Good morning!|ок|Спасибо!|Спасибо|спс|Спасибо за ответ|Большое спасибо за помощь!
Спасибо вам большое за оперативный ответ|Всё понятно, спасибо|Понял, спасибо!|Благодарю вас|Благодарю за быстрый и полный ответ|Здраствуйте
Приветик|Всем привет|Доброго времени суток|Хорошего дня!|Спасибо, хорошего вечера|До свидания|Всего доброго|С наступающим!|Спасибооооо|ПРИВЕТ
Окей|Хорошо, спасибо|Отлично! Спасибо!|Получила, спасибо|Вопросов больше нет|🙏🙏🙏|❤️|...|!|Thanks|Thank you so much!|thx|Thank you for your help
Thanks a lot for the quick reply|Got it, thanks|Have a nice day!|Bye|Best regards|ok thank you|Okay, great, thanks!|Спасибо за удаление моих данных
Спасибо, вы мне очень помогли|Уважаемые коллеги, здравствуйте!|Thanks for deleting my data|Merci-спасибо|Добрый вечер)|Пока|Спасибо!!! 🌹|Пасиб
С новым годом!|Успехов вам|Good night|see you|Appreciate it|Огромное спасибо!|Вам спасибо|Доброе утро|Спокойной ночи|Удачи!
""".replace("Merci-спасибо", "Мерси")
    .replace("\n", "|")
    .strip("|")
    .split("|")
)

MATTERS = (
    """
Привет, где вы находитесь?|?|Добрый день, мой заказ 77 не пришёл|Здравствуйте. Удалите мои данные.|Спасибо, удалите мои данные|Спасибо, но данные не удалены
Помощь|Ответ|Мои данные|Жду ответа|Спасибо, жду удаления|Удаление данных, спасибо|Спасибо за утечку моих данных|Спасибо за то что слили мой номер|Стоп|STOP
Хорошо, отзываю согласие|Ок. Отзываю согласие на обработку|Не надо мне звонить, спасибо|Please stop|Please delete|Delete me, thanks|Thanks, now delete my data
No thanks, unsubscribe me|Спасибо, пришлите копию|Всё|Данные|До завтра удалите|Пока вы думаете, я жалуюсь|Благодарю, а когда будет ответ|Hello, I want my data
Good day, withdraw my consent|Thanks for nothing|Спасибо за ничего|Спасибо https://example.ru|Спасибо 5|anna@example.ru|Анна Петрова|Хорошо, что не удалили
Отпишите меня пожалуйста|Отпишитесь|Пожалуйста|и|Всем вам|Спасибо, нет, я против|Thank you for leaking my data|ok but no|Не благодарю|Я жалуюсь
""".replace("\n", "|")
    .strip("|")
    .split("|")
)


@pytest.mark.parametrize("text", COURTESIES)
def test_it_asks_for_nothing(text: str) -> None:
    assert is_courtesy(text)


@pytest.mark.parametrize("text", MATTERS)
def test_it_is_a_matter(text: str) -> None:
    assert not is_courtesy(text)


DEMANDS = [
    "удалите мои данные",
    "отзываю согласие",
    "прошу прислать копию",
    "stop calling me",
    "я требую ответа",
    "delete my account",
    "не звоните мне",
    "где мои деньги",
]


@given(
    before=st.lists(st.sampled_from(COURTESIES), max_size=3),
    demand=st.sampled_from(DEMANDS),
    after=st.lists(st.sampled_from(COURTESIES), max_size=3),
    between=st.sampled_from([". ", ", ", "\n", " ", "! "]),
)
def test_no_demand_is_swallowed_by_courtesies_around_it(before: list[str], demand: str, after: list[str], between: str) -> None:
    assert not is_courtesy(between.join([*before, demand, *after]))


def test_a_letter_of_thanks_may_be_signed() -> None:
    assert is_courtesy("Спасибо за помощь!\n\nС уважением,\nАнна Петрова\nООО Ромашка")
    assert is_courtesy("Thank you very much!\n-- \nAnn Smith")
    assert not is_courtesy("С уважением,\nАнна Петрова")
    assert not is_courtesy("Удалите всё.\nС уважением,\nАнна")


def test_a_name_that_is_spoken_to_is_part_of_the_courtesy() -> None:
    assert is_courtesy("Спасибо, Борис!", names=frozenset({"борис"}))
    assert not is_courtesy("Борис", names=frozenset())
    assert not is_courtesy("Спасибо, Ромашка")


@pytest.mark.parametrize("text", ["Да", "да!", "Нет", "Yes", "ок", "Конечно, да", "Хорошо"])
def test_yes_and_no_answer_a_question(text: str) -> None:
    assert answers(text)


@pytest.mark.parametrize("text", ["Спасибо", "Привет", "👍", "Да, удалите"])
def test_other_words_answer_none(text: str) -> None:
    assert not answers(text)
