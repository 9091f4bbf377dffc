"""Tells whose mail comes from an authority, by the domain of its sender alone."""

from collections.abc import Mapping

__all__ = ["AUTHORITY_DOMAINS", "authority"]

# Whose mail comes from an authority, subdomains included: "rkn" is the data protection authority, "other" any other.
AUTHORITY_DOMAINS: Mapping[str, str] = {
    "rkn.gov.ru": "rkn",
    "rsoc.ru": "rkn",
    "genproc.gov.ru": "other",
    "prokuror.ru": "other",
    "mvd.ru": "other",
    "mvd.gov.ru": "other",
    "sledcom.ru": "other",
    "sudrf.ru": "other",
    "arbitr.ru": "other",
    "fssp.gov.ru": "other",
    "fssprus.ru": "other",
    "fsb.ru": "other",
    "fas.gov.ru": "other",
    "rospotrebnadzor.ru": "other",
    "nalog.ru": "other",
    "nalog.gov.ru": "other",
    "cbr.ru": "other",
    "gov.ru": "other",
    "mos.ru": "other",
}
_AUTHORITY_LABELS = {
    "rkn": "rkn",
    "roskomnadzor": "rkn",
    "prokuratura": "other",
    "genproc": "other",
    "mvd": "other",
    "sudrf": "other",
}


def authority(sender: str | None, domains: Mapping[str, str]) -> str | None:
    """Which authority the domain of `sender` belongs to; a free mailbox with an authority's name belongs to none."""
    domain = (sender or "").strip("<> ").rpartition("@")[2].casefold()
    if not domain:
        return None
    labels = domain.split(".")
    for start in range(len(labels)):
        found = domains.get(".".join(labels[start:]))
        if found is not None:
            return "rkn" if "rkn" in labels[:-1] else found
    # The registered name itself (rkn.test), never a mere label in somebody else's domain (rkn.evil.test).
    return _AUTHORITY_LABELS.get(labels[-2]) if len(labels) == 2 else None
