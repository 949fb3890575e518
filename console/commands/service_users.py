"""``postroom service-user``: list, on, off, token, revoke."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy import Connection, Row

from backbone import clock
from backbone.catalogue import access
from backbone.catalogue.access import Kind
from backbone.catalogue.directory import load_service_user
from backbone.errors import UserError
from console.commands.common import AsJson, plain, print_json, row_dict, runtime, screen, when

LONGEST_DAYS = 3650
HIGHEST_ID = 2**63 - 1

app = typer.Typer(no_args_is_help=True, help="Those on whose behalf programs act: list, on, off, token, revoke.")

Who = Annotated[Kind, typer.Argument(metavar="api|anonymous", help="Which service user.")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the service users with what they may do, and the tokens; what a token is, nobody can show.

    Example: postroom service-user list
    """
    with runtime() as opened, opened.database.reading() as connection:
        tokens = access.tokens(connection)
        users = [_about(connection, kind, tokens) for kind in Kind]
    if as_json:
        print_json(users)
        return
    table = Table("service user", "on", "roles", "permissions", "districts")
    for user in users:
        districts = "all" if user["districts"] is None else ", ".join(user["districts"])
        districts = districts if user["permissions"] else ""  # who may do nothing may do it nowhere
        table.add_row(
            user["kind"],
            "yes" if user["enabled"] else "no",
            plain(", ".join(user["roles"])) if user["set"] else "(not set)",
            ", ".join(user["permissions"]),
            plain(districts),
        )
    screen.print(table)
    held = [token | {"kind": user["kind"]} for user in users for token in user["tokens"]]
    if not held:
        return
    table = Table("token", "of", "state", "made", "valid until", "revoked", "last used")
    for one in held:
        times = (when(one[name]) for name in ("made_at", "valid_until", "revoked_at", "used_at"))
        table.add_row(str(one["id"]), one["kind"], one["state"], *times)
    screen.print(table)


@app.command()
def token(
    who: Who,
    days: Annotated[int, typer.Option(min=1, max=LONGEST_DAYS, help="How long it is valid.")] = 365,
    as_json: AsJson = False,
) -> None:
    """Make an access token for a program and show it, once; those made before stay valid.

    Example: postroom service-user token api --days 90
    """
    if who is not Kind.API:
        raise UserError("The anonymous user has no tokens, as unregistered people do not log in; make one for api.")
    with runtime() as opened, opened.database.transaction() as connection:
        made = access.issue(connection, who, days)
    if as_json:
        print_json({"id": made.id, "token": made.token, "valid_until": made.valid_until})
        return
    screen.print(made.token)
    screen.print(f"Token {made.id}, valid until {when(made.valid_until)}. Keep it now: it is not shown again.")


@app.command()
def revoke(
    token_id: Annotated[int, typer.Argument(min=1, max=HIGHEST_ID, metavar="TOKEN-ID", help="As 'list' shows it.")],
    as_json: AsJson = False,
) -> None:
    """End a token now, for good; doing it again changes nothing.

    Example: postroom service-user revoke 3
    """
    with runtime() as opened, opened.database.transaction() as connection:
        known = access.revoke(connection, token_id)
    if not known:
        raise UserError(f"There is no token {token_id}; 'postroom service-user list' shows those there are.")
    if as_json:
        print_json({"id": token_id, "revoked": True})
    else:
        screen.print(f"Token {token_id} is revoked.")


@app.command()
def on(who: Who, as_json: AsJson = False) -> None:
    """Switch a service user on; mails that were held because it was off go through by themselves.

    Example: postroom service-user on api
    """
    _switch(who, True, as_json)


@app.command()
def off(who: Who, as_json: AsJson = False) -> None:
    """Switch a service user off; with api off, mails are held until it is on again, and none is lost.

    Applying a mail configuration that names it without 'enabled: false' switches it on again.

    Example: postroom service-user off api
    """
    _switch(who, False, as_json)


def _switch(kind: Kind, enabled: bool, as_json: bool) -> None:
    with runtime() as opened, opened.database.transaction() as connection:
        known = access.switch(connection, kind, enabled=enabled)
        if not known and load_service_user(connection, kind).enabled is not enabled:
            raise UserError(
                f"The {kind} user is not set, so it has no roles that could be switched; name it under service_users "
                "in the mail configuration and apply that."
            )
    if as_json:
        print_json({"kind": kind, "enabled": enabled})
    else:
        screen.print(f"The {kind} user is {'on' if enabled else 'off'}.")


def _about(connection: Connection, kind: Kind, tokens: list[Row[Any]]) -> dict[str, Any]:
    """Return what may be shown of a service user; ``districts`` is None where it may act in all of them."""
    user = load_service_user(connection, kind)
    given = access.grants(connection, kind)
    return {
        "kind": kind,
        "set": given is not None,
        "enabled": user.enabled,
        "roles": given.roles if given else [],
        "permissions": sorted(user.permissions),
        "districts": None if user.districts is None else given.districts if given else [],
        "tokens": [{"state": _state(row)} | row_dict(row) for row in tokens if row.service_user == kind],
    }


def _state(row: Row[Any]) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "valid" if row.valid_until > clock.now() else "expired"
