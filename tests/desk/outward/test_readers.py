"""One acknowledgement does not serve every reader: who reads it, and what that reader is promised, in every regime."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import cast

import pytest

from bot.calls import Errand
from bot.postings.requester.acknowledgement import acknowledgement_html
from desk import contents
from desk.context import Operator
from desk.i18n import words
from desk.law import Rule, load_regime
from desk.outward.readers import of_law, promised, reader_of
from mail.letters import render

RECEIVED = datetime(2026, 12, 10, 8, 0, tzinfo=UTC)
OPERATOR = Operator(name="АО «Пример»", address="101000, Москва")
AUTHORITY = ["rkn_request", "rkn_order", "rkn_block_request", "authority_order"]
LANGUAGES = pytest.mark.parametrize("language", ["ru", "en"])


def rules(*kinds: str, regime: str = "ru-152fz") -> list[Rule]:
    law = load_regime(regime)
    return [next(rule for rule in reversed(law.rules) if rule.kind == kind) for kind in kinds]


def content(kinds: Sequence[str], language: str, *, linked: bool = False) -> contents.Acknowledgement:
    """What an acknowledgement of these kinds tells, each promised term on a day of its own."""
    found = rules(*kinds)
    return contents.Acknowledgement(
        number=41,
        language=language,
        received_at=RECEIVED,
        linked=linked,
        reader=reader_of(found),
        kinds=tuple(
            contents.AskedKind(kind=rule.kind, name=rule.name[language], article=rule.cite[language] if of_law(rule) else "")
            for rule in found
        ),
        clocks=tuple(
            contents.Term(
                kind=rule.kind,
                key=clock.key,
                name=clock.name[language],
                due=date(2027, 1, 9),
                immediate=clock.immediate,
                statutory=clock.statutory,
                basis=clock.basis,
                article=clock.cite[language],
            )
            for rule in found
            for clock in rule.clocks
            if promised(rule, clock)
        ),
    )


def letter(kinds: Sequence[str], language: str, *, linked: bool = False) -> str:
    return render(OPERATOR, "ru-152fz", content(kinds, language, linked=linked)).text


def chat(kinds: Sequence[str], language: str, *, linked: bool = False) -> str:
    errand = SimpleNamespace(
        desk=SimpleNamespace(operator=OPERATOR), language=language, _=words("bot", language).gettext, privacy=""
    )
    return acknowledgement_html(content(kinds, language, linked=linked), cast("Errand", errand))


@pytest.mark.parametrize(
    ("kinds", "reader"),
    [
        (["access_request"], "requester"),
        (["claim"], "claimant"),
        (["claim", "breach_report"], "claimant"),
        (["consumer_claim", "claim"], "claimant"),
        (["claim", "consent_withdrawal"], "requester"),
        (["breach_report"], "anybody"),
        (["breach_report", "unlawful_processing"], "requester"),
        (["breach_report", "rkn_request"], "authority"),
        *((["access_request", kind], "authority") for kind in AUTHORITY),
        ([], "requester"),
    ],
)
def test_the_reader_is_told_from_what_is_asked(kinds, reader):
    assert reader_of(rules(*kinds)) == reader


@pytest.mark.parametrize("regime", ["ru-152fz", "gdpr", "uk-gdpr"])
def test_no_term_of_an_incident_is_promised_to_whoever_reports_it(regime):
    for rule in load_regime(regime).rules:
        if rule.kind == "breach_report":
            assert [clock.key for clock in rule.clocks if promised(rule, clock)] == []


@pytest.mark.parametrize("kind", load_regime("ru-152fz").kinds)
def test_everybody_who_may_expect_an_answer_is_told_until_when(kind):
    """A kind whose rule sends something to its sender keeps a promised term, so nobody is left without a date."""
    [rule] = rules(kind)
    due = [clock for clock in rule.clocks if promised(rule, clock)]
    expects = rule.sender != "anybody" and any(send.to in {"requester", "authority"} for send in rule.send)
    assert bool(due) == (expects or kind == "destruction_impossible")


@LANGUAGES
@pytest.mark.parametrize("kind", AUTHORITY)
def test_an_authority_reads_what_is_fit_for_an_authority(kind, language):
    for linked in (False, True):
        said = letter([kind], language, linked=linked)
        assert "41" in said
        for unfit in ("Здравствуйте", "Hello", "паспорт", "passport", "обжаловать", "complain", "селфи", "selfie", "бесплатн"):
            assert unfit not in said
        assert ("ответом по существу не является" if language == "ru" else "not an answer on the merits") in said
        posted = chat([kind], language, linked=linked)
        assert ("ответ по существу" if language == "ru" else "answer on the merits") in posted
        assert not {"Мы ответим здесь", "We will answer here"} & set(posted.split("\n\n"))


@LANGUAGES
def test_who_reports_a_leak_is_thanked_and_promised_nothing(language):
    for linked in (False, True):
        for said in (letter(["breach_report"], language, linked=linked), chat(["breach_report"], language, linked=linked)):
            assert ("Спасибо" if language == "ru" else "Thank you") in said
            for promise in (
                "Не позднее",
                "не позднее",
                "By ",
                "at the latest",
                "срок",
                "Инцидент",
                "152",
                "ответим",
                "will answer",
            ):
                assert promise not in said


@LANGUAGES
@pytest.mark.parametrize("also", ["breach_report", "complaint"])
def test_a_claimant_is_promised_the_answer_and_no_inner_clock(also, language):
    for said in (letter(["claim", also], language), chat(["claim", also], language)):
        assert "уведомить роскомнадзор" not in said.lower()
        assert "notify roskomnadzor" not in said.lower()
        assert "понять, чего требует" not in said.lower()
    assert ("дать письменный ответ" if language == "ru" else "answer the claim in writing") in letter(["claim", also], language)


@LANGUAGES
def test_the_term_of_a_policy_is_named_the_operators_published_promise(language):
    for said in (letter(["claim"], language), chat(["claim"], language)):
        assert ("опубликованная политика" if language == "ru" else "published policy") in said
        assert "собственный срок" not in said
        assert "our own term" not in said


@LANGUAGES
def test_a_target_of_the_house_is_not_given_out_for_a_promise_of_the_policy(language):
    for said in (letter(["question"], language), chat(["question"], language)):
        assert "политика обещает" not in said
        assert ("опубликованная политика" if language == "ru" else "published policy promises") not in said


def test_unlawful_processing_promises_the_result_not_what_begins_with_its_detection():
    [rule] = rules("unlawful_processing")
    assert [clock.key for clock in rule.clocks if promised(rule, clock)] == ["block", "notify"]
