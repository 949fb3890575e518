"""The last question about a mail, when it is known what the others of its batch become: may it be done? Pure."""

from __future__ import annotations

from collections.abc import Iterable

from backbone.catalogue.model import Catalogue, Permission
from tickets import permissions
from tickets.planning import Action, Plan


def finish_all(plans: Iterable[Plan], catalogue: Catalogue) -> None:
    """Ask it of mails in their order. Of several that open one ticket again the first does; the others find it open."""
    open_again: set[int] = set()
    for made in plans:
        ticket_id = made.joined.ticket_id if made.joined and made.reopens else None
        if ticket_id in open_again:
            made.reopens = False
            made.steps = [step for step in made.steps if step["step"] != "closed_ticket"]
        finish(made, catalogue)
        if ticket_id is not None and made.talks:
            open_again.add(ticket_id)


def finish(made: Plan, catalogue: Catalogue) -> None:
    """Hold the mail if the service user may not do what is planned."""
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
