"""Stage four: chat message -> mail out, and its copy to the Sent folder.

Consumes ``mail.queued`` and ``copies.owed``; emits nothing yet; owns no tables (the ledger's rows belong to backbone).
"""
