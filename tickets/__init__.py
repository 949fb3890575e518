"""Stage three: decision -> ticket and chat.

Consumes ``mail.parsed``; emits ``mail.queued``; owns ``tickets``, ``ticket_counters``, ``contacts``, ``chat_messages``
and ``chat_attachments``.
"""
