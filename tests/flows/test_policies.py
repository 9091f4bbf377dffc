"""The two policies of `examples/`, from the first letter to the dossier, with the example files themselves."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.flows.playing import Scene, a_letter, an_answer, arrives, body, its_ticket
from tests.flows.rig import BEGINNING, ROOT, Nursery, Rig, buttons, rig, text_of

SUPPORT, CLAIMS = "support@teply-dom.example", "claims@primer-service.example"
MARIA = "Мария Иванова <maria@people.test>"


def day(ahead: float = 0) -> str:
    """A day of the story as staff write it."""
    return f"{BEGINNING + timedelta(days=ahead):%d.%m.%Y}"


@asynccontextmanager
async def operator(folder: Path, nursery: Nursery, example: str, *mailboxes: str, **settings: str) -> AsyncIterator[Rig]:
    """A desk with the settings of an example file; only what a machine has of its own is told besides."""
    domains = [mailboxes[0].partition("@")[2], "delivery.example", "mailing.example", "hosting.example"]
    async with rig(folder, nursery, domains=domains, **settings) as desk:
        assert desk.mail is not None
        for own in ("OPERATOR__NAME", "OPERATOR__KIND", "STAFF__MANAGERS", "MAILBOXES__0__ADDRESS"):
            del desk.environ[f"DESK_{own}"]
        desk.environ["DESK_CONFIG"] = str(ROOT / "examples" / example)
        for place, address in enumerate(mailboxes):
            desk.environ[f"DESK_MAILBOXES__{place}__IMAP_URL"] = desk.mail.imap_url(address)
            desk.environ[f"DESK_MAILBOXES__{place}__SMTP_URL"] = desk.mail.smtp_url(address)
        await desk.start()
        yield desk
        assert await desk.stop() == 0
        assert not desk.telegram.violations


async def dossier(desk: Rig, number: int = 1) -> tuple[dict[str, bytes], str]:
    """The files of a dossier by their paths, and the words of its index as one line."""
    where = desk.folder / "dossier.zip"
    await desk.command("dossier", str(number), "--out", str(where))
    with zipfile.ZipFile(where) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    pages = PdfReader(io.BytesIO(held["index.pdf"])).pages
    return held, " ".join(" ".join(page.extract_text() for page in pages).replace("\u00ad", "").split())


async def paper_letter(desk: Rig, words: str) -> Scene:
    """Boris registers a paper letter with /new; the topic of its ticket."""
    general = Scene(desk, desk.people["boris"])
    screen = await general.asks("/new", "Что и как поступило?")
    await general.presses(screen, "Бумажное письмо")
    answers = [
        "Иванова Мария Петровна",
        "150000, г. Ярославль, ул. Мира, д. 5, кв. 7",
        "",
        "12-П",
        day(-4),
        f"{day(-2)} 15:20",
        words,
    ]
    for place, said in enumerate(answers, 1):
        await desk.until(lambda place=place: f"{place}/9" in text_of(screen), f"question {place}")
        if said:
            general.says(said, screen)
        else:
            await general.presses(screen, "Неизвестно")
    await desk.until(lambda: "8/9" in text_of(screen), "the demands")
    assert {"✅ отзыв согласия", "✅ прекращение обработки"} <= set(buttons(screen))
    await general.presses(screen, "▶️")
    await desk.until(lambda: "9/9" in text_of(screen), "the files")
    general.sends("Заявление.pdf", b"%PDF-1.4 scan of the letter", screen)
    await desk.until(lambda: "Заявление.pdf" in text_of(screen), "the scan")
    await general.presses(screen, "▶️")
    await desk.until(lambda: any("Открыть заявку" in one for one in buttons(screen)), "the review")
    await general.presses(screen, "Открыть заявку")
    return Scene(desk, general.who, (await its_ticket(desk))["topic_id"])


async def destroyed(scene: Scene, place: str, categories: str, who: str, system: str) -> None:
    """Boris records a destruction, has its act made and sends the signed copy back."""
    listed = await scene.asks("/destroy", "Где уничтожены", button=place)
    await scene.presses(listed, place)
    await scene.desk.until(lambda: "Уничтожение:" in text_of(listed), "the form")
    form = listed
    fields = [
        ("Кто уничтожил", "Кто уничтожил данные?", who),
        ("Когда", "В какой день", day(6)),
        ("Способ", "Каким способом", "удаление записей с перезаписью"),
        ("Категории", "Какие категории", categories),
    ]
    if any("Информационная система" in one for one in buttons(form)):
        fields.append(("Информационная система", "В какой информационной системе", system))
    for button, question, said in fields:
        told = await scene.fills(form, button, question, said)
        form = await scene.sees("Уничтожение:", since=told.id)
    date = BEGINNING + timedelta(days=6)
    log = f"date;subject;system;fields;reason\n{date:%Y-%m-%d};Иванова Мария Петровна;{system};{categories};отзыв согласия\n"
    before = scene.latest
    await scene.presses(form, "Выгрузка")
    asked = await scene.sees("Пришлите выгрузку", since=before)
    sent = scene.sends("log.csv", log.encode(), asked)
    form = await scene.sees("есть все пять сведений", since=sent.id, button="Составить акт")
    await scene.presses(form, "Составить акт")
    act = await scene.sees("Распечатайте и подпишите", since=form.id)
    sent = scene.sends("Подписанный акт.pdf", b"%PDF-1.4 signed " + place.encode(), act)
    await scene.sees("подписан.", since=sent.id)


@pytest.mark.timeout(180)
async def test_a_withdrawal_by_policy_a_from_paper_to_dossier(nursery: Nursery, tmp_path: Path) -> None:
    async with operator(tmp_path, nursery, "operator-a.toml", SUPPORT) as desk:
        scene = await paper_letter(
            desk, "Отзываю согласие на обработку моих персональных данных и требую прекратить их обработку. Заказ № 1207 жду."
        )
        # The copy by e-mail becomes a leg; the first delivery attempt on paper counts.
        await arrives(
            desk,
            a_letter(
                MARIA, SUPPORT, "Withdrawal Statement", "Отзываю согласие, прошу прекратить обработку.\n\nИванова Мария Петровна"
            ),
        )
        second = Scene(desk, scene.who, (await its_ticket(desk, 2))["topic_id"])
        await second.presses(await second.sees("то же дело"), "Объединить с № 1")
        await second.presses(await second.sees("Присоединить", button="Да"), "Да")
        await scene.sees("присоединена № 2")
        ticket = await desk.command("ticket", "1")
        assert ticket["received_at"][:16] == f"{BEGINNING - timedelta(days=4):%Y-%m-%d}T09:00"

        # Both processors are told by what either way knows of the person.
        drafts = await scene.sees("Обработчики:", "maria@people.test", button="Отправить все (2)")
        await scene.presses(drafts, "Отправить все (2)")
        [quick] = await desk.until(lambda: desk.letters("privacy@delivery.example"), "a letter")
        [silent] = await desk.until(lambda: desk.letters("dpo@mailing.example"), "a letter")
        assert "Договор (поручение на обработку): № 15-Р от 10.02.2025." in body(silent)
        assert "maria@people.test" in body(silent)
        ground = "Заказ № 1207 не доставлен: имя, телефон и адрес доставки нужны до вручения (п. 5 ч. 1 ст. 6)"
        for said in (
            f"/step 1 | {ground}",
            f"/step 7 | {ground}",
            "/step 2 | рассылки отключены",
            "/step 9 | рассылки отключены",
        ):
            await scene.asks(said, "✅ Сделано")
        await arrives(desk, an_answer(quick, "privacy@delivery.example", "Прекращено и уничтожено, CRM, Петров И. И."))
        await scene.presses(await scene.sees("📨 Ответ: ООО «Примерная доставка»", button="Подтвердил"), "Подтвердил")
        await scene.sees("Обработчики:", "подтвердили 1 из 2")

        # While the other one is silent nothing is met, and the person hears of no destruction.
        asked = await scene.asks("/close", "Эти шаги ещё не закрыты", "Прекратить и у обработчиков")
        assert "Сообщить заявителю о результате" in text_of(asked)
        assert not any("уничтож" in body(one) and "Мы уничтожили" in body(one) for one in desk.letters("maria@people.test"))
        await desk.later(BEGINNING + timedelta(days=3))
        await desk.until(lambda: len(desk.letters("dpo@mailing.example")) == 2, "a reminder")
        await desk.later(BEGINNING + timedelta(days=6))
        await scene.sees("🔴 ООО «Рассылка для примера»")
        late = (await desk.until(lambda: desk.letters("dpo@mailing.example")[2:], "a sharper reminder"))[0]
        await arrives(desk, an_answer(late, "dpo@mailing.example", "Прекращено, уничтожено 12.10, Сидоров С. С."))
        await scene.presses(await scene.sees("📨 Ответ: ООО «Рассылка для примера»", button="Подтвердил"), "Подтвердил")
        await scene.sees("Обработчики:", "подтвердили 2 из 2")

        admin = "Смирнов А. А., администратор"
        await destroyed(
            scene, "Система управления", "адрес электронной почты, отзывы", admin, "Система управления сайтом и заказами"
        )
        await destroyed(scene, "▫️ Сервис рассылок", "имя, адрес электронной почты", admin, "Сервис рассылок")
        await destroyed(scene, "Примерная доставка", "имя", "Петров И. И., администратор", "CRM")
        await destroyed(scene, "Рассылка для примера", "имя", "Сидоров С. С., администратор", "Сервис рассылок")
        await scene.asks("/step 4 | по актам", "✅ Сделано")

        # The last letter goes by e-mail though the matter began on paper.
        listed = await scene.asks("/t", "Какое письмо")
        await scene.presses(listed, "Подтвердить отзыв")
        # What goes on is suggested in the words in which the ground was recorded, never that nothing does.
        gap = await scene.sees("Не хватает: 1", since=listed.id, button="💡 Заказ № 1207")
        await scene.presses(gap, "💡")
        review = await scene.sees("Перед отправкой", "maria@people.test", since=gap.id, button="Отправить")
        await scene.presses(review, "Отправить")
        answer = await desk.until(
            lambda: next((one for one in desk.letters("maria@people.test") if "Исх. № 1/" in body(one)), None), "the answer"
        )
        assert ground in " ".join(body(answer).split())
        assert "ни на каком ином основании" not in body(answer)
        assert "составлены акты № 1-1, 1-2, 1-3, 1-4" in body(answer)

        async def met() -> bool:
            found = await desk.command("ticket", "1")
            return all(one["outcome"] == "done" for one in found["demands"])

        await desk.until(met, "both demands are met")
        held, index = await dossier(desk)
        for words in (
            "12-П",
            "Первая попытка вручения",
            "письмо на бумаге",
            "электронная почта",
            ground,
            "№ 15-Р, 10.02.2025",
            "Сидоров С. С.",
            "№ 1-1",
            "№ 1-4",
            "CRM, ООО «Примерная доставка»",
            "1-1, 1-2, 1-3, 1-4",
            "удаление записей с перезаписью",
            "Хранить до",
        ):
            assert words in index, words
        assert {f"acts/1-{one}_act-1-{one}.pdf" for one in range(1, 5)} <= set(held)
        assert sum(name.startswith("acts/") and name.endswith("log.csv") for name in held) == 4
        assert any(answer["Message-ID"].encode() in data for name, data in held.items() if name.startswith("letters/"))
        act = " ".join(PdfReader(io.BytesIO(held["acts/1-3_act-1-3.pdf"])).pages[0].extract_text().split())
        for words in ("115000, г. Москва", "CRM", "Иванова Мария Петровна", "Петров И. И.", "Отзыв согласия", day(6)):
            assert words in act
        json.loads(held["history.jsonl"].splitlines()[0])


@pytest.mark.timeout(180)
async def test_a_claim_by_policy_b_from_blocking_to_the_written_answer(nursery: Nursery, tmp_path: Path) -> None:
    mailboxes = ("support@primer-service.example", CLAIMS, "reception@primer-service.example")
    async with operator(tmp_path, nursery, "operator-b.toml", *mailboxes) as desk:
        await arrives(
            desk,
            a_letter(
                "Олег Петров <oleg@people.test>",
                CLAIMS,
                "Претензия",
                "Претензия.\n\nВ вашей системе указан неверный номер моего телефона. Требую уточнить мои персональные данные, "
                "заблокировать их на время проверки и дать письменный ответ.\n\nПетров Олег Иванович",
            ),
        )
        scene = Scene(desk, desk.people["boris"], (await its_ticket(desk))["topic_id"])
        ticket = await desk.command("ticket", "1")
        assert {one["kind"] for one in ticket["demands"]} == {"claim", "blocking_request", "rectification"}

        # Blocked for the check, and told; the processor is told to block too.
        await scene.asks("/block Портал поддержки | телефон", "🔒 Данные заблокированы с", "Категории: телефон")
        await desk.until(
            lambda: any("Мы заблокировали данные" in body(one) for one in desk.letters("oleg@people.test")), "that it is blocked"
        )
        lifting = await scene.asks("/unblock", "Чем закончилась проверка?", button="Уточнено")
        await scene.presses(lifting, "Уточнено")

        await scene.sees("🔓 Данные были заблокированы", "данные уточнены, блокирование снято")

        # The written answer: by e-mail with the letterhead, and the same printed and posted with its tracking number.
        listed = await scene.asks("/t claim", "Не хватает: 3")
        said = scene.says("уточнить номер телефона", listed)
        gap = await scene.sees("Не хватает: 2", since=said.id)
        said = scene.says("Требование удовлетворено: номер исправлен.", gap)
        gap = await scene.sees("Не хватает: 1", since=said.id)
        said = scene.says("Данные уточнены, блокирование снято.", gap)
        review = await scene.sees("Перед отправкой", since=said.id, button="Отправить")
        await scene.presses(review, "Отправить")
        answer = await desk.until(
            lambda: next((one for one in desk.letters("oleg@people.test") if "Ответ на претензию" in body(one)), None),
            "the answer",
        )
        assert "Исх. № ПД-1/" in body(answer)
        [letterhead] = list(answer.iter_attachments())
        page = " ".join(PdfReader(io.BytesIO(letterhead.get_content())).pages[0].extract_text().split())
        assert "Акционерное общество «Пример-Сервис»" in page
        assert "Генеральный директор" in page
        posted = await scene.fills(review, "Ушло на бумаге", "Как и когда", f"{day()} почта 80080012345678")
        await scene.sees("80080012345678. Записано", since=posted.id)
        # Nothing is over while the processor has neither blocked nor corrected: staff have both told to it.
        asked = await scene.asks("/close", "Эти шаги ещё не закрыты", "Уточнить и у обработчиков")
        assert "Завершить проверку и сообщить результат" in text_of(asked)
        drafts = await scene.asks("/processors", "Сначала укажите, что именно уточнить", button="Что уточнить")
        await scene.fills(drafts, "Что уточнить", "Что именно уточнить?", "телефон: +7 900 000-00-02 вместо +7 900 000-00-01")
        await scene.presses(await scene.sees("🏭 Обработчики:", button="Отправить все (2)"), "Отправить все (2)")
        letters = await desk.until(lambda: len(found := desk.letters("privacy@hosting.example")) == 2 and found, "two letters")
        for one in letters:
            seen = scene.latest
            await arrives(desk, an_answer(one, "privacy@hosting.example", "Исполнено, портал, Ким В. В."))
            came = await scene.sees("📨 Ответ: ООО «Центр обработки для примера»", since=seen, button="Подтвердил")
            await scene.presses(came, "Подтвердил")
        await scene.sees("Обработчики:", "подтвердили 1 из 1")
        # The written answer told the outcome of all three: it is named as the letter of the other two as well.
        for number in (6, 11):
            asked = await scene.asks(f"/step {number}", "Этот шаг — письмо", button="✉️")
            await scene.presses(asked, "✉️")
            await scene.sees("✅ ", "✉️ направленным письмом", since=asked.id - 1)
        scene.says("/close")
        await scene.sees("№ 1 · ", "закрыта")
        ticket = await desk.command("ticket", "1")
        assert (ticket["status"], {one["outcome"] for one in ticket["demands"]}) == ("closed", {"done"})
        assert not any(clock["stopped_at"] is None for one in ticket["demands"] for clock in one["clocks"])
        held, index = await dossier(desk)
        for words in (
            "Досудебная претензия",
            "Портал поддержки",
            "телефон",
            "данные уточнены, блокирование снято",
            "ПД-1/",
            "80080012345678",
            "№ ЦОД-2023/118, 20.11.2023",
            "заблокировать",
            "телефон: +7 900 000-00-02 вместо +7 900 000-00-01",
            "Исполнено, портал, Ким В. В.",
            "закрыта",
        ):
            assert words in index, words
        assert any(answer["Message-ID"].encode() in data for name, data in held.items() if name.startswith("letters/"))
