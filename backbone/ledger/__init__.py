"""The ledger: one row for each mail seen in a mailbox, and one for each mail we owe somebody.

It is the truth of the pipeline (design section 3). Every row that is not in a final state has ``due_at``; whoever finds
it past due publishes its event again. Owns ``inbound_mails`` and ``outbound_mails``.
"""
