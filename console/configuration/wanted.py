"""The rows that a configuration asks for, in their named form. Lists without an order of their own are sorted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import SecretStr

from backbone.addresses import normalise
from console.configuration import outgoing
from console.configuration.directory import CannedReply, Customer, Object, ServiceUser, Template, Term
from console.configuration.kinds import KINDS, RETIRED, Key, Kind, Row
from console.configuration.model import Configuration, Imap, Mailbox, Smtp
from console.configuration.values import ALL

Wanted = dict[str, dict[Key, Row]]


def rows(configuration: Configuration) -> Wanted:
    """Return the rows of every kind by their keys."""
    users = {"api": configuration.service_users.api, "anonymous": configuration.service_users.anonymous}
    found: dict[str, Iterator[Row]] = {
        "customers": ({"name": item.name, "domains": _sorted(item.domains)} for item in configuration.customers),
        "people": (row for customer in configuration.customers for row in _people(customer)),
        "districts": ({"name": item.name} for item in configuration.districts),
        "roles": ({"name": item.name, "permissions": _sorted(item.permissions)} for item in configuration.roles),
        "service_users": (_service_user(kind, user) for kind, user in users.items() if user),
        "work_types": map(_term, configuration.work_types),
        "ticket_types": map(_term, configuration.ticket_types),
        "criticalities": map(_term, configuration.criticalities),
        "canned_replies": map(_canned_reply, configuration.canned_replies),
        "custom_fields": ({"name": item.name, "label": item.label} for item in configuration.custom_fields),
        "objects": map(_object, configuration.objects),
        "templates": map(_template, configuration.templates),
        "blocked": ({"pattern": pattern} for pattern in configuration.blocked),
        "mailboxes": map(_mailbox, configuration.mailboxes),
        "senders": (row for mailbox in configuration.mailboxes for row in _senders(mailbox)),
    }
    return {kind.name: {kind.key(row): _in_use(kind, row) for row in found[kind.name]} for kind in KINDS}


def _in_use(kind: Kind, row: Row) -> Row:
    """Return the row as one that is in use, also when it had been retired."""
    return row | {RETIRED: False} if kind.retirable else row


def _sorted(texts: Iterable[str]) -> list[str]:
    return sorted(set(texts))


def _people(customer: Customer) -> Iterator[Row]:
    for person in customer.people:
        yield {
            "address": normalise(person.address),
            "name": person.name,
            "phone": person.phone,
            "language": person.language,
            "customer_id": customer.name,
        }


def _service_user(kind: str, user: ServiceUser) -> Row:
    everywhere = user.districts == [ALL]
    return {
        "kind": kind,
        "enabled": user.enabled,
        "all_districts": everywhere,
        "roles": frozenset(user.roles),
        "districts": frozenset[str]() if everywhere else frozenset(user.districts),
    }


def _term(item: Term) -> Row:
    return {"name": item.name, "aliases": _sorted(item.aliases)}


def _canned_reply(item: CannedReply) -> Row:
    return {"name": item.name, "text": item.text, "ticket_types": frozenset(item.ticket_types)}


def _object(item: Object) -> Row:
    return {
        "name": item.name,
        "aliases": _sorted(item.aliases),
        "address": item.address,
        "customer_id": item.customer,
        "district_id": item.district,
        "work_types": frozenset(item.work_types),
    }


def _template(item: Template) -> Row:
    return {
        "name": item.name,
        "published": item.published,
        "web_submission": item.web_submission,
        "ticket_type_id": item.ticket_type,
        "customer_id": item.customer,
        "object_id": item.object,
        "work_type_id": item.work_type,
        "criticality_id": item.criticality,
        "description": item.description,
        "assignee": item.assignee,
        "invitation": item.invitation,
        "number_prefix": item.number_prefix,
        "reopen_days": item.closed.reopen_days,
    }


def _mailbox(item: Mailbox) -> Row:
    return {
        "address": item.address,
        "enabled": item.enabled,
        "name": item.name,
        "language": item.language,
        "time_zone": item.time_zone,
        "poll_seconds": item.poll_seconds,
        "authserv_ids": " ".join(_sorted(item.authserv_ids)),
        "arc": item.arc,
        "aliases": _sorted(map(normalise, item.aliases)),
        "blocked": _sorted(item.blocked),
        "outgoing": outgoing.stored(item.outgoing),
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
            "recipient": normalise(sender.to),
            "name": sender.name,
            "position": position,
            "template_id": sender.template,
            "enabled": sender.enabled,
            "receive": sender.receive,
            "reply_by_chat": sender.reply_by_chat,
            "forwarded_counts": sender.forwarded_counts,
            "trust": sender.trust,
            "subject_regex": sender.subject_regex,
            "message_regex": sender.message_regex,
            "regex_source": sender.match_against,
            "mismatch": sender.on_mismatch,
            "join_same_number": sender.join_same_number,
            "samples": [
                {"name": sample.title, "mail": sample.digest, "expect": sample.expect} for sample in sender.samples
            ],
        }
