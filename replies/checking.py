"""Is an own mail text of a mailbox good? Tried on sample letters when the configuration is saved. Pure."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from backbone.catalogue.model import Mailbox, Server
from backbone.catalogue.outgoing import Outgoing
from backbone.contracts import Language, Letter, LetterKind
from replies import body, custom, samples
from replies.custom import TemplateTroubleError

_SERVER = Server("mail.example", 465, "tls", True, "", "", "")
_MAILBOX = Mailbox(
    id=1,
    address="help@example.com",
    enabled=True,
    name="Postroom",
    language="en",
    time_zone="UTC",
    poll_seconds=60,
    folder="INBOX",
    imap=_SERVER,
    smtp=None,
    outgoing=Outgoing(signature={"en": "Postroom"}),
)
_MUST_SHOW = MappingProxyType(
    {
        "chat_message": (
            (samples.SAID, "what the dispatcher wrote", "{{ blocks.message }} or {{ message.text }}"),
            (dict.fromkeys(samples.SAID, samples.LINK), "the links to files", "{{ blocks.files }}"),
        ),
        "registration": (
            (dict.fromkeys(samples.SAID, samples.REGISTER), "the link to register", "{{ blocks.action }} or {{ url }}"),
        ),
    }
)


def trouble_of(kind: LetterKind, language: Language, source: str, form: custom.Form) -> TemplateTroubleError | None:
    """Return what is wrong with an own text or HTML for mails of ``kind``, or None."""
    try:
        _try(kind, language, source, form)
    except TemplateTroubleError as trouble:
        return trouble
    return None


def _try(kind: LetterKind, language: Language, source: str, form: custom.Form) -> None:
    custom.render(source, form, _values(samples.bare(kind, language), language, form))
    written = custom.render(source, form, _values(samples.letter(kind, language), language, form))
    if not written.strip():
        raise TemplateTroubleError("it writes nothing")
    for said, what, how in _MUST_SHOW.get(kind, ()):
        if said[language] not in written:
            raise TemplateTroubleError(f"it does not show {what}; put {how} into it")
    if form == "html" and (found := custom.loads_from_elsewhere(written)):
        sentence = f"mail programs block {found!r}; use styles and the mailbox's logo, and load nothing from elsewhere"
        line = next((number for number, one in enumerate(source.split("\n"), 1) if found in one), None)
        raise TemplateTroubleError(sentence, line)


def _values(letter: Letter, language: Language, form: custom.Form) -> dict[str, Any]:
    shown = body.values(letter, _MAILBOX, language, None)
    blocks = body.text_blocks(shown) if form == "text" else body.html_blocks(shown)
    return {**shown, "blocks": blocks}
