"""The catalogue: what administrators set. Mailboxes, sender rules, ticket templates and the directory they name.

Owns their tables. Written by ``postroom apply`` only, in one transaction that also raises the catalogue's version;
read by the stages through :mod:`backbone.catalogue.snapshot`.
"""
