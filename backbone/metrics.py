"""Prometheus metrics. Labels are enums and names of ours, never anything from a mail."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

EVENTS = Counter("postroom_events", "Events handled", ["event", "result"])
HANDLING = Histogram(
    "postroom_event_seconds",
    "Time to handle one event (a batch of mails)",
    ["event"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120),
)
MAILS = Counter("postroom_mails", "Mails by what a stage made of them", ["stage", "outcome", "reason"])
QUARANTINED = Counter("postroom_chat_quarantined", "Chat events put aside", ["reason"])
TOLD = Counter("postroom_domain_events", "Domain events told", ["type"])
DOMAIN_EVENTS_WAITING = Gauge(
    "postroom_domain_events_waiting", "Domain events that have not been told yet", multiprocess_mode="mostrecent"
)
REPUBLISHED = Counter("postroom_republished", "Overdue rows published again", ["event"])
RESENT = Counter("postroom_resends", "Mails sent again because the first outcome is unknown")
RATE_LIMITED = Counter("postroom_rate_limited", "Mails put off by a limit of ours", ["limit"])
BREAKERS_OPEN = Gauge(
    "postroom_breakers_open", "Breakers of sending that wait for a person", multiprocess_mode="mostrecent"
)
LATE_COPIES = Counter("postroom_late_copies", "Copies that a server put off, by what became of each", ["result"])
COPIES = Counter("postroom_sent_copies", "Copies of sent mail to a Sent folder", ["result"])
FETCHES = Counter("postroom_fetches", "Looks into a mailbox", ["result"])
LAST_FETCH = Gauge(
    "postroom_mailbox_last_fetch_seconds",
    "When the mailbox was last read to its end, as a Unix time",
    ["mailbox_id"],
    multiprocess_mode="max",
)
LEDGER = Gauge(
    "postroom_ledger_rows",
    "Rows of the ledger that are under way, held or failed",
    ["ledger", "state"],
    multiprocess_mode="mostrecent",
)
OLDEST = Gauge(
    "postroom_ledger_oldest_seconds",
    "Age of the oldest row that is not in a final state",
    ["ledger"],
    multiprocess_mode="mostrecent",
)
RULE_FAILURES = Counter("postroom_rule_failures", "Regular expressions of sender rules that did not end", ["reason"])
RULE_SECONDS = Histogram(
    "postroom_rule_regex_seconds",
    "Time that the regular expressions of the sender rules took for one mail that had any",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5),
)
PUT_OFF = Counter("postroom_mails_put_off", "Mails whose regular expressions are run apart", ["lane"])
