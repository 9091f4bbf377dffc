"""Our letters: read back with the standard library, as a person's program would."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses
from functools import partial
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk import contents
from desk.context import Operator
from desk.errors import Permanent
from desk.latin import latin
from mail.letters import Enclosure, build, render, wire_address
from mail.markup import marked

# The content of an outbox row, from the JSON that it is kept as.
content = partial(contents.reading, "mail")
OPERATOR = Operator(
    name="ИП Петров Пётр Петрович",
    short_name="Лавка",
    address="190000, Санкт-Петербург, а/я 1",
    site="https://shop.example",
    policy_url="https://shop.example/privacy",
)
REGIME = "ru-152fz"
ENVELOPE = {
    "to": "anna@people.test",
    "to_name": "Анна «Нюра» Иванова, мать",
    "from": "desk@operator.test",
    "from_name": "Поддержка, Лавка",
    "subject": "Re: Withdrawal Statement [RD-17-q3fzk2vw5m]",
    "message_id": "<rd.17.0011223344556677.abcdefghij@operator.test>",
    "in_reply_to": "<letter-1@people.test>",
    "references": ["<letter-0@people.test>", "<letter-1@people.test>"],
    "date": "2026-12-10T08:00:05+00:00",
    "language": "ru",
    "number": 17,
}
ACKNOWLEDGEMENT = ENVELOPE | {
    "kinds": [
        {"kind": "consent_withdrawal", "name": "Отзыв согласия на обработку персональных данных", "article": "ч. 5 ст. 21 152-ФЗ"},
        {"kind": "stop_processing", "name": "Требование о прекращении обработки", "article": "ч. 5.1 ст. 21 152-ФЗ"},
    ],
    "clocks": [
        {"kind": "consent_withdrawal", "key": "stop", "name": "Прекратить обработку", "due": "2026-12-10", "safe": "2026-12-10",
         "article": "ч. 5 ст. 21 152-ФЗ", "immediate": True, "statutory": True},
        {"kind": "stop_processing", "key": "stop", "name": "Прекратить обработку", "due": "2026-12-24", "safe": "2026-12-24",
         "article": "ч. 5.1 ст. 21 152-ФЗ", "immediate": False, "statutory": True},
        {"kind": "consent_withdrawal", "key": "destroy", "name": "Уничтожить данные", "due": "2027-01-09", "safe": "2026-12-30",
         "article": "ч. 5 ст. 21 152-ФЗ", "immediate": False, "statutory": True},
    ],
    "received_at": "2026-12-10T08:00:00+00:00",
    "linked": False,
}  # fmt: skip
REPLY = ENVELOPE | {"text": "Анна, добрый день!\n\nВаши данные удалены.", "entities": [], "attachments": []}


def letter_of(act, kept, files=(), **changes) -> EmailMessage:
    raw = build(OPERATOR, REGIME, content(act, kept | changes), files).raw
    return message_from_bytes(raw, policy=policy.default)


def text_of(message: EmailMessage) -> str:
    return message.get_body(("plain",)).get_content().replace("\r\n", "\n")


class Visible(HTMLParser):
    """What a person sees of an HTML page, and that its tags are closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.shown, self.open, self.links = "", [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in {"meta", "br", "hr"}:
            self.open.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "title" not in self.open:
            # What must not be torn apart at the end of a line reads as any blank.
            self.shown += data.replace("\u00a0", " ")


def html_of(message: EmailMessage) -> Visible:
    return Visible(message.get_body(("html",)).get_content().replace("\r\n", "\n"))


# -- the acknowledgement


def test_an_acknowledgement_tells_number_receipt_demands_and_statutory_dates():
    message = letter_of("acknowledgement", ACKNOWLEDGEMENT)
    for said in (text_of(message), html_of(message).shown):
        assert "№ 17" in said
        # 08:00 UTC is 11:00 in Moscow, and the zone is named.
        assert "10 декабря 2026 г. в 11:00 (Москва, UTC+3)" in said
        assert "Отзыв согласия на обработку персональных данных (ч. 5 ст. 21 152-ФЗ)" in said
        assert "Немедленно — прекратить обработку (ч. 5 ст. 21 152-ФЗ)" in said
        assert "Не позднее 24 декабря 2026 г., четверг — прекратить обработку (ч. 5.1 ст. 21 152-ФЗ)" in said
        # The statutory date, not the safe one that staff work by.
        assert "Не позднее 9 января 2027 г., суббота — уничтожить данные" in said
        assert "30 декабря" not in said
        assert "ответьте на это письмо" in said
        assert "бесплатно" in said
        assert "не просим скан или фото паспорта" in said
        assert "Роскомнадзор" in said
        for who in (OPERATOR.name, OPERATOR.address, OPERATOR.policy_url):
            assert who in said
    assert "https://shop.example/privacy" in html_of(message).links


def test_an_acknowledgement_in_english_says_the_same():
    content = ACKNOWLEDGEMENT | {
        "language": "en",
        "kinds": [{"kind": "question", "name": "Question", "article": ""}],
        "clocks": [
            {"kind": "question", "key": "answer", "name": "Answer", "due": "2027-01-09", "immediate": False, "statutory": False}
        ],
    }
    said = text_of(letter_of("acknowledgement", content))
    assert "received your request on 10 December 2026, 11:00 (Moscow, UTC+3)" in said
    assert "registered it as No. 17" in said
    assert "By Saturday, 9 January 2027 — answer; the law sets no term, this is the target we work to" in said
    assert "• Question\n" in said
    assert "free of charge" in said
    assert not re.search("[а-яё]", said.replace(OPERATOR.name, "").replace(OPERATOR.address, ""), re.IGNORECASE)


def test_a_language_we_do_not_speak_gets_english():
    assert "We received" in text_of(letter_of("acknowledgement", ACKNOWLEDGEMENT, language="de"))


def test_an_acknowledgement_repeats_nothing_of_the_person():
    content = ACKNOWLEDGEMENT | {"text": "моя тайна", "new_text": "моя тайна"}
    message = letter_of("acknowledgement", content)
    for said in (text_of(message), message.get_body(("html",)).get_content()):
        for private in ("тайна", "Анна", "Иванова", "anna@people.test"):
            assert private not in said


def test_a_repeated_letter_is_told_that_it_was_added_and_that_the_dates_stay():
    said = text_of(letter_of("acknowledgement", ACKNOWLEDGEMENT, linked=True))
    assert "добавили его к обращению № 17" in said
    assert "сроки остались прежними" in said
    assert "зарегистрировали" not in said


def test_a_demand_without_a_date_is_promised_one():
    assert "Срок ответа мы сообщим отдельным письмом." in text_of(letter_of("acknowledgement", ACKNOWLEDGEMENT, clocks=[]))


def test_grounds_to_go_on_are_mentioned_only_where_the_law_knows_them():
    question = [{"kind": "access_request", "name": "Запрос сведений", "article": "ч. 1 ст. 20 152-ФЗ"}]
    assert "основание" in text_of(letter_of("acknowledgement", ACKNOWLEDGEMENT))
    assert "основание" not in text_of(letter_of("acknowledgement", ACKNOWLEDGEMENT, kinds=question))


def test_another_law_is_not_told_of_roskomnadzor():
    said = render(OPERATOR, "gdpr", content("acknowledgement", ACKNOWLEDGEMENT | {"language": "en"})).text
    assert "Roskomnadzor" not in said


def test_an_operator_who_tells_only_a_name_gets_a_whole_letter():
    said = render(Operator(name="ООО «Ромашка»"), REGIME, content("acknowledgement", ACKNOWLEDGEMENT))
    assert said.text.rstrip().endswith("ООО «Ромашка»")
    Visible(said.html)


# -- headers


def test_a_letter_is_threaded_dated_and_named_as_its_row_says():
    message = letter_of("acknowledgement", ACKNOWLEDGEMENT)
    assert message["Message-ID"] == ENVELOPE["message_id"]
    assert message["In-Reply-To"] == "<letter-1@people.test>"
    assert message["References"].split() == ENVELOPE["references"]
    assert message["Date"].datetime == datetime(2026, 12, 10, 8, 0, 5, tzinfo=UTC)
    assert message["Subject"] == ENVELOPE["subject"]
    # The names are read the older way: the newer one adds a space between two encoded words.
    legacy = message_from_bytes(build(OPERATOR, REGIME, content("acknowledgement", ACKNOWLEDGEMENT)).raw)
    assert str(make_header(decode_header(legacy["From"]))) == "Поддержка, Лавка <desk@operator.test>"
    assert str(make_header(decode_header(legacy["To"]))) == ENVELOPE["to_name"] + " <anna@people.test>"
    assert message["From"].addresses[0].addr_spec == "desk@operator.test"
    assert message["To"].addresses[0].addr_spec == "anna@people.test"
    assert len(message["To"].addresses) == 1
    assert message["Content-Language"] == "ru"


def test_only_automatic_letters_say_that_they_are():
    acknowledgement = letter_of("acknowledgement", ACKNOWLEDGEMENT)
    assert (acknowledgement["Auto-Submitted"], acknowledgement["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    reply = letter_of("reply", REPLY)
    assert reply["Auto-Submitted"] is reply["X-Auto-Response-Suppress"] is None
    assert letter_of("alert", ENVELOPE | {"lines": [{"words": "x", "params": {}}]})["Auto-Submitted"] == "auto-generated"


def test_a_first_letter_refers_to_nothing():
    message = letter_of("reply", REPLY, in_reply_to="", references=[])
    assert message["In-Reply-To"] is message["References"] is None


def test_the_same_row_gives_the_same_bytes():
    file = Enclosure("a.pdf", "application/pdf", b"%PDF")
    assert build(OPERATOR, REGIME, content("reply", REPLY), [file]) == build(OPERATOR, REGIME, content("reply", REPLY), [file])


NASTY = st.text(st.characters(exclude_categories=()), max_size=300) | st.sampled_from(
    [
        "a\r\nBcc: mallory@elsewhere.test",
        "x\nX: y",
        "=?utf-8?b?0JDQvdC90LA=?=",
        '"',
        '\\"',
        "<a@b>",
        "a@b, c@d",
        "я" * 300,
        "x" * 900,
        ",;:",
        "\u2028x",
    ]
)


@settings(max_examples=80)
@given(name=NASTY, other=NASTY, subject=NASTY)
def test_no_name_and_no_subject_can_add_a_header_or_an_address(name, other, subject):
    raw = build(OPERATOR, REGIME, content("reply", REPLY | {"to_name": name, "from_name": other, "subject": subject})).raw
    head = raw.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    names = [line.split(b":")[0].lower() for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert sorted(names) == sorted(
        [
            b"content-type",
            b"mime-version",
            b"from",
            b"to",
            b"subject",
            b"date",
            b"message-id",
            b"in-reply-to",
            b"references",
            b"content-language",
        ]
    )
    legacy = message_from_bytes(raw)
    assert [address for _, address in getaddresses([str(legacy["To"])])] == ["anna@people.test"]
    assert [address for _, address in getaddresses([str(legacy["From"])])] == ["desk@operator.test"]
    parsed = message_from_bytes(raw, policy=policy.default)
    assert [one.addr_spec for one in parsed["To"].addresses] == ["anna@people.test"]
    shown = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", " ", subject).split())
    assert str(make_header(decode_header(legacy["Subject"] or ""))) == shown


def test_a_long_thread_keeps_its_ids_whole():
    ids = [f"<{'x' * 60}.{number}@people.test>" for number in range(20)]
    message = letter_of("reply", REPLY, references=ids, in_reply_to=ids[-1])
    assert message["References"].split() == ids


def test_ids_that_are_none_are_left_out():
    message = letter_of("reply", REPLY, references=["<good@x>", "bad", "<evil\r\nBcc: x@y>", "<я@x>"], in_reply_to="nonsense")
    assert message["References"] == "<good@x>"
    assert message["In-Reply-To"] is None


# -- addresses


def test_an_international_domain_travels_in_ascii_and_needs_nothing_of_the_server():
    letter = build(OPERATOR, REGIME, content("reply", REPLY | {"to": "anna@почта.рф"}))
    assert (letter.recipient, letter.utf8) == ("anna@xn--80a1acny.xn--p1ai", False)
    assert message_from_bytes(letter.raw, policy=policy.default)["To"].addresses[0].addr_spec == letter.recipient


def test_an_address_in_cyrillic_needs_smtputf8_and_stands_in_the_header_as_it_is():
    letter = build(OPERATOR, REGIME, content("reply", REPLY | {"to": "анна@почта.рф"}))
    assert (letter.recipient, letter.utf8) == ("анна@xn--80a1acny.xn--p1ai", True)
    assert "<анна@xn--80a1acny.xn--p1ai>".encode() in letter.raw.partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize(
    "address", ["", "anna", "@people.test", "anna@", "a b@c", "a@b\r\nBcc: c@d", "a@b,c@d", "<a@b>", "a@" + "я" * 70, "a@b>c"]
)
def test_what_is_no_address_is_refused_without_repeating_it(address):
    with pytest.raises(Permanent) as caught:
        wire_address(address)
    assert not address or address not in str(caught.value)


def test_a_row_without_a_message_id_is_no_letter():
    with pytest.raises(Permanent, match="Message-ID"):
        build(OPERATOR, REGIME, content("reply", REPLY | {"message_id": "<a b>\r\nX: y"}))


def test_an_unknown_letter_is_refused():
    with pytest.raises(Permanent, match="invoice"):
        build(OPERATOR, REGIME, content("invoice", REPLY))


# -- replies


def test_a_reply_is_the_words_of_staff_and_then_who_we_are():
    said = text_of(letter_of("reply", REPLY))
    assert said.startswith("Анна, добрый день!\n\nВаши данные удалены.\n\n-- \nОбращение № 17.")
    assert OPERATOR.name in said


def test_the_words_of_staff_are_not_taken_for_markup_or_template():
    text = "# no heading\n- no item\n---\n**stars** {{ number }} {% if %} <b>&amp;</b> http://x.example/?a=1&b=2."
    message = letter_of("reply", REPLY, text=text)
    assert text_of(message).startswith(text)
    page = html_of(message)
    assert text in page.shown
    assert page.links[0] == "http://x.example/?a=1&b=2"


def test_formatting_of_telegram_reaches_the_letter():
    text = "😀 жирный и ссылка <конец>"
    entities = [
        {"type": "bold", "offset": 3, "length": 8},
        {"type": "italic", "offset": 7, "length": 8},
        {"type": "text_link", "offset": 12, "length": 6, "url": "https://x.example/?a=1&b=2"},
        {"type": "text_link", "offset": 0, "length": 2, "url": "javascript:alert(1)"},
        {"type": "bold", "offset": 5, "length": 500},
        {"type": "mention", "offset": 0, "length": 1},
        {"type": "bold", "offset": "x", "length": None},
    ]
    message = letter_of("reply", REPLY, text=text, entities=entities)
    assert text_of(message).startswith("😀 жирный и ссылка (https://x.example/?a=1&b=2) <конец>")
    page = message.get_body(("html",)).get_content()
    assert "<strong>жирн<em>ый и</em></strong><em> " in page
    assert "javascript" not in page
    assert "https://x.example/?a=1&b=2" in html_of(message).links
    assert text in html_of(message).shown


@settings(max_examples=100)
@given(
    text=st.text(max_size=40),
    entities=st.lists(
        st.fixed_dictionaries(
            {
                "type": st.sampled_from(["bold", "italic", "code", "text_link", "spoiler"]),
                "offset": st.integers(-1, 30),
                "length": st.integers(0, 30),
                "url": st.just("https://x.example"),
            }
        ),
        max_size=6,
    ),
)
def test_whatever_the_entities_the_html_is_whole_and_the_words_are_all_there(text, entities):
    from mail.markup import written

    page = Visible(written(text, entities).html)
    assert page.open == []
    words = text.replace("\r\n", "\n").replace("\u00a0", " ").strip("\n")
    assert page.shown.strip("\n") == words or "\r" in text or "\ufffd" in page.shown


# -- files


@pytest.mark.parametrize(
    "name",
    [
        "a.pdf",
        "Акт об уничтожении персональных данных № 17 от 9 января 2027 года (подписанный экземпляр, скан в хорошем качестве).pdf",
        'quote".txt',
        "semi;colon, comma.txt",
        "back\\slash.txt",
        "😀.png",
        "100%.txt",
        "x" * 200 + ".txt",
        "=?utf-8?q?x?=.txt",
    ],
)
def test_files_come_out_whole_and_with_their_names(name):
    content = bytes(range(256)) * 300 + b"\r\n.\r\nFrom x"
    message = letter_of(
        "reply", REPLY, [Enclosure(name, "application/pdf", content), Enclosure("б.txt", "text/plain", b"\xff\xfe")]
    )
    first, second = message.iter_attachments()
    assert (first.get_filename(), first.get_content_type(), first.get_payload(decode=True)) == (name, "application/pdf", content)
    assert (second.get_filename(), second.get_payload(decode=True)) == ("б.txt", b"\xff\xfe")


def test_lines_are_short_and_ascii_so_that_a_signature_survives():
    text = "Очень длинная строка без конца. " * 200 + "\n" + "and " * 2000 + "x" * 3000
    raw = build(OPERATOR, REGIME, content("reply", REPLY | {"text": text}), [Enclosure("я" * 60, "text/plain", b"x" * 5000)]).raw
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 100
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert text_of(message_from_bytes(raw, policy=policy.default)).startswith(text)


@pytest.mark.parametrize("kind", ["message/rfc822", "multipart/mixed", "nonsense", "text/plain\r\nBcc: x", "", "a/b; charset=x"])
def test_types_that_would_change_the_file_or_the_letter_are_not_believed(kind):
    raw = build(OPERATOR, REGIME, content("reply", REPLY), [Enclosure("letter.eml", kind, b"From: a\n\nhi\n")]).raw
    (part,) = message_from_bytes(raw, policy=policy.default).iter_attachments()
    assert (part.get_content_type(), part.get_payload(decode=True)) == ("application/octet-stream", b"From: a\n\nhi\n")


# -- alerts


def test_an_alert_speaks_the_language_of_staff():
    line = {
        "words": "🔴 Ticket № %(number)s is past its date: %(what)s. Somebody must act now.",
        "params": {"number": 17, "what": "Уничтожить данные — 2027-01-09"},
    }
    said = text_of(letter_of("alert", ENVELOPE | {"lines": [line]}))
    assert "🔴 По заявке № 17 пропущен срок: Уничтожить данные — 2027-01-09." in said
    assert "теме № 17" in said
    assert "Ticket № 17 is past its date" in text_of(letter_of("alert", ENVELOPE | {"lines": [line]}, language="en"))


@pytest.mark.parametrize(("language", "said"), [("ru", "вы писали:"), ("en", "you wrote:")])
def test_a_reply_quotes_what_it_answers_below_its_own_words(language: str, said: str) -> None:
    quoted = {"at": "2026-12-10T08:00:00+00:00", "text": "Когда удалите?\n<b>Жду</b> # срочно"}
    words = render(OPERATOR, REGIME, content("reply", REPLY | {"quoted": quoted, "language": language}))
    text = words.text
    assert text.index("Ваши данные удалены.") < text.index(said) < text.index("> Когда удалите?\n> <b>Жду</b> # срочно")
    assert "&lt;b&gt;Жду" in words.html
    assert said not in render(OPERATOR, REGIME, content("reply", REPLY | {"language": language})).text


@pytest.mark.parametrize(
    ("language", "said"), [("ru", "Ваше обращение № 17 закрыто 10 декабря 2026"), ("en", "No. 17 was closed on")]
)
def test_a_closing_names_the_dates_that_end_and_how_to_object(language: str, said: str) -> None:
    closing = ENVELOPE | {
        "closed_at": "2026-12-10T08:00:00+00:00",
        "promised": [{"key": "destroy", "name": "Уничтожить данные", "due": "2027-01-09"}],
        "language": language,
    }
    text = render(OPERATOR, REGIME, content("closing", closing)).text
    assert said in text
    assert "2027" in text
    assert "уничтожить данные" in text


# -- letters as pictures


def test_terms_are_told_in_the_order_of_time():
    late = ACKNOWLEDGEMENT["clocks"][1] | {"due": "2027-03-01", "name": "Последнее"}
    none = ACKNOWLEDGEMENT["clocks"][1] | {"due": None, "name": "Без даты"}
    clocks = [none, late, *reversed(ACKNOWLEDGEMENT["clocks"])]
    text = text_of(letter_of("acknowledgement", ACKNOWLEDGEMENT, clocks=clocks))
    places = [text.index(one) for one in ("Немедленно", "24 декабря 2026", "9 января 2027", "1 марта 2027", "без даты")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("language", "kept"),
    [
        (
            "ru",
            ["ч.\u00a05\u00a0ст.\u00a021\u00a0152-ФЗ", "№\u00a017", "24\u00a0декабря 2026\u00a0г.", "ст.\u00a017\u00a0152-ФЗ"],
        ),
        ("en", ["No.\u00a017", "24\u00a0December 2026"]),
    ],
)
def test_citations_numbers_and_dates_are_not_torn_apart(language, kept):
    message = letter_of("acknowledgement", ACKNOWLEDGEMENT, language=language)
    page = message.get_body(("html",)).get_content()
    for words in kept:
        assert words in re.sub(r'<span style="white-space:nowrap">(.*?)</span>', r"\1", page)
    if language == "ru":
        assert '<span style="white-space:nowrap">152-ФЗ</span>' in page
    # Programs that show text break it by themselves; what people copy from it has plain blanks.
    assert "\u00a0" not in text_of(message)


def test_an_english_letter_is_signed_in_latin_letters():
    message = letter_of("acknowledgement", ACKNOWLEDGEMENT | {"kinds": [], "clocks": []}, language="en")
    assert "IE Petrov Petr Petrovich" in text_of(message)
    assert not re.search("[А-Яа-яЁё]", text_of(message))
    assert "Podderzhka, Lavka" in str(message["From"])
    assert "ИП Петров Пётр Петрович" in text_of(letter_of("acknowledgement", ACKNOWLEDGEMENT))


@pytest.mark.parametrize(
    ("russian", "latin_letters"),
    [
        ("ООО «Ромашка»", "LLC “Romashka”"),
        ("Индивидуальный предприниматель Щукин Юлий", "Individual Entrepreneur Shchukin Iulii"),
        ("Публичное акционерное общество «Роза»", "Public Joint-Stock Company “Roza”"),
        ("ЩУКИН", "SHCHUKIN"),
        ("Санкт-Петербург, а/я 1", "Sankt-Peterburg, a/ia 1"),
        ("Acme Ltd", "Acme Ltd"),
        ("Объект № 5", "Obieekt No. 5"),
    ],
)
def test_names_are_spelled_as_in_passports(russian, latin_letters):
    assert latin(russian) == latin_letters


def test_a_term_that_two_demands_share_is_told_once():
    clock = {"kind": "blocking_request", "key": "block", "name": "Заблокировать на время проверки", "due": "2026-12-10",
             "safe": "2026-12-10", "article": "ч. 1 ст. 21 152-ФЗ", "immediate": True, "statutory": True}  # fmt: skip
    same = clock | {"kind": "rectification"}
    other = same | {"name": "Остановить рассылки"}
    said = text_of(letter_of("acknowledgement", ACKNOWLEDGEMENT, clocks=[clock, same, other]))
    assert said.count("аблокировать на время проверки") == 1
    assert said.count("Немедленно") == 2


def test_that_the_law_sets_no_term_is_said_once():
    own = {"kind": "rectification", "key": "notify", "name": "Уведомить о внесённых изменениях", "due": "2026-12-21",
           "article": "ч. 3 ст. 20 152-ФЗ (срок не назван)", "statutory": False, "basis": "own"}  # fmt: skip
    said = text_of(letter_of("acknowledgement", ACKNOWLEDGEMENT, clocks=[own]))
    assert "закон срока не называет" in said
    assert "(срок не назван)" not in said


def test_lines_that_are_set_off_are_no_signs_on_the_page():
    page = marked("# О ком\n\n> Иванова Мария\n> maria@people.test\n\nПо нашим сведениям …")
    assert "> Иванова Мария\n> maria@people.test" in page.text
    assert "&gt;" not in page.html
    assert ">Иванова Мария<br>maria@people.test</blockquote>" in page.html
