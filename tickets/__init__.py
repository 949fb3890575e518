"""Stage three: decision -> ticket and chat.

Consumes ``mail.parsed``; emits ``mail.queued``; owns ``tickets``, ``ticket_counters``, ``external_numbers``,
``contacts``, ``ticket_participants``, ``chat_messages``, ``chat_attachments`` and ``chat_events``.
"""
