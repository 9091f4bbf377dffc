"""Style sheets of a page, as far as they hide something: which classes and names no reader sees."""

import re

LONGEST = 200_000  # characters of style sheets that are read
_SHEET = re.compile(r"<style\b[^>]{0,2000}>(.*?)(?:</style\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_NO_RULE = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->|@(?:import|charset|namespace)\b[^;{}]{0,500};", re.IGNORECASE | re.DOTALL)
_RULE = re.compile(r"([^{}]{1,2000})\{([^{}]{0,4000})\}")
_SELECTOR = re.compile(r"[a-z0-9]{0,10}([.#][\w-]{1,100})", re.IGNORECASE)
_GONE = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all|(?<![\w-])opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)", re.IGNORECASE)
# Far outside the page.
_AWAY = re.compile(r"(?<![\w-])(?:left|top|right|text-indent|margin-left)\s*:\s*-\d{3,}", re.IGNORECASE)
_FLAT = re.compile(r"(?<![\w-])(?:max-)?height\s*:\s*0(?:px)?\s*(?:;|!|$)", re.IGNORECASE)
_OVERFLOW = re.compile(r"overflow\s*:\s*hidden", re.IGNORECASE)
_SHOWN = re.compile(r"display\s*:\s*(?!none)\w", re.IGNORECASE)


def takes_out(style: str) -> bool:
    """Whether these declarations hide an element and all that is in it."""
    return bool(_GONE.search(style) or _AWAY.search(style) or (_FLAT.search(style) and _OVERFLOW.search(style)))


def shows(style: str) -> bool:
    """Whether the declarations of an element itself show what a sheet would hide."""
    return bool(_SHOWN.search(style))


def hiding(page: str) -> frozenset[str]:
    """The classes (`.name`) and names (`#name`) that the sheets of a page hide from whoever reads it on a screen of any size."""
    sheets = _NO_RULE.sub(" ", "\n".join(_SHEET.findall(page))[:LONGEST])
    found: set[str] = set()
    for selectors, style in _RULE.findall(_outside_conditions(sheets)):
        if takes_out(style):
            matches = (_SELECTOR.fullmatch(one.strip()) for one in selectors.split(","))
            found |= {match[1] for match in matches if match}
    return frozenset(found)


def _outside_conditions(sheets: str) -> str:
    """The rules that always hold: what stands in @media and its like holds for some readers only."""
    out, depth, at = list[str](), 0, 0
    for found in re.finditer(r"@[\w-]+[^{};]{0,500}\{|[{}]", sheets):
        opens = found[0] != "}"
        if depth == 0 and found[0].startswith("@"):
            out.append(sheets[at : found.start()])
            depth = 1
        elif depth:
            depth += 1 if opens else -1
            at = found.end() if depth == 0 else at
    return "".join(out) + (sheets[at:] if depth == 0 else "")
