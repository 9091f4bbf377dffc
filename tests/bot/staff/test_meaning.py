"""What staff mean by a text: every disguise of a command is heard as one or asked about, and plain words stay plain."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.staff.commands import COMMANDS
from bot.staff.lettering import folded
from bot.staff.meaning import CALLED, FOR_REQUESTERS, STROKES, Verdict, judge

EN, RU = "qwertyuiop[]asdfghjkl;'zxcvbnm,.", "йцукенгшщзхъфывапролджэячсмитьбю"
TO_RU, TO_EN = str.maketrans(EN, RU), str.maketrans(RU, EN)
LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "e",
            "zh",
            "z",
            "i",
            "y",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "shch",
            "",
            "y",
            "",
            "e",
            "yu",
            "ya",
        ],
        strict=True,
    )
)
ALIKE = {"a": "а", "e": "е", "o": "о", "p": "р", "c": "с", "y": "у", "x": "х"}
INVISIBLE = ["\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u200e", "\u202e", "\ufe0f", "\u3164"]
BEFORE = ["", " ", "\n", "• ", "— ", "«", "“", "📝 ", "❗️", "> ", "* ", "1) ", "(", "\u200b", "\u00a0"]
NAMES = sorted(COMMANDS)
SPOKEN = sorted({word for words in CALLED.values() for word in words})
WORDS = ["клиент тянет", "he is stalling", "", "12", "Завтра 10:00 | текст"]


def bold(word: str) -> str:
    return "".join(chr(0x1D41A + ord(one) - 97) if "a" <= one <= "z" else one for one in word)


def wide(word: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in word)


# Each way of writing a name by which it is still that name.
SAME = {
    "as it is": lambda word: word,
    "capitals": str.upper,
    "title": str.title,
    "other layout": lambda word: word.translate(TO_RU) if word.isascii() else word.translate(TO_EN),
    "look-alikes": lambda word: "".join(ALIKE.get(one, one) for one in word),
    "bold": bold,
    "wide": wide,
    "accents": lambda word: "".join(one + "\u0301" if one.isalpha() else one for one in word),
    "invisible": lambda word: "\u200b".join(word),
    "transliterated": lambda word: "".join(LATIN.get(one, one) for one in word),
}


@pytest.mark.parametrize("name", NAMES)
def test_every_command_is_known_with_its_russian_words(name: str) -> None:
    assert name in CALLED
    assert all(judge(f"/{word} слова").names[0] == name for word in CALLED[name])


@given(st.sampled_from(NAMES + SPOKEN), st.sampled_from(sorted(SAME)), st.sampled_from(sorted(STROKES)), st.sampled_from(WORDS))
def test_a_stroke_and_a_name_in_whatever_letters_is_that_command(word: str, way: str, stroke: str, rest: str) -> None:
    found = judge(f"{stroke}{SAME[way](word)} {rest}")
    assert (found.verdict, found.names[0]) == (Verdict.COMMAND, judge(f"/{word}").names[0])
    said, _ = found.as_command(f"{stroke}{SAME[way](word)} {rest}", [])
    assert said == f"/{found.names[0]} {rest}".rstrip()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("/е доступ", "t"),
        ("/Е", "t"),
        (".е доступ", "t"),
        ("/gl", "data"),
        ("|gl", "data"),
        ("/pd", "data"),
        ("Ждём.\n/е доступ", "t"),
    ],
)
def test_a_name_of_a_letter_or_two_is_heard_in_the_other_layout_by_its_stroke(text: str, name: str) -> None:
    assert name in judge(text).names


@pytest.mark.parametrize("text", ["е мое", "Е. Петров подтвердил.", "gl hf", "ГЛ. бухгалтер ответит", "5 т/е"])
def test_a_letter_or_two_without_a_stroke_are_words(text: str) -> None:
    assert judge(text).verdict == Verdict.WORDS


@given(st.sampled_from(NAMES), st.sampled_from(sorted(SAME)), st.sampled_from(BEFORE), st.sampled_from(WORDS))
def test_nothing_before_it_makes_plain_words_of_a_command(name: str, way: str, before: str, rest: str) -> None:
    assume(before != "1) " or name not in FOR_REQUESTERS)  # behind words "/help" tells a requester what to send
    assert judge(f"{before}/{SAME[way](name)} {rest}").verdict != Verdict.WORDS


@given(st.sampled_from(NAMES + SPOKEN), st.data())
def test_a_mistyped_command_is_asked_about_or_heard(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("abcxyzабвэюя"))
    typed = data.draw(
        st.sampled_from(
            [
                word[:place] + word[place + 1 :],
                word[:place] + letter + word[place + 1 :],
                word[:place] + letter + word[place:],
                word[:place] + word[place : place + 2][::-1] + word[place + 2 :],
                word[: place + 1] + word[place:],
            ]
        )
    )
    assert judge(f"/{typed} клиент тянет").verdict != Verdict.WORDS or not typed


@given(
    st.sampled_from([name for name in NAMES if name not in FOR_REQUESTERS]),
    st.sampled_from(sorted(SAME)),
    st.sampled_from(["\n", " ", "\n\n", " («", "\n> "]),
)
def test_a_command_later_in_the_text_is_never_sent_unasked(name: str, way: str, gap: str) -> None:
    found = judge(f"Клиент опять тянет.{gap}/{SAME[way](name)} потом")
    assert found.verdict == Verdict.MAYBE
    assert name in found.names


@given(st.sampled_from(NAMES), st.sampled_from(INVISIBLE), st.integers(0, 8))
def test_invisible_signs_hide_no_command(name: str, sign: str, place: int) -> None:
    typed = f"/{name} слова"
    assert judge(typed[:place] + sign + typed[place:]).verdict != Verdict.WORDS


@pytest.mark.parametrize(
    "text",
    [
        "тщеу клиент тянет",
        "note клиент тянет",
        "Note: he is lying",
        "заметка: опять он",
        "Заметка для своих",
        "Zametka: opyat",
        "pfvtnrf опять он",
        "n o t e: опять",
        "З а м е т к а: опять",
        "#note опять",
        "!note опять",
        "\\note опять",
        "/ note опять",
        "//note опять",
        "/n.o.t.e опять",
        "/noteклиент тянет",
        "/note/клиент тянет",
        "/тщеюу опять",
        "/assign Клара",
        "закрыть",
        "Данные удалены.\nЗаметка: он врёт",
        "/reply Данные удалены\n/note он врёт",
        "/куздн Данные удалены\n/тщеу он врёт",
    ],
)
def test_what_may_be_a_command_is_asked_about(text: str) -> None:
    assert judge(text).verdict == Verdict.MAYBE


@pytest.mark.parametrize("text", [".тщеу он тянет", "|pfvtnrf он тянет", "／note он тянет", "/NOTE: он тянет", "/note\nон тянет"])
def test_keys_of_the_other_layout_and_other_strokes_are_the_command(text: str) -> None:
    found = judge(text)
    assert (found.verdict, found.names) == (Verdict.COMMAND, ("note",))
    assert found.as_command(text, [])[0] == "/note он тянет"


@pytest.mark.parametrize(
    "text",
    [
        "Добрый день! Ваши данные удалены 12.11.2026.",
        "Note that the data were erased.",
        "Kind regards,\nBoris",
        "Close to the end of the term we will write again.",
        "Take care!",
        "Hold on, please.",
        "Reply to this letter with your order number.",
        "Why? Because the law says so.",
        "Ответ: данные удалены.",
        "Срок: 30 дней.",
        "План: удалить до пятницы.",
        "Примечание: ответ направлен также почтой.",
        "Письмо получено.",
        "Отказ вы можете обжаловать.",
        "Почему так вышло: мы ошиблись.",
        "Да/нет, и/или, 24/7, 1/2, км/ч",
        "https://example.org/note и http://example.org/close",
        "См. https://example.org/help/reply",
        "Напишите боту /start или /status.",
        "Отправьте\n/start\nи следуйте указаниям.",
        ":/ жаль",
        "/ 12",
        "Приложение 1/заметка",
        "C:/note",
        "",
        "...",
        "🙂",
        "نعم، تم الحذف",
        "是的,已删除",
    ],
)
def test_plain_words_are_plain(text: str) -> None:
    assert judge(text).verdict == Verdict.WORDS


@given(st.text(max_size=200))
def test_any_text_is_judged_and_what_is_cut_lies_within_it(text: str) -> None:
    found = judge(text)
    assert 0 <= found.cut[0] <= found.cut[1] <= len(text)
    for name in found.names:
        assert found.as_command(text, [], name)[0].startswith(f"/{name}")


def test_formatting_stays_with_its_words() -> None:
    text = "/тщеу 🙂 клиент тянет"
    entities = [{"type": "bot_command", "offset": 0, "length": 5}, {"type": "bold", "offset": 9, "length": 6}]
    said, kept = judge(text).as_command(text, entities)
    assert said == "/note 🙂 клиент тянет"
    assert kept == [{"type": "bold", "offset": 9, "length": 6}]
    text = "клиент тянет\n/note время"
    said, kept = judge(text).as_command(
        text, [{"type": "bold", "offset": 7, "length": 5}, {"type": "italic", "offset": 19, "length": 5}]
    )
    assert said == "/note клиент тянет время"
    shown = [said[one["offset"] : one["offset"] + one["length"]] for one in kept]
    assert shown == ["тянет", "время"]


def test_folding_leaves_letters_and_nothing_else() -> None:
    assert folded("Ｎo\u200bt\u0301e\ufe0f") == "note"
