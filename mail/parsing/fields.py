"""Names and values that a page sets apart by its layout, as lines of text: `name: value`.

Programs of sites send what somebody filled in as a list of definitions, as labels, as a table with a row of names above a
row of values, or as the very fields. Text alone would run them together.
"""

from itertools import islice
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

_BLOCKS = frozenset({"p", "div", "ul", "ol", "li", "table", "blockquote", "pre", "dl", "br", "h1", "h2", "h3", "h4"})
_NOT_FILLED_IN = frozenset({"hidden", "submit", "button", "reset", "image", "password", "file"})
_PIECES = 30  # pieces of text that are looked at of a name
_TICKS = frozenset({"checkbox", "radio"})


def named(root: Any) -> None:
    """Rewrite the page so that its text has each name before its value."""
    for table in list(root.iter("table")):
        _columns(table)
    for term in list(root.iter("dt")):
        _definition(term)
    for legend in list(root.iter("legend")):
        legend.tag = "div"
        _colon(legend)
    for group in list(root.iter("fieldset")):
        group.tag = "div"
    for label in root.iter("label"):
        if _alone(label):
            _colon(label)
    for field in list(root.iter("input", "option")):
        _filled_in(field)


def _definition(term: Any) -> None:
    """`<dt>name<dd>value` as one line; further values of the same name below it."""
    value = term.getnext()
    term.tag = "div"
    if value is None or value.tag != "dd":
        return
    _colon(term)
    value.tag = "div" if any(one.tag in _BLOCKS for one in value.iter() if one is not value) else "span"
    value.tail = None
    term.append(value)
    while (more := term.getnext()) is not None and more.tag == "dd":
        more.tag = "div"
        term.append(more)


def _columns(table: Any) -> None:
    """A row of names above one row of values: a line for each name."""
    rows = [row for part in (table, *table.iterchildren("thead", "tbody")) for row in part.iterchildren("tr")]
    if len(rows) != 2:
        return
    names, values = ([cell for cell in row if cell.tag in {"th", "td"}] for row in rows)
    if len(names) < 2 or len(names) != len(values) or any(one.tag != "th" for one in names):
        return
    if any(one.tag != "td" for one in values):
        return
    box = etree.Element("div")
    for name, value in zip(names, values, strict=True):
        line = etree.SubElement(box, "div")
        name.tag, value.tag = "span", "span"
        name.tail = value.tail = None
        line.extend([name, value])
        _colon(name)
    box.tail = table.tail
    table.getparent().replace(table, box)


def _alone(label: Any) -> bool:
    """Whether a label names what stands beside it, and is no box to tick with its own words."""
    return not any(True for _ in label.iter("input", "textarea", "select")) and len(_words(label)) <= 60


def _filled_in(field: Any) -> None:
    """The value of a field that stands in the page itself."""
    if field.tag == "option":
        if field.get("selected") is None:
            field.text = None
        return
    kind = (field.get("type") or "text").lower()
    if kind in _NOT_FILLED_IN or (kind in _TICKS and field.get("checked") is None):
        return
    field.tail = f" {field.get('value') or ''} {field.tail or ''}"


def _words(element: Any) -> str:
    """The first words of an element, which may hold a whole page."""
    return " ".join("".join(islice(element.itertext(), _PIECES)).split())


def _colon(element: Any) -> None:
    """A colon behind the words of `element`, where they end without a sign."""
    text = _words(element)
    if not text:
        return
    added = " " if text[-1] in ":?!.;=" else ": "
    if len(element):
        element[-1].tail = f"{(element[-1].tail or '').rstrip()}{added}"
    else:
        element.text = f"{(element.text or '').rstrip()}{added}"
