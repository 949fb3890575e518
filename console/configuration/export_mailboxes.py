"""The mailboxes of an exported file, with their servers and sender rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from backbone.addresses import normalise, readable
from console.configuration import variables
from console.configuration.brief import Data, all_readable, short
from console.configuration.export_outgoing import outgoing
from console.configuration.kinds import Key, Row
from console.configuration.logos import LogoWriter
from console.configuration.model import PRESETS, Imap, Mailbox, Sender, Server, Smtp
from console.configuration.stored import Stored

SampleWriter = Callable[[Data], Data]
"""Takes a pinned sample as it is stored, and returns what the file says of its mail."""


@dataclass(slots=True)
class Exporter:
    """Makes the data of mailboxes, and collects in ``variables`` those that stand for their passwords."""

    held: Stored
    sample: SampleWriter
    logo: LogoWriter
    variables: list[str] = field(default_factory=list)

    def mailboxes(self) -> Iterator[Data]:
        """Yield the mailboxes by their addresses, each with its rules in the order in which they are asked."""
        rules: dict[Key, list[Row]] = {}
        ids = self.held.ids["senders"]
        for _key, row in sorted(
            self.held.rows["senders"].items(), key=lambda item: (item[1]["position"], ids[item[0]])
        ):
            rules.setdefault(row["mailbox_id"], []).append(row)
        boxes = self.held.in_use("mailboxes")
        stems = variables.stems(row["address"] for row in boxes)
        for row in boxes:
            stem = stems[row["address"]]
            servers = self._servers(row, stem)
            yield short(
                Mailbox,
                row
                | servers
                | {
                    "aliases": all_readable(row["aliases"]),
                    "outgoing": outgoing(row["address"], row["outgoing"], self.logo),
                    "blocked": all_readable(row["blocked"]),
                    "authserv_ids": row["authserv_ids"].split(),
                    "senders": [self._sender(rule) for rule in rules.get(normalise(row["address"]), [])],
                },
            )

    def _servers(self, row: Row, stem: str) -> Data:
        """Return what the file says of both servers; a preset stands for what it fills in."""
        preset = next((name for name, sides in PRESETS.items() if _fits(row, sides)), None)
        known = PRESETS[preset] if preset else {}
        imap = _server(Imap, "imap", row, known.get("imap", {}))
        if row["imap_login"] == row["address"]:
            del imap["login"]
        imap["password"] = self._password(stem, "imap")
        if not row["smtp_host"]:
            return {"preset": preset, "imap": short(Imap, imap)}
        smtp = _server(Smtp, "smtp", row, known.get("smtp", {}))
        if row["smtp_login"] == row["imap_login"]:
            del smtp["login"]
        own = row["smtp_password"] != (row["imap_password"] if row["smtp_login"] else "")
        if own:
            smtp["password"] = self._password(stem, "smtp")
        shown = short(Smtp, smtp)
        return {"preset": preset, "imap": short(Imap, imap), "smtp": shown or None}

    def _password(self, stem: str, side: str) -> str:
        name = variables.name(stem, side)
        self.variables.append(name)
        return f"${{{name}}}"

    def _sender(self, row: Row) -> Data:
        return short(
            Sender,
            row
            | {
                "pattern": readable(row["pattern"]),
                "to": readable(row["recipient"]),
                "template": row["template_id"],
                "match_against": row["regex_source"],
                "on_mismatch": row["mismatch"],
                "samples": [self._sample(sample) for sample in row["samples"]],
            },
        )

    def _sample(self, sample: Data) -> Data:
        mail = self.sample(sample)
        expect = {"expect": sample["expect"]} if sample["expect"] else {}
        return {"name": sample["name"], **mail, **expect}


def _fits(row: Row, sides: dict[str, dict[str, str]]) -> bool:
    return all(row[f"{side}_{key}"] == value for side, known in sides.items() for key, value in known.items())


def _server(model: type[Server], side: str, row: Row, known: dict[str, str]) -> Data:
    """Return the keys of a server without those that the preset or its security say."""
    data = {key: row[f"{side}_{key}"] for key in model.model_fields if key != "password"}
    if data["port"] == model.ports[data["security"]]:
        del data["port"]
    return {key: value for key, value in data.items() if key not in known}
