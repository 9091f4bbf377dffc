"""Structure before choice: only alternatives are rivals; whatever words any part has are shown, or their file is named."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mail.parsing.alternatives import joined
from mail.parsing.parse import parse
from tests.mail.parsing.letters import cases, letter

LETTERS = cases("structures.toml", "letter")


@pytest.mark.parametrize("described", LETTERS, ids=[one["name"] for one in LETTERS])
def test_every_part_is_shown_or_a_file(described):
    mail = parse(letter(described))
    for words in described["shown"]:
        assert words in mail.new_text
    for words in described.get("absent", ()):
        assert words not in mail.text
    for words in described.get("once", ()):
        assert mail.text.count(words) == 1
    assert [file.name for file in mail.files if not file.aside and not file.content_id] == described.get("files", [])


def test_words_that_only_one_alternative_has_stand_where_they_stood():
    plain = "Один два три.\n\nЧетыре пять шесть.\n\nКонец письма здесь."
    page = "Один два три.\nсовсем новое\nЧетыре пять шесть.\nКонец письма здесь."
    assert joined([plain, page]) == "Один два три.\nсовсем новое\n\nЧетыре пять шесть.\n\nКонец письма здесь."


NUMBERS = st.integers(1_000, 9_999_999)
TEXT = st.builds(
    lambda number, html: {
        "type": f"text/{'html' if html else 'plain'}",
        "text": f"<p>слово{number}</p>" if html else f"слово{number}",
    },
    NUMBERS,
    st.booleans(),
)
FILE = st.builds(
    lambda number, kind, inline: {
        "type": kind,
        "text": f"слово{number}",
        "name": f"имя{number}.txt",
        "disposition": "inline" if inline else "attachment",
    },
    NUMBERS,
    st.sampled_from(["text/plain", "text/html", "text/csv", "application/octet-stream"]),
    st.booleans(),
)
TREE = st.recursive(
    TEXT | FILE,
    lambda inner: st.builds(
        lambda kind, parts: {"multipart": kind, "parts": parts},
        st.sampled_from(["mixed", "alternative", "related", "signed", "parallel", "report", "digest-like"]),
        st.lists(inner, min_size=1, max_size=4),
    ),
    max_leaves=12,
)


def leaves(tree):
    return [one for part in tree["parts"] for one in leaves(part)] if "parts" in tree else [tree]


@given(tree=TREE)
@settings(max_examples=300, suppress_health_check=list(HealthCheck))
def test_whatever_the_structure_every_text_is_shown_or_its_file_is_named(tree):
    mail = parse(letter(tree))
    names = {file.name for file in mail.files}
    for leaf in leaves(tree):
        word = re.search(r"слово\d+", leaf["text"])[0]
        assert word in mail.new_text or leaf.get("name") in names
