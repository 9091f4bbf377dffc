"""The act of destruction as a paper: every point of Roskomnadzor Order 179 p. 3, with places for signatures."""

from collections.abc import Callable

from desk.context import Operator
from desk.deed import extract
from desk.papers.paper import Block, Fields, Heading, Paper, Signatures, Signer, Text
from desk.papers.words import day, pages, spoken_in
from models import Destruction

Gettext = Callable[[str], str]


def act_paper(row: Destruction, operator: Operator, language: str) -> Paper:
    """The act of a destruction whose fields are complete."""
    _ = spoken_in(language)
    assert row.destroyed_on is not None
    assert row.acted_on is not None
    assert row.keep_until is not None
    title = _("Act No. %(number)s\nof destruction of personal data") % {"number": row.number}
    return Paper(
        language=language,
        title=title,
        author=operator.name,
        head=tuple(one for one in (operator.name, operator.address) if one),
        place_date=day(row.acted_on),
        blocks=(
            Text(
                _(
                    "We, the undersigned, have drawn up this act (Roskomnadzor Order 179 of 28.10.2022, points 3-4) that the "
                    "personal data named below were destroyed."
                )
            ),
            Fields(_rows(row, operator, _)),
            *_extract(row, language),
            Heading(_("d) Those who destroyed the personal data")),
            Signatures(
                tuple(Signer(position=position, name=name) for name, position in row.people),
                (_("position"), _("signature"), _("surname and initials")),
            ),
        ),
        footer=_("Act No. %(number)s. To be kept until %(day)s (3 years from the destruction).")
        % {"number": row.number, "day": day(row.keep_until)},
        page=pages(language),
    )


def _rows(row: Destruction, operator: Operator, _: Gettext) -> list[tuple[str, str]]:
    assert row.destroyed_on is not None
    rows = [
        (_("a) Operator, address"), "\n".join(one for one in (operator.name, operator.address) if one)),
        (
            _("b) Who processed on the operator’s behalf, address"),
            "\n".join(one for one in (row.processor, row.processor_address) if one)
            or _("none: the operator itself destroyed the data"),
        ),
        (_("c) Data subject"), row.subject),
        (_("e) Categories of the destroyed data"), ", ".join(row.categories)),
    ]
    if row.paper:
        sheets = _("%(medium)s; sheets: %(count)s") % {
            "medium": row.medium,
            "count": row.sheets or "–",
        }
        rows.append((_("f) Medium, number of sheets"), sheets))
    else:
        rows.append((_("g) Information system"), row.system or row.place))
    rows += [
        (_("h) Method of destruction"), row.method),
        (_("i) Reason of destruction"), row.reason),
        (_("j) Date of destruction"), day(row.destroyed_on)),
    ]
    return rows


def point_words(point: str, language: str) -> str:
    """A point of the log extract (Order 179 p. 5) in words."""
    _ = spoken_in(language)
    return {
        "subject": _("a) whose data were destroyed"),
        "categories": _("b) which categories"),
        "system": _("c) in which information system"),
        "reason": _("d) for which reason"),
        "date": _("e) on which day"),
    }[point]


def _extract(row: Destruction, language: str) -> list[Block]:
    """What the log extract shows, and that the act shows the rest (p. 6); of paper there is none."""
    if row.paper:
        return []
    _ = spoken_in(language)
    heading = Heading(_("Extract of the event log of the information system (points 5-6)"))
    if not row.extract:
        return [heading, Text(_("To be attached to this act."))]
    rows = [(_("File"), row.extract_name), ("SHA-256", f"{row.extract_sha256[:32]}\n{row.extract_sha256[32:]}")]
    missing = extract.lacking(row.extract_seen)
    words = _("The extract shows all that point 5 of the Order asks for.")
    if missing:
        words = _("The extract does not show: %(points)s. This act states it (point 6 of the Order).") % {
            "points": "; ".join(point_words(one, language) for one in missing)
        }
    return [heading, Fields(rows), Text(words)]
