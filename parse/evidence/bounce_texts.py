"""Providers' own forms of delivery reports: qmail, Exim, Postfix, Exchange, Gmail, Yandex, Mail.ru.

None of these is standardised but QSBMF (https://cr.yp.to/proto/qsbmf.txt); the phrases are what the servers write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from parse.evidence.delivery_status import status_in

MAX_NOTICE = 20_000

SUBJECTS = (
    "undeliverable",
    "undelivered mail",
    "undelivered message",
    "delivery status notification",
    "delivery failure",
    "delivery failed",
    "delivery has failed",
    "delivery delayed",
    "delivery report",
    "delivery notification",
    "delayed mail",
    "failure notice",
    "failed delivery",
    "mail delivery failed",
    "mail delivery failure",
    "mail delivery delayed",
    "mail delivery system",
    "mail delivery report",
    "mail could not be delivered",
    "mail system error",
    "message delivery failure",
    "message could not be delivered",
    "message not delivered",
    "message undeliverable",
    "nondeliverable mail",
    "non-delivery",
    "non delivery",
    "returned mail",
    "returned to sender",
    "successful mail delivery report",
    "undeliverable mail",
    "unzustellbar",
    "warning: could not send message",
    "warning: message",
    "не доставлено",
    "недоставлен",
    "не удается доставить",
    "не удалось доставить",
    "не удаётся доставить",
    "невозможно доставить",
    "невозможность доставки",
    "возврат письма",
    "возвращенное письмо",
    "доставка задерж",
    "доставка письма задерж",
    "доставка сообщения задерж",
    "доставка не удалась",
    "задержка доставки",
    "ошибка доставки",
    "отчет о доставке",
    "отчёт о доставке",
    "отчет о недоставке",
    "отчёт о недоставке",
    "письмо не доставлено",
    "почта не доставлена",
    "сбой доставки",
    "сообщение не доставлено",
    "ваше письмо не доставлено",
    "уведомление о доставке",
    "уведомление о недоставке",
    "уведомление о состоянии доставки",
)
"""How the subject of a report begins."""

NOTICES = (
    "this message was created automatically by mail delivery software",
    "this is the mail system at host",
    "this is the qmail-send program",
    "this is the postfix program",
    "this is an automatically generated delivery status notification",
    "could not be delivered to one or more",
    "couldn't be delivered",
    "could not be delivered to the following",
    "delivery has failed to these recipients",
    "delivery to the following recipient",
    "your message did not reach some or all of the intended recipients",
    "your message wasn't delivered",
    "unable to deliver your message",
    "the following addresses had permanent fatal errors",
    "the following address(es) failed",
    "письмо создано автоматически",
    "письмо отправлено почтовым сервером",
    "не может быть доставлено",
    "не может быть отправлено одному или нескольким адресатам",
    "не удалось доставить",
    "не удалось отправить",
    "не было доставлено",
    "не доставлено по адресу",
    "ваше письмо не доставлено",
    "ваше сообщение не доставлено",
    "сбой доставки следующим получателям",
    "сообщение не доставлено",
)
"""What only a server says."""

DELAYS = (
    "(delay)",
    "delayed mail",
    "delivery delayed",
    "delivery is delayed",
    "has been delayed",
    "delay notification",
    "warning: message",
    "warning: could not send",
    "warning message only",
    "this is a warning only",
    "still being retried",
    "will be retried",
    "will retry",
    "will continue to try",
    "will keep trying",
    "will try again",
    "no action is required on your part",
    "you do not need to resend",
    "not yet been delivered",
    "delivery incomplete",
    "временная проблема",
    "временные проблемы с доставкой",
    "доставка задерж",
    "доставка письма задерж",
    "доставка сообщения задерж",
    "задержка доставки",
    "доставка отложена",
    "отправка отложена",
    "ещё не доставлено",
    "еще не доставлено",
    "попытки доставки будут",
    "будут продолжены попытки",
    "будет предпринята повторная попытка",
    "будет пытаться",
    "будем пытаться",
    "повторные попытки будут",
)
"""What a report of a mere delay says (RFC 3464: action ``delayed``)."""

SUCCESSES = (
    "(success)",
    "successful mail delivery report",
    "was successfully delivered",
    "successfully delivered to",
    "успешно доставлено",
    "доставлено следующим получателям",
)
"""What a report of success says (action ``delivered``)."""

REASONS = (
    ("5.2.2", ("mailbox full", "mailbox is full", "quota exceeded", "over quota", "exceeds allowed size", "переполнен",
               "exceeded storage", "inbox is full", "account is full", "disk quota", "квот", "out of storage")),
    ("5.2.1", ("mailbox disabled", "account is disabled", "mailbox is inactive", "account inactive", "ящик отключ",
               "заблокирован")),
    ("5.1.2", ("domain not found", "host not found", "host or domain name not found", "couldn't find any host",
               "unknown host",
               "name or service not known", "домен не найден", "no such domain",
               "all relevant mx records point to non-existent hosts", "host unknown")),
    ("5.3.4", ("message too large", "too big", "size limit", "слишком большо", "превышает допустимый размер")),
    ("5.7.1", ("spam", "rejected by policy", "message rejected", "blocked", "access denied", "not authorized",
               "отклонено", "спам")),
    ("5.1.1", ("bad destination mailbox", "invalid mailbox", "mailbox does not",
               "user unknown", "unknown user", "no such user", "user not found", "no mailbox here by that name",
               "mailbox unavailable", "mailbox not found", "recipient address rejected", "address not found",
               "address couldn't be found", "does not exist", "doesn't exist", "wasn't found", "unknown address",
               "invalid recipient", "no such recipient", "не найден", "не существует", "нет такого пользователя",
               "такого пользователя нет", "неизвестный пользователь", "unrouteable address")),
    ("5.4.7", ("retry timeout exceeded", "timed out", "retry time not reached", "queue too long", "queued too long",
               "истекло время", "delivery time expired")),
)  # fmt: skip
"""Words for a status (RFC 3463) where the report has no code."""

_ORIGINAL_FOLLOWS = (
    "below this line is a copy of the message",
    "this is a copy of the message",
    "this is a copy of your message",
    "the header of the original message",
    "original message follows",
    "header of the original",
    "original message headers",
    "message header follows",
    "message headers follow",
    "----- original message",
    "-----original message",
    "----- original",
    "исходное сообщение",
    "исходные заголовки сообщения",
    "заголовки исходного сообщения",
    "заголовок исходного",
    "копия исходного",
    "копия вашего письма",
    "оригинальное сообщение",
)
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,12}")
_LEADING = re.compile(r"[ \t>*•-]{0,12}(?:mailto:)?<?(?:mailto:)?$", re.IGNORECASE)
_DAEMONS = ("mailer-daemon@", "postmaster@", "noreply@", "no-reply@")


@dataclass(frozen=True, slots=True)
class Told:
    """What a report's words say."""

    recipient: str | None
    status: str | None
    action: str


def subject_tells(subject: str) -> bool:
    """Whether a subject begins as reports do. ``Re:`` before it means that a person writes about one."""
    return subject.strip().lower().lstrip("*[!> ").startswith(SUBJECTS)


def tells(text: str) -> bool:
    """Whether a text holds what only a server says."""
    lowered = text.lower()
    return any(phrase in lowered for phrase in NOTICES)


def read(subject: str, text: str, ours: frozenset[str]) -> Told:
    """Return recipient, status and action of a report in words; ``ours`` are addresses that cannot be the recipient."""
    notice = _notice(text[:MAX_NOTICE])
    lowered = f"{subject}\n{notice}".lower()
    recipient = _recipient(notice, ours)
    coded = status_in(lowered) or ""
    action = "failed"
    if not coded.startswith("5.") and any(phrase in lowered for phrase in DELAYS):
        action = "delayed"
    elif not coded and any(phrase in lowered for phrase in SUCCESSES):
        action = "delivered"
    return Told(recipient, _status(coded, lowered, action), action)


def _notice(text: str) -> str:
    """Return what the server says, without the original below it."""
    lowered = text.lower()
    cuts = [place for phrase in _ORIGINAL_FOLLOWS if (place := lowered.find(phrase)) > 0]
    return text[: min(cuts)] if cuts else text


def _recipient(notice: str, ours: frozenset[str]) -> str | None:
    """Return the address that begins a line, as lists of recipients have it; else the first one in a sentence."""
    inside: str | None = None
    for found in _ADDRESS.finditer(notice):
        address = found[0].strip(".'`")
        if "." not in address.rpartition("@")[2] or address.lower() in ours or address.lower().startswith(_DAEMONS):
            continue
        line_start = notice.rfind("\n", max(0, found.start() - 80), found.start()) + 1
        if _LEADING.fullmatch(notice[line_start : found.start()]):
            return address
        inside = inside or address
    return inside


def _status(coded: str, lowered: str, action: str) -> str | None:
    """Return the code in the text or, where it only tells the class, what the words mean."""
    if action == "delivered" or (coded and not coded.endswith(".0.0")):
        return coded or None
    worded = next((status for status, words in REASONS if any(word in lowered for word in words)), None)
    if worded and action == "delayed":
        return "4" + worded[1:]
    return worded or coded or None
