"""Which sender rule decides about a mail, and what its regular expressions fill the ticket with. Pure.

Enter by :func:`parse.selection.select.select`.
"""
