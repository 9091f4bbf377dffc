"""HTML, MarkdownV2 and old Markdown, and what Telegram finds by itself."""

import pytest

from sandbox.telegram.entities import FormattedText, finish, found_entities
from sandbox.telegram.parse_html import ParseError, parse_html
from sandbox.telegram.parse_markdown import parse_markdown, parse_markdown_v2


def short(value):
    """Entities as (type, covered text, further fields)."""
    units = value.text.encode("utf-16-le")
    rows = []
    for entity in value.entities:
        start, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
        rest = {k: v for k, v in entity.items() if k not in {"type", "offset", "length"}}
        rows.append((entity["type"], units[start:end].decode("utf-16-le"), *([rest] if rest else [])))
    return rows


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain &lt;b&gt; &amp; &quot;x&quot; &#1071;&#x42F;", 'plain <b> & "x" ЯЯ', []),
        ("<b>one <i>two</i></b>", "one two", [("bold", "one two"), ("italic", "two")]),
        ("😀<b>😀</b>", "😀😀", [("bold", "😀")]),
        (
            "<strong>a</strong><em>b</em><ins>c</ins><del>d</del>",
            "abcd",
            [("bold", "a"), ("italic", "b"), ("underline", "c"), ("strikethrough", "d")],
        ),
        (
            '<a href="https://a.example/?x=1&amp;y=2">link</a>',
            "link",
            [("text_link", "link", {"url": "https://a.example/?x=1&y=2"})],
        ),
        ('<a href="tg://user?id=42">Anna</a>', "Anna", [("text_mention", "Anna", {"user_id": 42})]),
        ('<pre><code class="language-python">x</code></pre>', "x", [("pre", "x", {"language": "python"})]),
        ("<code>x</code>", "x", [("code", "x")]),
        ("<blockquote expandable>q</blockquote>", "q", [("expandable_blockquote", "q")]),
        ('<span class="tg-spoiler">s</span><tg-spoiler>t</tg-spoiler>', "st", [("spoiler", "s"), ("spoiler", "t")]),
        ("a & b &nbsp; c", "a & b &nbsp; c", []),
        ("<b></b>x", "x", []),
    ],
)
def test_html(source, text, entities):
    value = parse_html(source)
    assert (value.text, short(value)) == (text, entities)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("я<div>x</div>", 'Unsupported start tag "div" at byte offset 2'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("x <b", "Unclosed start tag at byte offset 2"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_html_telegram_would_refuse(source, complaint):
    with pytest.raises(ParseError) as caught:
        parse_html(source)
    assert str(caught.value) == complaint


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        (r"plain \*not bold\* 1\.5 \\", "plain *not bold* 1.5 \\", []),
        ("*bold _italic bold_*", "bold italic bold", [("bold", "bold italic bold"), ("italic", "italic bold")]),
        (
            "__under__ ~gone~ ||secret||",
            "under gone secret",
            [("underline", "under"), ("strikethrough", "gone"), ("spoiler", "secret")],
        ),
        ("[link](https://a.example/\\))", "link", [("text_link", "link", {"url": "https://a.example/)"})]),
        ("[Anna](tg://user?id=42)", "Anna", [("text_mention", "Anna", {"user_id": 42})]),
        ("`a*b`", "a*b", [("code", "a*b")]),
        ("```python\nx = 1\n```", "x = 1\n", [("pre", "x = 1\n", {"language": "python"})]),
        (">one\n>two\nafter", "one\ntwo\nafter", [("blockquote", "one\ntwo")]),
        (">one\n>two||\nafter", "one\ntwo\nafter", [("expandable_blockquote", "one\ntwo")]),
    ],
)
def test_markdown_v2(source, text, entities):
    value = parse_markdown_v2(source)
    assert (value.text, short(value)) == (text, entities)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("1.5", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("(x)", "Character '(' is reserved and must be escaped with the preceding '\\'"),
        ("я*x", "Can't find end of Bold entity at byte offset 2"),
        ("`x", "Can't find end of Code entity at byte offset 0"),
        ("[x](https://a", "Can't find end of a URL at byte offset 3"),
    ],
)
def test_markdown_v2_telegram_would_refuse(source, complaint):
    with pytest.raises(ParseError) as caught:
        parse_markdown_v2(source)
    assert str(caught.value) == complaint


def test_old_markdown():
    value = parse_markdown(r"*bold* _it_ `c` [l](https://a.example) \*x")
    assert value.text == "bold it c l *x"
    assert short(value) == [
        ("bold", "bold"),
        ("italic", "it"),
        ("code", "c"),
        ("text_link", "l", {"url": "https://a.example"}),
    ]
    with pytest.raises(ParseError, match="Can't find end of the entity starting at byte offset 1"):
        parse_markdown("x*y")


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("/start now", [("bot_command", "/start")]),
        ("/help@rights_desk_bot", [("bot_command", "/help@rights_desk_bot")]),
        ("see https://a.example/x?y=1, please", [("url", "https://a.example/x?y=1")]),
        ("write to anna@mail.example.", [("email", "anna@mail.example")]),
        ("ask @anna_i or #claims", [("mention", "@anna_i"), ("hashtag", "#claims")]),
        ("call +7 900 000-00-00", [("phone_number", "+7 900 000-00-00")]),
        ("km/h and a/b and 5 #1", []),
    ],
)
def test_what_telegram_finds_by_itself(text, entities):
    assert short(FormattedText(text, found_entities(text, []))) == entities


def test_nothing_is_found_in_code_and_text_is_trimmed():
    value = finish(parse_html("  <code>/start</code> /go \n"))
    assert value.text == "/start /go"
    assert short(value) == [("code", "/start"), ("bot_command", "/go")]
