"""Stage four: chat message -> mail out.

Consumes ``mail.queued``; emits nothing yet; owns no tables (the ledger's rows belong to backbone).
"""
