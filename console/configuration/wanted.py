"""The rows that a configuration asks for, in their named form."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import SecretStr

from backbone.addresses import normalise
from console.configuration.kinds import KINDS, RETIRED, Key, Kind, Row
from console.configuration.model import Configuration, Imap, Mailbox, Object, Smtp, Template

Wanted = dict[str, dict[Key, Row]]


def rows(configuration: Configuration) -> Wanted:
    """Return the rows of every kind by their keys."""
    found: dict[str, Iterator[Row]] = {
        "customers": ({"name": name} for name in configuration.customers),
        "work_types": ({"name": name} for name in configuration.work_types),
        "ticket_types": ({"name": name} for name in configuration.ticket_types),
        "criticalities": ({"name": name} for name in configuration.criticalities),
        "objects": map(_object, configuration.objects),
        "templates": map(_template, configuration.templates),
        "mailboxes": map(_mailbox, configuration.mailboxes),
        "senders": (row for mailbox in configuration.mailboxes for row in _senders(mailbox)),
    }
    return {kind.name: {kind.key(row): _in_use(kind, row) for row in found.get(kind.name, ())} for kind in KINDS}


def _in_use(kind: Kind, row: Row) -> Row:
    """Return the row as one that is in use, also when it had been retired."""
    return row | {RETIRED: False} if kind.retirable else row


def _object(item: Object) -> Row:
    return {
        "name": item.name,
        "address": item.address,
        "customer_id": item.customer,
        "work_types": frozenset(item.work_types),
    }


def _template(item: Template) -> Row:
    return {
        "name": item.name,
        "published": item.published,
        "ticket_type_id": item.ticket_type,
        "customer_id": item.customer,
        "object_id": item.object,
        "work_type_id": item.work_type,
        "criticality_id": item.criticality,
        "description": item.description,
        "number_prefix": item.number_prefix,
    }


def _mailbox(item: Mailbox) -> Row:
    return {
        "address": item.address,
        "enabled": item.enabled,
        "name": item.name,
        "language": item.language,
        "time_zone": item.time_zone,
        "poll_seconds": item.poll_seconds,
        "authserv_ids": " ".join(sorted(set(item.authserv_ids))),
        "arc": item.arc,
        **_server("imap", item.imap),
        "imap_folder": item.imap.folder,
        **_server("smtp", item.smtp),
    }


def _server(side: str, server: Imap | Smtp | None) -> Row:
    return {
        f"{side}_host": server.host if server else None,
        f"{side}_port": server.port if server else None,
        f"{side}_security": server.security if server else None,
        f"{side}_verify": server.verify if server else True,
        f"{side}_ca_file": server.ca_file if server else "",
        f"{side}_login": (server.login or "") if server else "",
        f"{side}_password": _secret(server.password if server else None),
    }


def _secret(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def _senders(mailbox: Mailbox) -> Iterator[Row]:
    key = normalise(mailbox.address)
    for position, sender in enumerate(mailbox.senders):
        yield {
            "mailbox_id": key,
            "pattern": sender.pattern,
            "recipient": "",
            "name": "",
            "position": position,
            "template_id": sender.template,
            "enabled": sender.enabled,
            "receive": sender.receive,
            "reply_by_chat": sender.reply_by_chat,
            "forwarded_counts": sender.forwarded_counts,
        }
