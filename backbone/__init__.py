"""What all four stages stand on: contracts, ledger, catalogue, broker, database, blobs, secrets, telemetry.

Imports no stage. Owns the tables of the ledger (``inbound_mails``, ``outbound_mails``) and of the catalogue.
"""
