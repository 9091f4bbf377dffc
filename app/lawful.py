"""The law as the settings ask for it: the regime, and how this operator counts."""

from app.settings import Settings, SettingsError
from desk.law import Counting, LawError, Regime, load_calendar, load_regime


def regime(settings: Settings) -> Regime:
    """The rules of `law.regime`. Raises SettingsError when there are none of that name."""
    try:
        return load_regime(settings.law.regime)
    except LawError as error:
        raise SettingsError([f"law.regime: {error}"]) from error


def counting(settings: Settings) -> Counting:
    """How dates are counted. Raises SettingsError when hours or the claim term contradict each other."""
    try:
        return Counting(
            zone=settings.operator.time_zone,
            opening=settings.operator.opening_hour,
            closing=settings.operator.closing_hour,
            claim_days=settings.law.claim_days,
            calendar=load_calendar(regime(settings).calendar),
        )
    except LawError as error:
        raise SettingsError([f"law or operator: {error}"]) from error
