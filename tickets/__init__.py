"""Stage three: decision -> ticket and chat.

Consumes ``mail.parsed``; emits ``mail.queued``; owns ``tickets``, ``ticket_counters``, ``external_numbers``,
``contacts``, ``chat_messages`` and ``chat_attachments``.
"""
