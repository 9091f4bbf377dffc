"""HTML as a reader sees it: targets of links are kept where the text is not the address, hidden text is not."""

import pytest

from mail.parsing.htmltext import html_to_text, read_page
from mail.parsing.parse import parse
from tests.mail.parsing.letters import cases, letter

PAGES = cases("links.toml", "page")


@pytest.mark.parametrize("page", PAGES, ids=[one["html"][:60] for one in PAGES])
def test_a_page_shows_what_a_reader_sees_and_where_links_lead(page):
    text = html_to_text(page["html"])
    for words in page.get("shown", ()):
        assert words in text
    for words in page.get("absent", ()):
        assert words not in text
    for words, times in page.get("times", {}).items():
        assert text.count(words) == times


def test_targets_that_only_the_html_alternative_has_are_shown():
    described = {
        "multipart": "alternative",
        "parts": [
            {"type": "text/plain", "text": "Заявление.pdf (24 МБ)"},
            {"type": "text/html", "text": '<a href="https://disk.example/d/AbC">Заявление.pdf</a> (24 МБ)'},
        ],
    }
    assert "https://disk.example/d/AbC" in parse(letter(described)).new_text


def test_hidden_text_is_counted_and_said():
    assert read_page('<p>видно</p><p style="display:none">12345</p>').hidden == 5
    mail = parse(letter({"type": "text/html", "text": '<p>видно</p><p style="display:none">12345</p>'}))
    assert [str(remark) for remark in mail.remarks if remark.told] == ["5 characters of hidden text were left out."]
