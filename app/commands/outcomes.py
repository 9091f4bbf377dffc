"""What an inbound row became and how a demand ended, as people read it in the terminal; JSON keeps the stored words."""

from typing import Final

from desk.texts import Text
from models import Became, Ending

OUTCOMES: Final[dict[Became, Text]] = {
    # A message and its ticket
    Became.OPENED: Text("открыта заявка", "ticket opened"),
    Became.OPENED_BY_HAND: Text("заявка открыта вручную", "ticket opened by hand"),
    Became.ADDED: Text("добавлено в заявку", "added to a ticket"),
    Became.LINKED: Text("повтор заявки", "repeat of a ticket"),
    Became.EDITED: Text("исправлено автором", "edited"),
    Became.UNCHANGED: Text("правка без изменений", "edited, nothing changed"),
    Became.DUPLICATE: Text("дубль", "duplicate"),
    Became.COURTESY: Text("вежливость", "courtesy"),
    Became.RECORDED: Text("сохранено без заявки", "kept, no ticket"),
    Became.IGNORED: Text("никого не касается", "concerns nobody"),
    # A letter of a program
    Became.AUTO_REPLY: Text("автоответ", "automatic reply"),
    Became.LIST: Text("рассылка", "mailing list"),
    Became.BOUNCE: Text("письмо вернулось", "letter came back"),
    Became.REPORT: Text("отчёт о доставке", "delivery report"),
    Became.RECALL: Text("отзыв письма", "recall of a letter"),
    Became.REACTION: Text("реакция", "reaction"),
    Became.STAFF: Text("письмо сотрудника", "letter of a colleague"),
    # A letter about an instruction
    Became.PROCESSOR: Text("ответ обработчика", "answer of a processor"),
    Became.STRANGER: Text("ссылка обработчика от постороннего", "a processor's reference, from somebody else"),
    # The private chat
    Became.GREETED: Text("знакомство с ботом", "met the bot"),
    Became.GREETING: Text("приветствие", "greeting"),
    Became.OFFERED: Text("предложены виды обращений", "kinds offered"),
    Became.DIALOG: Text("шаг анкеты", "step of a form"),
    Became.CANCELLED: Text("анкета отменена", "form cancelled"),
    Became.STOPPED: Text("анкета остановлена", "form stopped"),
    Became.MENU: Text("меню", "menu"),
    Became.HELP: Text("справка", "help"),
    Became.LANGUAGE: Text("выбран язык", "language chosen"),
    Became.STATUS: Text("спрошено, как идут дела", "asked how it stands"),
    Became.CHOSEN: Text("выбрана заявка", "ticket chosen"),
    Became.OWN_WORDS: Text("напишет своими словами", "will write in their own words"),
    Became.CONFIRMED: Text("понято верно", "understood rightly"),
    Became.ONLY_A_QUESTION: Text("только вопрос", "only a question"),
    Became.MEANT: Text("сказано, что имелось в виду", "said what is meant"),
    Became.SOMETHING_ELSE: Text("имелось в виду другое", "something else is meant"),
    Became.KEPT: Text("файл принят", "file kept"),
    Became.NOT_KEPT: Text("файл не принят", "file not kept"),
    Became.TOO_MANY: Text("слишком много файлов", "too many files"),
    Became.STALE_BUTTON: Text("устаревшая кнопка", "button out of date"),
    Became.BLOCKED: Text("бот заблокирован", "bot blocked"),
    Became.UNBLOCKED: Text("бот разблокирован", "bot unblocked"),
    # The staff group: messages
    Became.REPLY: Text("ответ заявителю", "answer to the requester"),
    Became.NOTE: Text("заметка", "note"),
    Became.UNSURE: Text("ответ или заметка: спрошено", "answer or note: asked"),
    Became.DONE_ALREADY: Text("сделано раньше", "done already"),
    Became.REFUSED: Text("не сделано, причина названа", "not done, and said why"),
    Became.NOT_A_MEMBER: Text("не участник группы", "not a member"),
    Became.ASKED: Text("спрошено в ответ", "asked back"),
    Became.RESCHEDULED: Text("время отправки изменено", "to leave at another time"),
    # The staff group: commands and buttons
    Became.TAP: Text("нажата кнопка", "button tapped"),
    Became.OUT_OF_DATE: Text("кнопка устарела", "button out of date"),
    Became.UNDONE: Text("отправка отменена", "taken back"),
    Became.TOO_LATE: Text("поздно: уже отправлено", "too late, it had left"),
    Became.TAKEN: Text("взято в работу", "taken"),
    Became.CLOSED: Text("заявка закрыта", "ticket closed"),
    Became.CLOSED_BY_HAND: Text("закрыто вместе с темой", "closed with its topic"),
    Became.REOPENED: Text("открыта снова", "opened again"),
    Became.LISTED: Text("показан список", "list shown"),
    Became.HELPED: Text("показана справка", "help shown"),
    Became.EXPLAINED: Text("показан расчёт сроков", "terms explained"),
    Became.ADDRESSED: Text("назван адрес", "address named"),
    Became.KIND: Text("изменён вид", "kind changed"),
    Became.KINDS: Text("показаны виды", "kinds shown"),
    Became.GUESS: Text("решено о предположении", "guess decided"),
    Became.STEP: Text("шаг", "step"),
    Became.PROCESSORS: Text("обработчики", "processors"),
    Became.BLOCK: Text("блокирование", "blocking"),
    Became.UNBLOCK: Text("снятие блокирования", "end of a blocking"),
    Became.DESTROY: Text("уничтожение", "destruction"),
    Became.EXTRACT: Text("выгрузка из журнала событий", "extract of an event log"),
    Became.SIGNED: Text("подписанный акт", "signed act"),
    Became.STEPS: Text("показаны шаги", "steps shown"),
    Became.EXTEND: Text("продление: начато", "extension begun"),
    Became.EXTENSION: Text("продление", "extension"),
    Became.TERM: Text("срок документа", "term of a document"),
    Became.PROOFS: Text("дата подтверждений", "day the proof came"),
    Became.DETECTED: Text("дата выявления", "moment of detection"),
    Became.ANSWER: Text("письмо по шаблону", "letter from a template"),
    Became.TEMPLATE: Text("шаблон изменён", "template changed"),
    Became.LETTER: Text("бумажное письмо", "letter on paper"),
    Became.IMPOSSIBLE: Text("уничтожение невозможно", "destruction impossible"),
    Became.REFUSE: Text("отказ: начат", "refusal begun"),
    Became.REFUSAL: Text("отказ", "refusal"),
    Became.VERIFIED: Text("проверка личности", "identity checked"),
    Became.CODE: Text("код пришёл", "code came back"),
    Became.CODE_SENT: Text("код отправлен", "code sent"),
    Became.MANDATE: Text("полномочия", "mandate"),
    Became.OVERRIDDEN: Text("решение по заслону раскрытия", "decided at the gate"),
    Became.MERGE: Text("объединение", "merge"),
    Became.TAKEN_APART: Text("разделено", "taken apart"),
    # The staff group itself
    Became.MEMBER_CAME: Text("участник пришёл", "member came"),
    Became.MEMBER_LEFT: Text("участник ушёл", "member left"),
    Became.LEFT: Text("бот вышел из чужой группы", "bot left a foreign group"),
    Became.REMOVED: Text("служебное сообщение удалено", "service message removed"),
    Became.GROUP_CHANGED: Text("группа изменена", "group changed"),
    Became.BOT_REMOVED: Text("бот удалён из группы сотрудников", "bot removed from the staff group"),
    Became.RIGHTS_LOST: Text("у бота не хватает прав", "bot lacks rights"),
    Became.RIGHTS_COMPLETE: Text("у бота есть все права", "bot has its rights"),
}

ENDINGS: Final[dict[Ending, Text]] = {
    Ending.DONE: Text("исполнено", "done"),
    Ending.ASIDE: Text("шаг снят с указанием причины", "step set aside with a reason"),
    Ending.REFUSED: Text("отказано", "refused"),
    Ending.CONTINUED: Text("обработка продолжается", "processing goes on"),
    Ending.DROPPED: Text("закрыто без исполнения", "closed unmet"),
    Ending.CORRECTED: Text("снято: письмо было прочитано неверно", "taken away: the letter was misread"),
    Ending.NOT_DEMANDED: Text("не требовалось: это был вопрос", "not demanded: it was a question"),
    Ending.MERGED: Text("идёт дальше в объединённом деле", "goes on in the merged matter"),
    Ending.APART: Text("закончилось до разделения дел", "over before the matters were taken apart"),
    Ending.IMPOSSIBLE: Text("уничтожить сейчас невозможно", "cannot be destroyed now"),
}


def outcome_named(stored: str, lang: str) -> str:
    """What an inbound row became; which button of several it was stays in the JSON. A word of another release as it is."""
    words = stored.split(" ")
    for length in range(len(words), 0, -1):
        known = " ".join(words[:length])
        if known in OUTCOMES:
            return OUTCOMES[Became(known)].said(lang)
    return stored.replace("_", " ") or "–"


def ending_named(stored: str, lang: str) -> str:
    """How a demand ended; empty while it runs. A word of another release as it is."""
    return ENDINGS[Ending(stored)].said(lang) if stored in ENDINGS else stored.replace("_", " ")
