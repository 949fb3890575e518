"""What our mails say: the subject and the sentences of every kind, in the reader's language. Pure.

A refusal tells the sender what to do, and nothing of how we are set up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from backbone.catalogue.model import Mailbox
from backbone.contracts import Letter, LetterKind
from backbone.i18n import moment, translations

Say = Callable[[str], str]


def subject(letter: Letter, language: str) -> str:
    """Return the subject: where there is a ticket, that of an answer in its thread."""
    if letter.number:
        return f"Re: [#{letter.number}] {letter.subject}"
    gettext = translations(language).gettext
    names: Mapping[LetterKind, str] = {
        "not_accepted": gettext("Your mail was not accepted"),
        "too_big": gettext("Your mail is too large"),
        "registration": gettext("Please register"),
    }
    name = names.get(letter.kind, "Re")
    return f"{name}: {letter.subject}" if letter.subject or name == "Re" else name


def sentences(letter: Letter, mailbox: Mailbox, language: str) -> tuple[str, ...]:
    """Return the paragraphs of a notice; a chat message has none, it says what its author wrote."""
    write = _NOTICES.get(letter.kind)
    if write is None:
        return ()
    gettext = translations(language).gettext
    places = {
        "number": letter.number,
        "mailbox": mailbox.address,
        "limit": letter.why or "",
        "until": moment(letter.until, mailbox.time_zone) if letter.until else "",
    }
    return tuple(one.format(**places) for one in (gettext("Hello!"), *write(letter, gettext)) if one)


def captions(language: str) -> dict[str, str]:
    """Return the short texts around links and files."""
    gettext = translations(language).gettext
    return {
        "files": gettext("Files too large for this mail:"),
        "until": gettext("available until"),
        "register": gettext("Register"),
        "open": gettext("Open the page"),
    }


def _ticket_created(letter: Letter, gettext: Say) -> tuple[str, ...]:
    return (
        gettext("Your request has been registered under the number {number}.")
        if letter.number
        else gettext("Your request has been registered."),
        gettext("You can answer this mail: your answer reaches the dispatcher."),
    )


def _closed_ticket(letter: Letter, gettext: Say) -> tuple[str, ...]:
    can_answer = gettext("You can answer this mail: your answer reaches the dispatcher.")
    if letter.why == "reopened":
        return gettext("Your message came to the closed request {number}. We have opened it again."), can_answer
    if letter.why == "new_ticket":
        said = gettext("Your message came to a request that is closed. We have registered a new one, number {number}.")
        return said, can_answer
    return (
        gettext("Your message came to the request {number}, which is closed. It is kept there."),
        gettext("If you need anything else, please write us a new mail."),
    )


def _not_accepted(letter: Letter, gettext: Say) -> tuple[str, ...]:
    unknown = gettext("Requests from your address are not accepted at {mailbox}.")
    ask = gettext(
        "If you think that this is a mistake, please speak to the person in our company whom you usually turn to."
    )
    form = gettext("Your mail does not have the form that was agreed for requests, so that none was registered.")
    unread = gettext("Your mail could not be read automatically. It is kept, so that our staff can look at it.")
    later = gettext("Requests by mail cannot be registered at this moment. Your mail is kept and will be gone through.")
    fault = gettext("By a fault on our side your mail could not be registered.")
    reasons: Mapping[str, tuple[str, ...]] = {
        "no_sender_rule": (unknown, ask),
        "receiving_off": (unknown, ask),
        "blocked": (unknown, ask),
        "not_verified": (
            gettext("We could not make sure that your mail really comes from your address, so it was not accepted."),
            gettext("Please send it again directly from your own mail account, not through another service."),
        ),
        "regex_mismatch": (form, gettext("Please check it and send it again.")),
        "regex_timeout": (unread,),
        "regex_too_long": (unread,),
        "regex_memory": (unread,),
        "regex_invalid": (unread,),
        "api_user_off": (later,),
        "no_permission": (later,),
        "no_district": (later,),
        "bug": (fault, gettext("It is kept, so that our staff can look at it.")),
        "raw_mail_missing": (fault, gettext("Please send it again.")),
    }
    usual = (gettext("Your mail could not be accepted."), ask)
    unanswered = gettext("This mail was written automatically. Please do not answer it: answers are not read.")
    return (*reasons.get(letter.why or "", usual), unanswered)


def _too_big(letter: Letter, gettext: Say) -> tuple[str, ...]:
    return (
        gettext("Your mail is larger than the {limit} MB that we can take.")
        if letter.why
        else gettext("Your mail is larger than we can take."),
        gettext("The request {number} was made of its subject; its text and its files did not reach us.")
        if letter.number
        else gettext("Its text and its files did not reach us."),
        gettext(
            "Please send it again in a smaller form: divided into several mails, with smaller pictures, or with a link "
            "to files that you have put into a cloud storage."
        ),
    )


def _registration(letter: Letter, gettext: Say) -> tuple[str, ...]:
    return (
        gettext("We do not know your address yet. Please register, so that we can accept your requests."),
        gettext("The link below is valid until {until}.") if letter.until else "",
        gettext("If you have not written to {mailbox}, you need not do anything."),
    )


_NOTICES: Mapping[LetterKind, Callable[[Letter, Say], tuple[str, ...]]] = MappingProxyType(
    {
        "ticket_created": _ticket_created,
        "closed_ticket": _closed_ticket,
        "not_accepted": _not_accepted,
        "too_big": _too_big,
        "registration": _registration,
    }
)
