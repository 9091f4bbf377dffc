"""What a subject says about its letter: that it answers another one, or passes one on."""

import re

_FORWARD = re.compile(
    r"^\s*(?:\[[^\]]{1,40}\]\s*)?(?:fwd?|fw|wg|tr|rv|enc|i|пересл|перенаправлено|пересылка|пересылаю|прд)\s*(?:\[\d+\])?\s*:",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"^\s*(?:\[[^\]]{1,40}\]\s*)?(?:re|aw|sv|vs|antw|odp|ynt|atb|ref|res|rép|на|отв|ответ|від|відп)\s*(?:\[\d+\]|\(\d+\)|\^\d+)?\s*:",
    re.IGNORECASE,
)


def forwards(subject: str) -> bool:
    """Whether the subject says that somebody passes a letter on."""
    return bool(_FORWARD.match(subject))


def answers(subject: str) -> bool:
    """Whether the subject says that the letter answers another one."""
    return bool(_ANSWER.match(subject))
