"""Settings: one file, the environment above it, secrets from files, and every problem in a sentence at once."""

from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.documents import README, places_in_pins, written
from app.settings.declared import Settings, SettingsError, load, ready_to_run, reminding
from app.settings.reader import walk
from desk.law import Reminding

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PASSWORD = "hush-hush-9000"


@pytest.fixture
def given(tmp_path):
    """Loads settings from TOML text and environment variables."""

    def load_given(toml: str = "", *, for_running: bool = False, **environment: str) -> Settings:
        file = tmp_path / "desk.toml"
        file.write_text(toml, encoding="utf-8")
        return load({"DESK_CONFIG": str(file)} | environment, for_running=for_running)

    return load_given


def problems(call, *args, **kwargs) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        call(*args, **kwargs)
    return caught.value.problems


def test_without_a_file_and_environment_commands_that_only_look_have_all_they_need(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = load({})
    assert settings.database_url == "sqlite://var/desk.sqlite3"
    assert settings.key_file == Path("var/master.key")
    assert settings.operator.time_zone == ZoneInfo("Europe/Moscow")


def test_the_environment_overrides_the_file_value_by_value(given):
    settings = given(
        '[operator]\nname = "A"\naddress = "B"\n[[mailboxes]]\naddress = "old@desk.test"\nname = "Desk"\n',
        DESK_OPERATOR__NAME="C",
        DESK_MAILBOXES__0__ADDRESS="new@desk.test",
    )
    assert (settings.operator.name, settings.operator.address) == ("C", "B")
    assert [(m.address, m.name) for m in settings.mailboxes] == [("new@desk.test", "Desk")]


def test_a_list_can_be_lengthened_from_the_environment(given):
    settings = given('[[mailboxes]]\naddress = "a@desk.test"\n', DESK_MAILBOXES__1__ADDRESS="b@desk.test")
    assert [m.address for m in settings.mailboxes] == ["a@desk.test", "b@desk.test"]


@pytest.mark.parametrize("written_as", ["1,2", "[1, 2]", " 1 , 2 "])
def test_a_list_of_plain_values_fits_in_one_variable(given, written_as):
    assert given("[staff]\nmanagers = [7, 8, 9]", DESK_STAFF__MANAGERS=written_as).staff.managers == (1, 2)


def test_one_item_of_a_list_can_be_overridden(given):
    assert given("[staff]\nmanagers = [7, 8]", DESK_STAFF__MANAGERS__1="9").staff.managers == (7, 9)


def test_an_empty_variable_counts_as_not_given(given):
    assert given('[operator]\nname = "A"', DESK_OPERATOR__NAME="").operator.name == "A"


def test_times_are_read_as_toml_times_and_as_text(given):
    assert given("[operator]\nclosing_hour = 17:30:00").operator.closing_hour == time(17, 30)
    assert given(DESK_OPERATOR__CLOSING_HOUR="17:30").operator.closing_hour == time(17, 30)


@pytest.mark.parametrize("where", ["environment", "file"])
def test_any_setting_can_come_from_a_file(given, tmp_path, where):
    secret = tmp_path / "token"
    secret.write_text("123:abc\n")
    if where == "environment":
        settings = given('[telegram]\ntoken = "9:z"', DESK_TELEGRAM__TOKEN_FILE=str(secret))
    else:
        settings = given(f'[telegram]\ntoken_file = "{secret}"')
    assert settings.telegram.token.reveal() == "123:abc"


def test_a_variable_goes_before_a_file_named_in_toml(given, tmp_path):
    secret = tmp_path / "token"
    secret.write_text("1:file")
    settings = given(f'[telegram]\ntoken_file = "{secret}"', DESK_TELEGRAM__TOKEN="2:variable")
    assert settings.telegram.token.reveal() == "2:variable"


def test_a_value_and_its_file_together_are_refused(given, tmp_path):
    secret = tmp_path / "token"
    secret.write_text("1:a")
    found = problems(given, DESK_TELEGRAM__TOKEN="1:b", DESK_TELEGRAM__TOKEN_FILE=str(secret))
    assert found == ["DESK_TELEGRAM__TOKEN and DESK_TELEGRAM__TOKEN_FILE are both set: leave one of them."]


@pytest.mark.parametrize("content", [None, "", "  \n"])
def test_a_secret_file_that_is_missing_or_empty_is_told(given, tmp_path, content):
    secret = tmp_path / "token"
    if content is not None:
        secret.write_text(content)
    (found,) = problems(given, DESK_TELEGRAM__TOKEN_FILE=str(secret))
    assert found.startswith("DESK_TELEGRAM__TOKEN_FILE: the file")


def test_storage_keys_own_file_is_not_taken_for_a_secret_file(given):
    assert given('[storage]\nkey_file = "elsewhere/key"').key_file == Path("elsewhere/key")


def test_all_problems_are_told_at_once_each_with_its_name_what_was_found_and_what_is_expected(given):
    found = problems(
        given,
        '[operator]\nkind = "firm"\ntime_zone = "Moscow"\n[telegram]\nstaff_chat = "our group"\n[http]\nlisten = 80\n',
        DESK_STAFF__UNDO_SECONDS="soon",
    )
    assert found == [
        "operator.kind: found “firm”, expected one of “company”, “entrepreneur”.",
        "operator.time_zone: found “Moscow”, expected a time zone such as “Europe/Moscow”.",
        "telegram.staff_chat: found “our group”, expected a whole number such as -1001234567890.",
        "DESK_STAFF__UNDO_SECONDS: found “soon”, expected a number.",
        "http.listen: found 80, expected text in quotes.",
    ]


@pytest.mark.parametrize(
    ("toml", "environment", "nearest"),
    [
        ('[telegram]\ntokn = "1:a"', {}, "telegram.tokn is not a setting; the nearest is telegram.token."),
        ('[operatr]\nname = "A"', {}, "operatr.name is not a setting; the nearest is operator.name."),
        ("", {"DESK_TELEGRAM_TOKEN": "1:a"}, "DESK_TELEGRAM_TOKEN is not a setting; the nearest is DESK_TELEGRAM__TOKEN."),
        (
            "",
            {"DESK_MAILBOXES__0__ADRESS": "a@b.test"},
            "DESK_MAILBOXES__0__ADRESS is not a setting; the nearest is DESK_MAILBOXES__0__ADDRESS.",
        ),
        ("[quux]\nfrobnicate = 1", {}, "quux.frobnicate is not a setting."),
    ],
)
def test_an_unknown_setting_is_refused_with_the_nearest_known_name(given, toml, environment, nearest):
    assert problems(given, toml, **environment) == [nearest]


def test_variables_a_container_platform_adds_for_a_service_named_desk_are_left_alone(given):
    given(DESK_PORT="tcp://10.0.0.1:80", DESK_SERVICE_HOST="10.0.0.1", DESK_PORT_80_TCP_ADDR="10.0.0.1")


@pytest.mark.parametrize(
    ("toml", "name"),
    [
        ("[telegram]\ntoken = {a = 1}", "telegram.token"),
        ('telegram = "x"', "telegram"),
        ('[mailboxes]\naddress = "a@b.test"', "mailboxes.address"),
        ("[staff]\nmanagers = 5", "staff.managers"),
        ("[staff]\nundo_seconds = true", "staff.undo_seconds"),
        ("[operator]\nlanguages = []", "operator.languages"),
    ],
)
def test_a_value_of_the_wrong_shape_is_refused_by_name(given, toml, name):
    (found,) = problems(given, toml)
    assert found.startswith(name)


def test_a_file_that_is_not_toml_is_told_without_its_words(given):
    (found,) = problems(given, f'[telegram]\ntoken = "{PASSWORD}')
    assert "is not valid TOML" in found
    assert PASSWORD not in found


def test_a_named_file_that_is_missing_is_told(tmp_path):
    assert problems(load, {"DESK_CONFIG": str(tmp_path / "none.toml")}) == [
        f"DESK_CONFIG: there is no file {tmp_path / 'none.toml'}."
    ]


def test_no_problem_and_no_representation_shows_a_secret(given):
    wrong = {
        "DESK_TELEGRAM__TOKEN": PASSWORD,
        "DESK_TELEGRAM__PROXY": f"ftp://u:{PASSWORD}@proxy.test",
        "DESK_TELEGRAM__WEBHOOK_SECRET": f"{PASSWORD} with spaces",
        "DESK_DATABASE__URL": f"mysql://u:{PASSWORD}@db.test/x",
        "DESK_MAILBOXES__0__ADDRESS": "a@b.test",
        "DESK_MAILBOXES__0__IMAP_URL": f"imap://u:{PASSWORD}@mail.test",
        "DESK_MAILBOXES__0__SMTP_URL": f"smtps://u:{PASSWORD}#@mail.test:x",
    }
    found = problems(given, **wrong)
    assert len(found) == 6
    assert not any(PASSWORD in problem for problem in found)
    right = given(
        DESK_TELEGRAM__TOKEN=f"1:{PASSWORD}",
        DESK_DATABASE__URL=f"postgres://u:{PASSWORD}@db.test/x",
        DESK_MAILBOXES__0__IMAP_URL=f"imaps://u:{PASSWORD}@mail.test",
    )
    assert PASSWORD not in repr(right)


def test_plain_text_mail_over_the_network_is_refused_and_on_loopback_taken(given):
    (found,) = problems(given, DESK_MAILBOXES__0__IMAP_URL="imap://u:p@mail.test")
    assert found.startswith("DESK_MAILBOXES__0__IMAP_URL is wrong")
    given(DESK_MAILBOXES__0__IMAP_URL="imap://u:p@127.0.0.1:1143", DESK_MAILBOXES__0__SMTP_URL="smtp://u:p@127.0.0.1:1025")


def test_the_service_is_told_everything_it_misses_at_once(given):
    found = problems(given, '[[mailboxes]]\naddress = "a@b.test"', for_running=True)
    assert [problem.split(" ")[0] for problem in found] == [
        "telegram.token",
        "telegram.staff_chat",
        "mailboxes.0.imap_url",
        "mailboxes.0.smtp_url",
    ]


def test_a_webhook_wants_a_secret(given):
    (found,) = problems(given, DESK_TELEGRAM__WEBHOOK_URL="https://desk.test/hook")
    assert found.startswith("telegram.webhook_secret")


def test_one_address_in_two_mailboxes_is_refused(given):
    (found,) = problems(given, DESK_MAILBOXES__0__ADDRESS="a@b.test", DESK_MAILBOXES__1__ADDRESS="A@b.test")
    assert found.startswith("mailboxes.1.address")


@pytest.mark.parametrize("operator", ["operator-a.toml", "operator-b.toml"])
def test_each_example_lacks_nothing_but_its_secrets(operator):
    settings = load({"DESK_CONFIG": str(EXAMPLES / operator)})
    missing = [problem.split(" ")[0] for problem in ready_to_run(settings)]
    assert {name.rpartition(".")[2] for name in missing} == {"token", "staff_chat", "imap_url", "smtp_url"}
    assert settings.operator.name
    assert settings.processors
    assert settings.systems


def test_every_setting_says_what_it_means():
    assert all(field.metadata["meaning"] for _, field, _ in walk(Settings))


def test_the_readme_lists_the_settings_of_the_code():
    readme = README.read_text(encoding="utf-8")
    assert written(readme) == readme


def test_the_pins_name_no_place_where_packages_come_from():
    assert places_in_pins() == []


def test_what_is_reminded_of_and_when_can_be_set(given):
    law = given('[law]\nreminder_levels = ["wd10", "half"]\nquiet_hours = "19:00-10:00"\n').law
    assert reminding(law) == Reminding(("wd10", "half"), (time(19), time(10)))
    assert reminding(given(DESK_LAW__REMINDER_LEVELS="wd7, safe_2h").law) == Reminding(("wd7", "safe_2h"))
    assert reminding(given().law) == Reminding()


@pytest.mark.parametrize(
    ("toml", "name", "found", "expected"),
    [
        ('reminder_levels = ["half", "wd31"]', "law.reminder_levels.1", "“wd31”", "wd1 to wd30"),
        ('reminder_levels = "half"', "law.reminder_levels", "", "a list"),
        ("reminder_levels = []", "law.reminder_levels", "is empty", "a list such as half"),
        ("reminder_levels = [5]", "law.reminder_levels.0", "5", "half"),
        ('quiet_hours = "evenings"', "law.quiet_hours", "“evenings”", "19:00-10:00"),
        ('quiet_hours = "19:00-19:00"', "law.quiet_hours", "“19:00-19:00”", "two different times"),
        ("quiet_hours = 19:00:00", "law.quiet_hours", "19:00", "text in quotes"),
        ('quiet_hours = "08:00-17:30"', "law.quiet_hours", "“08:00-17:30”", "09:00 to 18:00"),
    ],
)
def test_reminders_that_cannot_be_are_refused_with_name_found_and_expected(given, toml, name, found, expected):
    [problem] = problems(given, f"[law]\n{toml}\n")
    assert problem.startswith(name)
    assert found in problem
    assert expected in problem


def test_keys_for_encrypted_letters_are_looked_at_before_anything_starts(given, tmp_path):
    good, bad = tmp_path / "good.pem", tmp_path / "bad.pem"
    good.write_text("-----BEGIN PGP PRIVATE KEY BLOCK-----")
    bad.write_text("nothing")
    named = '[[mailboxes]]\naddress = "a@desk.test"\nkeys = ["{}"]\n'
    assert given(named.format(good)).mailboxes[0].keys == (str(good),)
    assert given().mailboxes == ()
    [problem] = problems(given, named.format(bad))
    assert problem.startswith("mailboxes.0.keys.0 names")
    assert "neither a certificate" in problem
    [problem] = problems(given, named.format(tmp_path / "gone.pem"))
    assert "cannot be read" in problem


REGISTER = """
[[mailboxes]]
address = "support@desk.test"
[[systems]]
name = "Магазин"
[[processors]]
name = "ООО «Доставка»"
contract_date = 2024-03-01
systems = ["Магазин"]
"""


def look_at(tmp_path, text: str) -> list[str]:
    (tmp_path / "desk.toml").write_text(text, encoding="utf-8")
    try:
        load({"DESK_CONFIG": str(tmp_path / "desk.toml")})
    except SettingsError as error:
        return error.problems
    return []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", ""),
        ("2024-03-01", '"2024-03-01"', ""),
        ("2024-03-01", "2024-03-01T10:00:00", "expected a date such as 2026-03-01"),
        ("2024-03-01", '"в марте"', "expected a date such as 2026-03-01"),
        ('systems = ["Магазин"]', 'systems = ["Склад"]', "names “Склад”, which is none of [[systems]]: “Магазин”"),
        ('systems = ["Магазин"]', 'email = "SUPPORT@desk.test"', "a mailbox of this desk"),
        ('systems = ["Магазин"]', 'email = "нет"', "not an e-mail address"),
        ('systems = ["Магазин"]', 'publishes = "да"', "expected true or false"),
        ('systems = ["Магазин"]', "confirm_within_days = 0", "expected 1 to 365"),
        ('name = "ООО «Доставка»"', "", "processors.0.name is missing"),
        ('systems = ["Магазин"]', '[[processors]]\nname = "ооо  «доставка»"', "processors.1.name is that of an earlier one"),
        ('systems = ["Магазин"]', "[[systems]]\npaper = true", "systems.1.name is missing"),
    ],
)
def test_a_wrong_line_of_the_register_is_said_in_a_sentence(tmp_path, old, new, expected):
    problems = look_at(tmp_path, REGISTER.replace(old, new, 1) if old else REGISTER)
    assert len(problems) == bool(expected)
    assert not expected or expected in problems[0]


def test_the_aliases_of_a_mailbox_are_addresses_of_the_desk(given):
    settings = given('[[mailboxes]]\naddress = "desk@op.test"\naliases = ["Privacy@brand.test"]\n')
    assert settings.mailboxes[0].aliases == ("Privacy@brand.test",)
    [problem] = problems(given, '[[mailboxes]]\naddress = "desk@op.test"\naliases = ["brand.test"]\n')
    assert "brand.test" in problem
    assert "aliases" in problem
