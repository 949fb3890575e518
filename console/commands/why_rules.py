"""The sender rules that were considered for a mail, condition by condition, and what they caught, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from console.commands.why_words import YES_NO, Line, Step, Templates, called, said

_FAILURES = {
    "regex_timeout": "it took too long",
    "regex_too_long": "it is too long",
    "regex_memory": "it took too much memory",
    "regex_invalid": "it cannot be used any more",
}
_WHY = {
    "unknown": "nothing of that name",
    "ambiguous": "several have that name",
    "other_customer": "it is another customer's",
    "not_offered": "that work is not offered on that object",
    "not_a_date": "no date that could be read",
    "too_long": "too long",
}
_HOW = {"normalised": "by its normalised name", "narrowed": "the customer's own of that name"}


def sender_rule(step: Step, templates: Templates) -> Iterator[Line]:
    """Yield who wrote to whom, every rule that was asked with what it said, and which one decided."""
    recipients = ", ".join(said(one) for one in step.get("recipients") or ())
    yield Line("·", f"for mail of {said(step.get('sender') or 'nobody')}{f' to {recipients}' if recipients else ''}")
    decided = step.get("rule_id")
    for rule in step.get("considered") or ():
        yield from _rule(rule, decided)
    if step.get("more"):
        yield Line("·", f"and {said(step['more'])} more")
    yield _verdict(step, templates)


def fields(step: Step) -> Iterator[Line]:
    """Yield what was caught, and what each text was taken for."""
    resolved = {one.get("field"): one for one in step.get("resolutions") or ()}
    for name, text in (step.get("captures") or {}).items():
        one = resolved.pop(name, None)
        yield _resolution(name, text, one) if one else Line("✓", f"{_word(name)}: {said(text)}")
    for name, one in resolved.items():
        yield _resolution(name, one.get("text"), one)


def _rule(rule: Step, decided: object) -> Iterator[Line]:
    conditions = rule.get("conditions")
    if conditions is None:  # as it was written before rules had conditions
        there = bool(rule.get("matched"))
        yield Line(YES_NO[there], f"{said(rule.get('pattern'))}: {'there is a rule' if there else 'no rule'}")
        return
    titles = [said(rule.get("pattern"))]
    titles += [f"to {said(rule['recipient'])}"] if rule.get("recipient") else []
    titles += [f"«{said(rule['name'])}»"] if rule.get("name") else []
    chosen = rule.get("rule_id") == decided
    yield Line("→" if chosen else "·", f"{' '.join(titles)} (rule {said(rule.get('rule_id'))})")
    for condition in conditions:
        yield from _condition(condition)


def _condition(one: Step) -> Iterator[Line]:
    ok, took = bool(one.get("ok")), one.get("seconds")
    seconds = f" ({took * 1000:.1f} ms)" if isinstance(took, int | float) else ""
    yield Line(YES_NO[ok], _words(one, ok=ok) + seconds, 1)
    if one.get("failure"):
        yield Line("!", f"the regular expression failed: {_FAILURES.get(one['failure'], said(one['failure']))}", 2)
    if one.get("why"):
        yield Line("·", said(one["why"]), 2)
    if one.get("cut"):
        yield Line("·", "only the beginning of the text was searched", 2)


def _words(one: Step, *, ok: bool) -> str:
    required, value = said(one.get("required")), said(one.get("value"))
    fits = "fits" if ok else "does not fit"
    proof = "need not be verified" if required == "any" else f"has to be {required}"
    words = {
        "enabled": "switched on" if ok else "switched off",
        "receive": "receiving mail is allowed" if ok else "receiving mail is switched off",
        "recipient": f"sent to {required}",
        "trust": f"the sender {proof} (is {value})",
        "subject_regex": f"the subject {fits} {required}",
        "message_regex": f"the message ({value}) {fits} {required}",
    }
    name = str(one.get("condition", ""))
    return words.get(name, f"{_word(name)}: required {required}, is {value}")


def _verdict(step: Step, templates: Templates) -> Line:
    if step.get("rule_id") is None:
        return Line("✗", "no sender rule lets this sender in")
    rule = f"rule {said(step['rule_id'])}"
    reason = f" ({said(step['reason'])})" if step.get("reason") else ""
    match step.get("verdict", "open"):
        case "open":
            return Line("✓", f"{rule} lets the mail in, by the template {called(step.get('template_id'), templates)}")
        case "hold":
            return Line("✗", f"{rule} holds the mail{reason}")
        case "ignore":
            return Line("✗", f"{rule} ignores the mail{reason}")
        case other:
            return Line("·", f"{rule}: {said(other)}{reason}")


def _resolution(name: str, text: object, one: Step) -> Line:
    caught = f"{_word(name)}: {said(text)}"
    if one.get("why"):
        instead = "the ticket has none" if name == "deadline" else "the template's value is used"
        return Line("✗", f"{caught}; {_WHY.get(one['why'], said(one['why']))}, so that {instead}")
    if one.get("name") is None:
        return Line("✓", f"{caught} = {said(one.get('found'))}")
    how = _HOW.get(str(one.get("found")))
    return Line("✓", f"{caught} = {said(one['name'])}{f', {how}' if how else ''}")


def _word(name: str) -> str:
    return said(name).replace("_", " ")
