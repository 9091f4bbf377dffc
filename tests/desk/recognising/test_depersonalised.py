"""A letter without what points to a person still says what it demands."""

import pytest

from desk.recognising.depersonalised import depersonalised


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Меня зовут Иван Петрович Сидоров, удалите мои данные.", ("Иван", "Петрович", "Сидоров")),
        ("Пишет вам Сидорова А. П., удалите мои данные.", ("Сидоров", "А. П.")),
        ("меня зовут иван сидоров, удалите мои данные", ("иван", "сидоров")),
        ("Удалите мои данные.\nГульнара Хайруллина-Ким", ("Гульнара", "Хайруллин")),
        ("Удалите мои данные.\nС уважением,\nВера", ("Вера",)),
        ("Удалите мои данные, пишите на anna.petrova+x@mail.example.org", ("anna", "example")),
        ("Удалите мои данные: +7 (912) 345-67-89", ("912", "345", "67-89")),
        ("Удалите мои данные, 8 912 345 67 89 или @petrova_anna", ("912", "petrova")),
        ("Удалите мои данные, паспорт 45 08 № 123456", ("4508", "123456", "45 08")),
        ("Удалите мои данные, СНИЛС 112-233-445 95", ("112", "445")),
        ("Удалите мои данные, я родилась 12.03.1980", ("12.03", "1980")),
        ("Удалите мои данные, живу: ул. Мира, д. 5, кв. 3", ("Мира", "кв. 3")),
        ("Удалите мои данные, https://vk.com/id12345", ("vk.com", "id12345")),
        ("Please delete my data. I am Anna Smith, order AB-123456.\nKind regards,\nAnna Smith", ("Anna", "Smith", "123456")),
        ("Удалите мои данные, карта 2202 2012 3456 7890", ("2202", "7890")),
    ],
)
def test_nothing_that_points_to_a_person_is_left(text: str, gone: tuple[str, ...]) -> None:
    told = depersonalised(text)
    assert [part for part in gone if part in told] == []
    assert "далите мои данные" in told or "delete my data" in told


@pytest.mark.parametrize("text", ["От Сидоровой: верните деньги", "сидорова просит вернуть деньги", "SIDOROVA: верните деньги"])
def test_who_is_known_goes_in_any_case_and_form(text: str) -> None:
    told = depersonalised(text, ["Сидорова Мария", "Sidorova"])
    assert "идоров" not in told
    assert "SIDOROVA" not in told
    assert "деньги" in told


@pytest.mark.parametrize(
    "text",
    [
        "Прошу по ст. 14 и ст. 21 закона 152-ФЗ сообщить, какие данные обрабатываются.",
        "Отзываю согласие на обработку персональных данных и требую прекратить их обработку.",
        "Please tell me which data you hold about me.",
    ],
)
def test_a_demand_without_a_person_stays_word_by_word(text: str) -> None:
    assert depersonalised(text) == text
