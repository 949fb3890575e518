"""The rule lab: what draft rules would make of mails, beside what became of them; and patterns proposed from samples.

Nothing here changes the catalogue or a mail.
"""
