"""Which Authentication-Results count, and what they prove."""

import pytest

from mail.parsing.parse import parse
from mail.trust import authenticated

TAKEN = "Received: from mail.people.test (mail.people.test [192.0.2.1]) by mx.operator.test with ESMTPS id 1; Thu, 10 Dec 2026 11:00:00 +0300\n"
LAST_STEP = "Received: from mx.operator.test by mail.operator.test with LMTP id 2; Thu, 10 Dec 2026 11:00:01 +0300\n"
FROM = "From: Anna <anna@people.test>\n"
PASS = "Authentication-Results: mx.operator.test; dmarc=pass header.from=people.test\n"


def vouched(headers: str, authserv_id: str = "") -> bool:
    mail = parse((headers + "\nI withdraw.\n").encode())
    return authenticated(mail.headers, mail.sender, authserv_id)


@pytest.mark.parametrize(
    "results",
    [
        "mx.operator.test; dmarc=pass header.from=people.test",
        "mx.operator.test; dmarc=pass (p=REJECT sp=NONE) header.from=People.Test",
        "mx.operator.test 1; spf=fail; dkim=pass header.d=people.test header.s=k",
        "mx.operator.test; dkim=fail header.d=other.test; dkim=pass (good; dkim=fail) header.i=@people.test",
        'mx.operator.test; dkim=pass reason="a; b" header.d=people.test',
        "mx.operator.test;\n\tdkim=pass header.d=people.test",
    ],
)
def test_a_pass_for_the_senders_domain_counts(results):
    assert vouched(f"Authentication-Results: {results}\n" + TAKEN + FROM)


@pytest.mark.parametrize(
    "results",
    [
        "mx.operator.test; none",
        "mx.operator.test; dmarc=fail header.from=people.test",
        "mx.operator.test; dmarc=pass header.from=elsewhere.test",
        "mx.operator.test; dkim=pass header.d=elsewhere.test",
        "mx.operator.test; dkim=pass header.d=test",
        "mx.operator.test; dkim=pass header.d=sub.people.test",
        "mx.operator.test; dkim=pass header.d=eople.test",
        "mx.operator.test; dmarc=pass",
        "mx.operator.test; spf=pass smtp.mailfrom=people.test",
        "mx.operator.test; spf=fail (dmarc=pass header.from=people.test)",
        'mx.operator.test; spf=fail reason="; dmarc=pass header.from=people.test"',
        "mx.operator.test; spf=fail (a (nested; dmarc=pass header.from=people.test) b)",
        "dmarc=pass header.from=people.test",
        "",
    ],
)
def test_anything_else_does_not(results):
    assert not vouched(f"Authentication-Results: {results}\n" + TAKEN + FROM)


def test_a_signature_of_the_parent_domain_vouches_for_its_child():
    headers = "Authentication-Results: mx; dkim=pass header.d=people.test\n" + TAKEN + "From: anna@mail.people.test\n"
    assert vouched(headers)


def test_what_mallory_wrote_into_her_letter_stands_below_the_line_of_our_server_and_does_not_count():
    assert not vouched(TAKEN + PASS + FROM)
    assert not vouched(LAST_STEP + TAKEN + PASS + FROM)
    assert not vouched(TAKEN + "Received: by mx.operator.test with LMTP id 3; x\n" + PASS + FROM)


def test_the_last_step_into_the_mailbox_may_stand_above():
    assert vouched("Return-Path: <a@b>\n" + LAST_STEP + PASS + TAKEN + FROM)


def test_the_topmost_of_our_own_headers_decides():
    fail = "Authentication-Results: mx.operator.test; dmarc=fail header.from=people.test\n"
    assert not vouched(fail + PASS + TAKEN + FROM)
    assert not vouched(TAKEN + fail + PASS + FROM, "mx.operator.test")


def test_a_named_server_is_believed_wherever_its_header_stands_and_nobody_else():
    assert vouched(TAKEN + PASS + FROM, "MX.operator.test")
    assert not vouched(PASS + TAKEN + FROM, "mx.google.com")
    assert not vouched(
        TAKEN + "Authentication-Results: mx.operator.test.evil.test; dmarc=pass header.from=people.test\n" + FROM,
        "mx.operator.test",
    )


def test_a_letter_with_two_senders_or_none_is_nobodys():
    assert not vouched(PASS + TAKEN + FROM + "From: mallory@elsewhere.test\n")
    assert not vouched(PASS + TAKEN + "From:\n")
    assert not vouched(PASS + TAKEN)
