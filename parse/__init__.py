"""Stage two: raw mail -> parsed mail + decision.

Consumes ``mail.received``; emits ``mail.parsed``; owns no tables (the ledger's rows belong to backbone).
"""
