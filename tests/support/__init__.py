"""Helpers that tests share: servers, mailboxes, databases, and waiting without sleeping."""
