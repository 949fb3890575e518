"""A catalogue that is stored nowhere, made of rows in their named form, for the stages' pure parts to decide by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backbone.addresses import normalise
from backbone.catalogue.model import (
    Catalogue,
    Directory,
    Entry,
    Mailbox,
    Mismatch,
    Object,
    Person,
    Rule,
    Server,
    Template,
)
from console.configuration.kinds import KINDS, RETIRED, Key, Row

Rows = Mapping[str, Mapping[Key, Row]]

_NOWHERE = Server("", 0, "none", True, "", "", "")


class Ids:
    """Numbers for keys. Catalogues that share them can be compared: what has one key has one number."""

    def __init__(self) -> None:
        """Have no numbers yet."""
        self._numbers: dict[tuple[str, Key], int] = {}

    def of(self, kind: str, key: Key) -> int:
        """Return the number of a row."""
        return self._numbers.setdefault((kind, key), len(self._numbers) + 1)

    def maybe(self, kind: str, key: Key | None) -> int | None:
        """Return the number of the row that is referred to, if one is."""
        return None if key is None else self.of(kind, key)


def overlaid(stored: Rows, wanted: Rows) -> Rows:
    """Return the rows as they would be when ``wanted`` were applied: what it does not name stays."""
    return {kind.name: {**stored.get(kind.name, {}), **wanted.get(kind.name, {})} for kind in KINDS}


def catalogue(rows: Rows, ids: Ids) -> Catalogue:
    """Return the catalogue that ``rows`` are, as far as choosing a rule and filling a ticket need it."""
    held = {
        kind.name: {key: row for key, row in rows.get(kind.name, {}).items() if not row.get(RETIRED)} for kind in KINDS
    }
    rules: dict[str, list[Rule]] = {}
    for key, row in held["senders"].items():
        rules.setdefault(str(row["mailbox_id"]), []).append(_rule(ids.of("senders", key), row, ids))
    boxes = {
        ids.of("mailboxes", key): _mailbox(ids.of("mailboxes", key), row, rules.get(str(key), []))
        for key, row in held["mailboxes"].items()
    }
    own = (address for box in boxes.values() for address in (normalise(box.address), *box.aliases))
    return Catalogue(
        version=0,
        mailboxes=boxes,
        templates={ids.of("templates", key): _template(key, row, ids) for key, row in held["templates"].items()},
        addresses=frozenset(own),
        directory=_directory(held, ids),
        blocked=frozenset(str(row["pattern"]) for row in held["blocked"].values()),
    )


def _rule(number: int, row: Row, ids: Ids) -> Rule:
    plain = (
        "pattern enabled receive reply_by_chat forwarded_counts recipient name position trust subject_regex "
        "message_regex regex_source join_same_number"
    )
    values: dict[str, Any] = {name: row[name] for name in plain.split()}
    template = ids.of("templates", row["template_id"])
    return Rule(id=number, template_id=template, mismatch=Mismatch(row["mismatch"]), **values)


def _mailbox(number: int, row: Row, rules: list[Rule]) -> Mailbox:
    return Mailbox(
        id=number,
        address=row["address"],
        enabled=row["enabled"],
        name=row["name"],
        language=row["language"],
        time_zone=row["time_zone"],
        poll_seconds=row["poll_seconds"],
        folder=row["imap_folder"],
        imap=_NOWHERE,
        smtp=None,
        rules=tuple(rules),
        authserv_ids=frozenset(row["authserv_ids"].split()),
        arc=row["arc"],
        aliases=frozenset(row["aliases"]),
        blocked=frozenset(row["blocked"]),
    )


def _template(key: Key, row: Row, ids: Ids) -> Template:
    references = {
        "ticket_type_id": "ticket_types",
        "customer_id": "customers",
        "object_id": "objects",
        "work_type_id": "work_types",
        "criticality_id": "criticalities",
    }
    values: dict[str, Any] = {column: ids.maybe(kind, row[column]) for column, kind in references.items()}
    return Template(id=ids.of("templates", key), name=row["name"], description=row["description"], **values)


def _directory(held: Mapping[str, Mapping[Key, Row]], ids: Ids) -> Directory:
    def entries(kind: str) -> dict[int, Entry]:
        return {
            ids.of(kind, key): Entry(ids.of(kind, key), row["name"], tuple(row.get("aliases", ())))
            for key, row in held[kind].items()
        }

    return Directory(
        customers=entries("customers"),
        objects={
            ids.of("objects", key): Object(
                ids.of("objects", key),
                row["name"],
                tuple(row["aliases"]),
                row["address"],
                ids.maybe("customers", row["customer_id"]),
                ids.maybe("districts", row["district_id"]),
                frozenset(ids.of("work_types", name) for name in row["work_types"]),
            )
            for key, row in held["objects"].items()
        },
        work_types=entries("work_types"),
        ticket_types=entries("ticket_types"),
        criticalities=entries("criticalities"),
        people={
            row["address"]: Person(
                row["address"],
                row["name"],
                row["phone"],
                row["language"],
                ids.maybe("customers", row["customer_id"]),
            )
            for row in held["people"].values()
        },
        domains={
            domain: ids.of("customers", key) for key, row in held["customers"].items() for domain in row["domains"]
        },
        custom_fields={row["name"]: row["label"] for row in held["custom_fields"].values()},
    )
