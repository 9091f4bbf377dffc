"""`rightsdesk calendar` and `rules check`: whether what the desk counts by is in order."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from app.cli import FINDING, FINE, Finding, Usage
from app.commands.terminal import answer_json, table, words
from app.settings import lawful
from app.settings.declared import Settings, load
from app.speech import language, said
from desk.law import BadLawData, Calendar, CalendarYear
from desk.law.data import names


def calendar(args: Namespace) -> int:
    """The years whose working days are known; one of them in full; or years of a file added to them."""
    settings = load()
    if args.act == "import":
        return _import(settings, args)
    known = lawful.calendar(settings)
    if args.act == "show":
        return _show(settings, known, args)
    if args.what is not None:
        raise Usage(said("calendar list takes nothing more; you gave %(what)s.", what=f"{args.what!r}"))
    _ = words(language())
    if args.json:
        answer_json({"calendar": known.name, "years": [_year(spec) for spec in known.years.values()]})
        return FINE
    print(f"{_('calendar')} {known.name}\n")
    table(
        [_("year"), _("working days"), _("decree")],
        [[str(year), str(_working(spec)), spec.decree] for year, spec in known.years.items()],
    )
    return FINE


def _working(spec: CalendarYear) -> int:
    return sum(spec.is_working(day) for day in spec.days())


def _year(spec: CalendarYear) -> dict[str, Any]:
    return {
        "year": spec.year,
        "decree": spec.decree,
        "transfers": spec.transfers,
        "working_days": _working(spec),
        "days_off": sorted(day.isoformat() for day in spec.days_off),
        "working_weekends": sorted(day.isoformat() for day in spec.working_weekends),
        "short": sorted(day.isoformat() for day in spec.short),
    }


def _show(settings: Settings, known: Calendar, args: Namespace) -> int:
    """One year, so that a person can hold it against the published calendar."""
    if args.what is None or not args.what.isdigit():
        raise Usage(said("calendar show wants a year: rightsdesk calendar show 2027"))
    spec = known.years.get(int(args.what))
    if spec is None:
        first, last = known.verified_years[0], known.verified_years[-1]
        raise Finding(
            said(
                "The working days of %(what)s are not known: the calendar %(name)s has %(first)s to %(last)s.",
                what=args.what,
                name=known.name,
                first=first,
                last=last,
            )
        )
    if args.json:
        answer_json({"calendar": known.name} | _year(spec))
        return FINE
    _ = words(language())
    days = list(spec.days())
    print(f"{_('calendar')} {known.name}, {spec.year}: {spec.decree}")
    if spec.transfers:
        print(spec.transfers)
    print()
    rows = []
    for month in range(1, 13):
        of_month = [day for day in days if day.month == month]
        working = sum(spec.is_working(day) for day in of_month)
        marked = (spec.days_off, spec.working_weekends, spec.short)
        lists = [" ".join(str(day.day) for day in of_month if day in those) for those in marked]
        rows.append([f"{month:02d}", str(working), *lists])
    table([_("month"), _("working days"), _("days off"), _("working weekends"), _("short days")], rows)
    print(f"\n{_('working days')}: {_working(spec)} / {len(days)}")
    return FINE


def _import(settings: Settings, args: Namespace) -> int:
    """Add verified years that a lawyer prepared."""
    if args.what is None:
        raise Usage(said("calendar import wants a file: rightsdesk calendar import FILE [--replace]"))
    try:
        added = lawful.import_years(settings, Path(args.what), replace=args.replace)
    except OSError as error:
        raise Finding(said("%(what)s cannot be read: %(why)s.", what=args.what, why=error.strerror or error)) from error
    except BadLawData as error:
        raise Finding(str(error)) from error
    if args.json:
        answer_json({"calendar": added.name, "added": [_year(spec) for spec in added.years.values()]})
        return FINE
    for year, spec in added.years.items():
        total, working = len(list(spec.days())), _working(spec)
        print(
            said(
                "%(name)s %(year)s: %(total)s days, %(working)s working, %(what)s off; %(decree)s",
                name=added.name,
                year=year,
                total=total,
                working=working,
                what=total - working,
                decree=spec.decree,
            )
        )
    print(said("A running service counts by it after a restart, and then counts what could not be counted before."))
    return FINE


def rules(args: Namespace) -> int:
    """Every rule has article, version and cases, and every case comes out as written."""
    from desk.law import check_rules

    problems = [str(problem) for problem in check_rules()]
    if args.json:
        answer_json({"regimes": list(names("regimes")), "problems": problems})
    for problem in problems if not args.json else []:
        print(problem)
    if not problems and not args.json:
        print(said("The rules are in order: %(what)s.", what=", ".join(names("regimes"))))
    return FINDING if problems else FINE
