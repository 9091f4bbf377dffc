"""`rightsdesk calendar`, `rules check`, `audit verify`: whether what the desk counts and remembers is in order."""

from argparse import Namespace

from app import lawful
from app.cli import FINDING, FINE
from app.commands.terminal import answer_json, language, table, words
from app.settings import load
from desk.law.data import names


def calendar(args: Namespace) -> int:
    """The years whose working days are known."""
    settings = load()
    known, _ = lawful.counting(settings).calendar, words(language(settings))
    days = {year: sum(spec.is_working(day) for day in spec.days()) for year, spec in known.years.items()}
    if args.json:
        rows = [
            {
                "year": year,
                "decree": spec.decree,
                "transfers": spec.transfers,
                "working_days": days[year],
                "days_off": sorted(day.isoformat() for day in spec.days_off),
                "working_weekends": sorted(day.isoformat() for day in spec.working_weekends),
                "short": sorted(day.isoformat() for day in spec.short),
            }
            for year, spec in known.years.items()
        ]
        answer_json({"calendar": known.name, "years": rows})
        return FINE
    print(f"{_('calendar')} {known.name}\n")
    table(
        [_("year"), _("working days"), _("decree")],
        [[str(year), str(days[year]), spec.decree] for year, spec in known.years.items()],
    )
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
        print(f"The rules are in order: {', '.join(names('regimes'))}.")
    return FINDING if problems else FINE


def audit(args: Namespace) -> int:
    """The history chain is whole, or where it breaks."""
    from app.commands.database import is_new, on_database
    from desk import history

    settings = load()
    broken = None if is_new(settings) else on_database(settings, lambda _desk: history.verify())
    if args.json:
        answer_json({"whole": broken is None, "first_broken": broken})
    elif broken is None:
        print("The history is whole.")
    else:
        print(f"The history is broken: entry {broken} does not follow from the one before it.")
    return FINE if broken is None else FINDING
