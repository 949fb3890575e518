"""Stage one: mailbox -> raw mail.

Consumes ``mailbox.due``; emits ``mail.received``; owns ``mailbox_states`` and ``mailbox_errors``.
"""
