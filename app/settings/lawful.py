"""The law as the settings ask for it: the regime, the calendar with the years added here, and how this operator counts."""

from pathlib import Path
from typing import Final

from app.settings.declared import Settings, SettingsError, reminding
from app.speech import language, said
from app.whole import put
from desk.law import BadLawData, Calendar, Counting, LawError, Regime, load_calendar, load_regime, parse_calendar

# A calendar file that a lawyer prepared is some kilobytes long.
LARGEST: Final = 1_000_000


def regime(settings: Settings) -> Regime:
    """The rules of `law.regime`. Raises SettingsError when there are none of that name."""
    try:
        return load_regime(settings.law.regime)
    except LawError as error:
        raise SettingsError([f"law.regime: {error}"]) from error


def papers_language(settings: Settings) -> str:
    """The language of papers, as `Desk.papers_language` tells it. Raises SettingsError as `regime` does."""
    return regime(settings).papers or settings.operator.languages[0]


def calendar(settings: Settings) -> Calendar:
    """The packaged calendar of the regime, with the years that were imported into the storage directory.

    Raises SettingsError naming the file that cannot be read.
    """
    known = load_calendar(regime(settings).calendar)
    for file in sorted(folder(settings).glob(f"{known.name}-*")):
        try:
            known = known.with_years(parse_calendar(file.read_text(encoding="utf-8")))
        except (LawError, OSError, ValueError) as error:
            why = error.sentence(language()) if isinstance(error, LawError) else error
            raise SettingsError([said("%(file)s: %(error)s Correct the file or remove it.", file=file, error=why)]) from error
    return known


def folder(settings: Settings) -> Path:
    """Where imported years are kept."""
    return settings.storage.dir / "calendars"


def import_years(settings: Settings, file: Path, *, replace: bool = False) -> Calendar:
    """Add the years of a file (the form of desk/law/calendars/ru.toml, or JSON) to the calendar; the years that were added.

    Raises BadLawData with what is wrong, also when a year is known already (unless `replace`) or leaves a gap.
    """
    try:
        raw = file.read_bytes()
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadLawData(said("%(file)s is not a text in UTF-8.", file=file)) from error
    if len(raw) > LARGEST:
        raise BadLawData(said("%(file)s is too large for a calendar.", file=file))
    new, known = parse_calendar(text), calendar(settings)
    if new.name != known.name:
        raise BadLawData(
            said(
                'The file is a calendar named "%(name)s"; the regime %(regime)s counts by "%(name2)s".',
                name=new.name,
                regime=settings.law.regime,
                name2=known.name,
            )
        )
    if (twice := [year for year in new.years if year in known.years]) and not replace:
        raise BadLawData(said("The year %(twice)s is known already; add --replace to put this one in its place.", twice=twice[0]))
    known.with_years(new)
    if holidays := new.working_holidays():
        days = ", ".join(f"{day:%d.%m.%Y}" for day in holidays)
        raise BadLawData(said("By this file people work on public holidays (%(days)s): add them to days_off.", days=days))
    form = "json" if text.lstrip().startswith("{") else "toml"
    name = f"{new.name}-{new.verified_years[0]}-{new.verified_years[-1]}"
    _write(folder(settings), f"{name}.{form}", text)
    # The same years in the other form would be read after these, or before them.
    (folder(settings) / f"{name}.{'toml' if form == 'json' else 'json'}").unlink(missing_ok=True)
    return new


def _write(directory: Path, name: str, text: str) -> None:
    """So that no start ever reads half of it."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    put(directory / name, text.encode())


def counting(settings: Settings) -> Counting:
    """How dates are counted. Raises SettingsError when hours or the claim term contradict each other."""
    known = calendar(settings)
    try:
        return Counting(
            zone=settings.operator.time_zone,
            opening=settings.operator.opening_hour,
            closing=settings.operator.closing_hour,
            claim_days=settings.law.claim_days,
            breach_notice_hours=settings.law.breach_notice_hours,
            reminding=reminding(settings.law),
            calendar=known,
        )
    except LawError as error:
        raise SettingsError([said("law or operator: %(error)s", error=error.sentence(language()))]) from error
