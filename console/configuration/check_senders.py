"""What does not fit together in the sender rules of one mailbox."""

from __future__ import annotations

from collections.abc import Iterator

from backbone.addresses import normalise
from console.configuration import mail_values
from console.configuration.check_directory import lacking
from console.configuration.check_regexes import KEYS, Regexes, has_regex
from console.configuration.faults import Fault, nearest
from console.configuration.names import Names
from console.configuration.nodes import Node

_NAMED_IN_SAMPLES = {
    "object": "objects",
    "work_type": "work_types",
    "ticket_type": "ticket_types",
    "criticality": "criticalities",
}


class Senders:
    """The sender rules of one mailbox."""

    def __init__(self, mailbox: Node, names: Names, regexes: Regexes) -> None:
        """Look at the rules of ``mailbox``."""
        self._mailbox = mailbox
        self._names = names
        self._regexes = regexes
        self._own = _own_addresses(mailbox)
        self._seen: dict[tuple[str, str, str], Node] = {}
        self._deciding: dict[tuple[str, str], Node] = {}

    def faults(self) -> Iterator[Fault]:
        """Yield every fault of the rules."""
        for node in self._mailbox.nodes("senders"):
            if template := node.text("template"):
                yield from self._names.known("templates", template, node, (*node.path, "template"))
                yield from self._usable(template, node)
            yield from self._recipient(node)
            yield from self._order(node)
            yield from _needless(node)
            yield from self._regexes.faults(node)
            for sample in node.nodes("samples"):
                yield from self._sample(sample)

    def _usable(self, name: str, node: Node) -> Iterator[Fault]:
        template = self._names.find("templates", name)
        missing = lacking(template) if template else []
        if template and missing:
            what = " and no ".join(missing).replace("_", " ")
            problem = f"the template {name!r} has no {what}, so mail cannot use it"
            cure = f"add {' and '.join(missing)} to the template at {template.place('name')}"
            yield node.fault_of("template", problem, cure)

    def _recipient(self, node: Node) -> Iterator[Fault]:
        written = node.value("to", mail_values.address)
        if not written or not self._own:
            return
        local, _, domain = normalise(written).rpartition("@")
        if not {f"{local}@{domain}", f"{local.partition('+')[0]}@{domain}"} & set(self._own):
            near = nearest(normalise(written), self._own)
            own = self._own[near or next(iter(self._own))]
            user, _, host = own.rpartition("@")
            cure = f"write {own}, one with a plus such as {user}+sales@{host}, or add it to the mailbox's 'aliases'"
            yield node.fault_of("to", f"the mail to {written!r} does not come to this mailbox", cure)

    def _order(self, node: Node) -> Iterator[Fault]:
        """Yield the fault of a rule that stands twice, or to which no mail ever comes."""
        pattern = node.value("pattern", mail_values.pattern)
        if pattern is None:
            return
        to = normalise(node.value("to", mail_values.address) or "")
        enabled = node.flag("enabled", default=True)
        twin = self._seen.setdefault((pattern, to, node.text("name") or ""), node)
        decider = self._deciding.get((pattern, to))
        if twin is not node:
            line = twin.line("pattern")
            problem = f"the sender {pattern!r} stands twice in this mailbox, first on line {line}"
            both = not decider or not enabled
            yield node.fault_of("pattern", problem, "give each a 'name' of its own" if both else "keep one of them")
        elif decider and enabled:
            line = decider.line("pattern")
            problem = f"no mail ever comes to this rule, as the one on line {line} for the same sender decides first"
            need = "write" if has_regex(decider) else "add a regex and"
            yield node.fault_of("pattern", problem, f"{need} 'on_mismatch: next' there, or keep one of the two")
        if enabled and not (has_regex(node) and node.text("on_mismatch") == "next"):
            self._deciding.setdefault((pattern, to), node)

    def _sample(self, sample: Node) -> Iterator[Fault]:
        expected = sample.node("expect")
        if expected is None:
            return
        fields = self._regexes.known
        for key in expected.data:
            if key not in fields and self._names.sure("custom_fields"):
                near = self._regexes.meant(key)
                cure = f"did you mean {near!r}?" if near else f"the known ones are {', '.join(sorted(fields))}"
                yield expected.fault_of(key, f"a ticket has no field {key!r}", cure)
            elif key in _NAMED_IN_SAMPLES and (name := expected.text(key)):
                yield from self._names.known(_NAMED_IN_SAMPLES[key], name, expected, (*expected.path, key))


def _own_addresses(mailbox: Node) -> dict[str, str]:
    """Return the mailbox's addresses by their normalised form; none of them when one cannot be read."""
    own = mailbox.value("address", mail_values.address)
    written = mailbox.data.get("aliases") or []
    aliases = [alias for alias, _ in mailbox.values("aliases", mail_values.address)]
    if own is None or not isinstance(written, list) or len(aliases) < len(written):
        return {}
    return {normalise(address): address for address in (own, *aliases)}


def _needless(node: Node) -> Iterator[Fault]:
    """Yield the faults of keys that say something about a regex that is not there."""
    if node.data.get("on_mismatch") is not None and not has_regex(node):
        cure = f"add {' or '.join(map(repr, KEYS))}, or take this out"
        yield node.fault_of("on_mismatch", "'on_mismatch' says nothing without a regex", cure)
    if node.data.get("match_against") is not None and node.data.get("message_regex") is None:
        problem = "'match_against' says nothing without 'message_regex'"
        yield node.fault_of("match_against", problem, "add it, or take this out")
