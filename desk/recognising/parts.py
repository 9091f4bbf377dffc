"""Tells apart what a person wrote and what an office, a program or a law firm's template adds below it.

Paragraphs are judged by what they say, from their own words alone: an invitation to unsubscribe, a notice that a letter is
confidential, the rights that a company reminds its readers of. A sentence in which somebody speaks of their own data is
never put aside.
"""

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["Parts", "parts"]

# A line that begins the signature, and the longest that a signature may be.
_DELIMITER: Final = re.compile(r"^(?:--|—|__+|–{2,}|-{2,})\s*$")
_REGARDS: Final = re.compile(
    r"^\s*(?:с\s+(?:уважением|наилучшими|почтением|благодарностью)|з\s+повагою|(?:kind(?:est)?|best|warm)\s+regards|regards|sincerely|yours\s+\w+"
    r"|mit\s+freundlichen|cordialement|atentamente|cordiali\s+saluti|z\s+poważaniem|saygılarımla)\b[^.!?]{0,60}$",
    re.IGNORECASE,
)
_SIGNATURE_LINES: Final = 12
_LONG_LINE: Final = 160

# Sentences that programs and offices add. Each is a whole way of speaking, not a word: they address every reader alike.
_NOTICES: Final = re.compile(
    r"""
    (?:not\s+(?:the\s+)?(?:intended|named)\s+(?:recipient|addressee)|(?:are|is)\s+not\s+for\s+you|intended\s+(?:only|solely)\s+for|solely\s+for\s+the\s+(?:use|addressee|named)
    |(?:received|have)\s+(?:this|it|the)\s*(?:e-?mail|message|letter|communication)?\s*(?:by\s+mistake|in\s+error)
    |(?:this|the)\s+(?:e-?mail|message|communication)\b[^.\n]{0,80}\bconfidential|confidentiality\s+(?:notice|note)|(?:legally\s+)?privileged
    |you\s+(?:have|also\s+have|may\s+have)\s+(?:the\s+|a\s+)?rights?\s+(?:to|of)|you\s+(?:may|can)\s+(?:withdraw|revoke|unsubscribe|opt\s+out|exercise|object|request\s+(?:access|erasure|deletion))
    |to\s+(?:exercise|learn\s+more\s+about)\s+(?:your|these)\s+rights?|we\s+process\s+(?:your\s+|all\s+)?(?:personal\s+)?(?:data|information)|our\s+privacy\s+(?:policy|notice)
    |(?:to|click\s+here\s+to|if\s+you\s+(?:no\s+longer\s+)?(?:wish|want|would\s+like)[^.\n]{0,60}(?:to\s+)?)\s*(?:stop\s+receiving|unsubscribe|opt\s+out|receive|hear\s+from|be\s+contacted)|unsubscribe\s+(?:here|at\s+any\s+time|link)|unsubscribe\s*\||\|\s*unsubscribe|отписаться\s*\||\|\s*отписаться|manage\s+(?:your\s+)?(?:preferences|subscription)
    |you\s+(?:are\s+receiving|received|get)\s+this\s+(?:e-?mail|message|newsletter|because)|think\s+before\s+(?:you\s+)?print|sent\s+from\s+(?:my|mail)|get\s+outlook\s+for
    |(?:не\s+являетесь|не\s+)\s*(?:тем\s+лицом|адресатом|получателем|надлежащим)|(?:попало|получили|получено|пришло|направлено|адресовано)\b[^.\n]{0,60}(?:по\s+ошибке|ошибочно|не\s+по\s+адресу)
    |(?:по\s+ошибке|ошибочно)\s+(?:получили|получено|попало|пришло)|предназначен\w*\s+(?:исключительно|только|лишь)|(?:содержит|содержать|является|носит|относится)\b[^.\n]{0,60}(?:конфиденциальн|коммерческ\w+\s+тайн|персональн\w+\s+данн)
    |(?:данное|настоящее|это)\s+(?:письмо|сообщение|электронное\s+\w+)\b[^.\n]{0,80}конфиденциальн|конфиденциальн\w+\s+информаци|(?:вы\s+)?(?:вправе|имеете\s+право|можете)\s+(?:в\s+любо\w+\s+(?:время|момент)\s+)?(?:отозвать|отказаться|потребовать|отписаться|запросить|обратиться\s+с\s+требован)
    |(?:мы\s+|компания\s+|общество\s+|оператор\s+)(?:обрабатыва\w+|гарантиру\w+|заботи\w+)\b[^.\n]{0,60}(?:данн|конфиденциальн)|политик\w+\s+(?:обработки|конфиденциальности)\s+(?:размещен|доступн|на\s+сайте)
    |(?:чтобы|для\s+того,?\s+чтобы|если\s+(?:вы\s+)?(?:больше\s+)?не\s+(?:хотите|желаете))[^.\n]{0,60}(?:отписа|отказа\w+\s+от\s+(?:рассыл|получ)|получать)[^.\n]{0,60}(?:перейдите|нажмите|ссылк|здесь|напишите|кликните|ответьте)
    |вы\s+получили\s+это\s+(?:письмо|сообщение)|(?:письмо|сообщение)\s+(?:отправлено|сформировано|создано)\s+автоматически|отправлено\s+(?:с|из|через)\s+(?:iphone|айфон|моего|мобильн|почт|яндекс|mail)
    |(?:diese|dieser)\s+(?:e-?mail|nachricht)\b[^.\n]{0,80}vertraulich|irrtümlich\s+erhalten|(?:ce|cet|le\s+présent)\s+(?:message|courriel|e-?mail)\b[^.\n]{0,80}confidentiel|reçu\s+(?:ce\s+message\s+)?par\s+erreur
    |(?:este\s+(?:mensaje|correo|e-?mail))\b[^.\n]{0,80}confidencial|recibido\s+(?:este\s+\w+\s+)?por\s+error|(?:questo\s+messaggio)\b[^.\n]{0,80}(?:riservat|confidenzial)|ricevuto\s+per\s+errore)
    """,
    re.VERBOSE,  # compared with small letters: to ignore the case at each of so many beginnings takes three times as long
)
# Somebody who speaks of their own: never a notice.
_OWN: Final = re.compile(
    r"\b(?:отзываю|требую|настаиваю|прошу|хочу|мо[йяеи]|моих|моего|моей|моим|моими|мою|мо[её]|меня|мной|i|i'm|i've|my|me|mine|ich|meine[rsnm]?|je|mes|mon|mis|miei|moje|moich)\b",
    re.IGNORECASE,
)
_DEMANDS: Final = re.compile(r"\b(?:отзываю|требую|настаиваю|прошу|my\s+(?:data|consent))\b", re.IGNORECASE)
# What nobody has standing below their name: a line of dashes was no beginning of a signature.
_ASKS: Final = re.compile(
    r"\b(?:отзываю|требуем?|требую|настаиваю|прошу|просим|удалите|прекратите|i\s+(?:hereby\s+)?(?:withdraw|revoke|request|demand|object)"
    r"|please\s+(?:delete|erase|remove|stop|send)|my\s+(?:data|consent))\b",
    re.IGNORECASE,
)
# A rule under a heading, and a sentence: no signature has one below so long a line.
_RULE: Final = re.compile(r"^[-–_—]{4,}\s*$")
_SPOKEN: Final = re.compile(r"\S+(?:\s+\S+){4,}[.!?]\s*$")
# Words to every reader, in which "me" and "my" are not the reader's.
_TO_READERS: Final = re.compile(r"\s*(?:sent\s+from\s+my|if\s+you|если\s+вы)\b", re.IGNORECASE)
# What speaks of a letter and not of a person: a notice goes on over such sentences.
_OF_A_LETTER: Final = re.compile(
    r"\b(?:e-?mail|message|letter|attachment|cop(?:y|ies)|sender|отправител|письм|сообщени|вложени|копи|nachricht|courriel|expéditeur|correo|mensaje"
    r"|ошибочн|по ошибке|помилков|in error|by mistake|mistaken|irrtümlich|par erreur|por error|per errore)",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(r"[^.!?\n]+(?:[.!?]+|\n|$)")
_LONGEST: Final = 2_000  # characters of a paragraph that can be a notice


@dataclass(frozen=True)
class Parts:
    """A letter taken apart."""

    body: str  # what the person wrote
    signature: str  # name, post, firm and what a firm says of itself
    notices: tuple[str, ...]  # disclaimers, footers, reminders of rights


def parts(text: str) -> Parts:
    """The parts of `text`, a letter without what it quotes. Nothing is lost: all three together hold every word."""
    lines = text.splitlines()
    start = _signature(lines)
    signature = "\n".join(lines[start:])
    body: list[str] = []
    notices: list[str] = []
    for paragraph in re.split(r"(\n\s*\n)", "\n".join(lines[:start])):
        kept = _without_notices(paragraph, notices)
        body.append(kept)
    signed = _without_notices(signature, notices) if signature else ""
    return Parts("".join(body), signed, tuple(notices))


def _signature(lines: list[str]) -> int:
    """The line at which the signature begins; the number of lines when there is none."""
    for number, line in enumerate(lines):
        below = [one for one in lines[number + 1 :] if one.strip()]
        if not number or not any(one.strip() for one in lines[:number]):
            continue
        if (
            (_DELIMITER.match(line) or _REGARDS.match(line))
            and len(below) <= _SIGNATURE_LINES
            and all(len(one) <= _LONG_LINE and not _ASKS.search(one) for one in below)
            and not (_RULE.match(line) and any(_SPOKEN.match(one.strip()) and not _NOTICES.search(one.lower()) for one in below))
        ):
            return number
    return len(lines)


def _without_notices(paragraph: str, notices: list[str]) -> str:
    """`paragraph` without the sentences of notices, which are added to `notices`."""
    if len(paragraph) > _LONGEST or not _NOTICES.search(paragraph.lower()):
        return paragraph
    kept: list[str] = []
    going = False
    for match in _SENTENCE.finditer(paragraph):
        sentence = match[0]
        own = _OWN.search(sentence)
        notice = bool(_NOTICES.search(sentence.lower())) and (
            not own or bool(_TO_READERS.match(sentence) and not _DEMANDS.search(sentence))
        )
        going = notice or (going and not own and bool(_OF_A_LETTER.search(sentence)))
        (notices if going else kept).append(sentence)
    return "".join(kept)
