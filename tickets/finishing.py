"""The last questions about a mail, when it is known what the others of its batch become. Pure.

May the service user do it, and is the sender told?
"""

from __future__ import annotations

from backbone.addresses import normalise
from backbone.catalogue.model import Catalogue, Permission
from backbone.contracts import Address
from tickets import filling, permissions
from tickets.planning import Action, Plan


def finish(made: Plan, catalogue: Catalogue) -> None:
    """Hold the mail if the service user may not do what is planned; else plan whether the sender gets a notice."""
    if not made.talks:
        return
    if made.opener and made.opener.action is Action.HOLD and made.opener.reason:
        why = f"the mail {made.opener.mail_id}, which opens its ticket, is held"
        made.hold(made.opener.reason, why, catalogue.version)
        return
    needed = _needed(made)
    refused = permissions.refusal(catalogue, needed, _object_id(made))
    made.steps.append(
        {"step": "permission", "user": "api", "needed": [one.value for one in needed], "granted": refused is None}
    )
    if refused:
        made.hold(*refused, catalogue.version)
        return
    why = "the mail joins a ticket that its sender knows of"
    if made.action is Action.OPEN:
        made.answer_to, why = (None, "taken by backfill") if made.silent else _notice(made, catalogue)
    made.steps.append({"step": "notice", "queued": made.answer_to is not None, "why": why})


def _needed(made: Plan) -> tuple[Permission, ...]:
    if made.action is Action.OPEN:
        return (Permission.CREATE_TICKETS,)
    return (Permission.ADD_MESSAGES, Permission.REOPEN_TICKETS) if made.reopens else (Permission.ADD_MESSAGES,)


def _object_id(made: Plan) -> int | None:
    if made.opener:
        made = made.opener
    if made.joined:
        return made.joined.object_id
    own = made.fields.object_id
    return own if own is not None or made.template is None else made.template.object_id


def _notice(made: Plan, catalogue: Catalogue) -> tuple[Address | None, str]:
    """Return whom to tell that a ticket was made, or None, and the reason."""
    address = filling.answer_address(made.mail)
    if address is None:
        return None, "the mail names no sender"
    if made.mail.automation:
        return None, f"automatic mail is never answered ({made.mail.automation.kind})"
    if normalise(address.address) in catalogue.addresses:
        return None, "the answer would go to a mailbox of ours"
    if not made.reply_by_chat:
        return None, "the sender rule does not answer through the chat"
    if made.mailbox.smtp is None:
        return None, "the mailbox has no SMTP server"
    return address, "a new ticket"
