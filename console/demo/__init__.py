"""``postroom demo``: the whole job on real mail servers in one process, told step by step in the terminal.

Bundled servers (SMTP by aiosmtpd, IMAP by pymap) listen on 127.0.0.1 only; sample customers write through them; every
step of the story counts only once it was seen in the database or in a mailbox.
"""
