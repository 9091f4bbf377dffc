"""The tree of an HTML page as a reader sees it: without what is hidden, with the targets that links lead to."""

import re
from dataclasses import dataclass
from typing import Any

import lxml.html  # type: ignore[import-untyped]
from inscriptis import Inscriptis  # type: ignore[import-untyped]
from inscriptis.css_profiles import CSS_PROFILES  # type: ignore[import-untyped]
from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]

from mail.parsing.fields import named
from mail.parsing.sheets import shows, takes_out

_ICON = 160  # pixels up to which a picture is an icon
_LONGEST_TARGET = 1_000
_VISIBILITY = re.compile(r"visibility\s*:\s*(hidden|collapse|visible)", re.IGNORECASE)
_SIZE = re.compile(r"font-size\s*:\s*([\d.]+)\s*(px|pt|em|rem|%)?", re.IGNORECASE)
_PIXELS = re.compile(r"(?<![\w-])(width|height)\s*:\s*(\d{1,5})(?:\.\d+)?px", re.IGNORECASE)
_WEB = re.compile(r"(?:https?|ftp)://\S", re.IGNORECASE)


@dataclass
class Tree:
    """A page made ready: `hidden` characters were taken out of it, `small` are the content ids of its icons."""

    root: Any
    hidden: int
    small: frozenset[str]

    def text(self) -> str:
        return str(Inscriptis(self.root, ParserConfig(css=CSS_PROFILES["strict"])).get_text())


def prepared(source: str, gone: frozenset[str] = frozenset()) -> Tree:
    """The tree of a page, of which sheets hide the classes and names `gone`.

    When everything in it is hidden, nothing is: a letter is never taken for empty.
    """
    tree = _read(source, gone)
    if tree.hidden and not re.search(r"\w", tree.root.text_content()):
        root = _parse(source)
        named(root)
        _links(root)
        return Tree(root, 0, tree.small)
    return tree


def _read(source: str, gone: frozenset[str]) -> Tree:
    root = _parse(source)
    hidden = _unhide(root, gone)
    named(root)
    _links(root)
    return Tree(root, hidden, _small(root))


def _parse(source: str) -> Any:
    parser = lxml.html.HTMLParser(huge_tree=True, no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8")
    return lxml.html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)


def _unhide(root: Any, gone: frozenset[str]) -> int:
    """Take out what no reader sees; how many characters that were."""
    hidden = 0
    # (element, whether its own text is invisible by what it inherits)
    todo: list[tuple[Any, bool]] = [(root, False)]
    while todo:
        element, unseen = todo.pop()
        if not isinstance(element.tag, str):
            continue
        style = element.get("style") or ""
        if _taken_out(element, style, gone):
            hidden += len(re.sub(r"\s+", "", element.text_content()))
            _drop(element)
            continue
        unseen = _unseen(style, inherited=unseen)
        if unseen:
            hidden += len((element.text or "").strip())
            element.text = None
        for child in element:
            if unseen and child.tail:
                hidden += len(child.tail.strip())
                child.tail = None
            todo.append((child, unseen))
    return hidden


def _taken_out(element: Any, style: str, gone: frozenset[str]) -> bool:
    if element.get("hidden") is not None or (style and takes_out(style)):
        return True
    if not gone or shows(style):
        return False
    names = [f".{name}" for name in (element.get("class") or "").split()[:50]]
    return not gone.isdisjoint([*names, f"#{element.get('id') or ''}"])


def _unseen(style: str, *, inherited: bool) -> bool:
    """Whether text right inside an element is invisible: of the size nothing, or told to be."""
    if not style:
        return inherited
    size, told = _SIZE.search(style), _VISIBILITY.search(style)
    if told:
        return told[1].lower() != "visible"
    if size:
        try:
            return float(size[1]) == 0
        except ValueError:
            return inherited
    return inherited


def _drop(element: Any) -> None:
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _links(root: Any) -> None:
    """Put the target of each link behind its text, where the text is not the target itself."""
    before = ""
    for link in root.iter("a", "area"):
        target = re.sub(r"\s+", "", link.get("href") or "")[:_LONGEST_TARGET]
        text = " ".join(link.text_content().split())
        if target.lower().startswith("mailto:"):
            address = target[7:].partition("?")[0]
            target = address if "@" in address and address.lower() not in text.lower() else ""
        elif not _WEB.match(target):
            target = ""
        if not target or _same(text, target) or (target == before and not text):
            continue
        before = target
        place = link[-1] if len(link) else None
        added = f" <{target}>"
        if place is None:
            link.text = (link.text or "") + added
        else:
            place.tail = (place.tail or "") + added


def _same(text: str, target: str) -> bool:
    return _bare(text) == _bare(target)


def _bare(address: str) -> str:
    return re.sub(r"^(?:https?|ftp)://|^www\.|(?<=//)www\.|/$", "", address.casefold().strip().removesuffix("/")).removeprefix(
        "www."
    )


def _small(root: Any) -> frozenset[str]:
    """Content ids of pictures that the page shows no larger than an icon."""
    small: set[str] = set()
    large: set[str] = set()
    for picture in root.iter("img"):
        source = picture.get("src") or ""
        if not source.lower().startswith("cid:"):
            continue
        sizes = [int(found) for found in re.findall(r"^\d{1,5}", picture.get("width") or "")]
        sizes += [int(found) for found in re.findall(r"^\d{1,5}", picture.get("height") or "")]
        sizes += [int(found[1]) for found in _PIXELS.findall(picture.get("style") or "")]
        (small if sizes and max(sizes) <= _ICON else large).add(source[4:].strip("<>"))
    return frozenset(small - large)
