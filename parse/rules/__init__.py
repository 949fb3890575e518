"""Customers' patterns and what they capture: compiled from .NET forms, run under limits, read as values.

Enter by :func:`parse.rules.patterns.compile_pattern`, :class:`parse.rules.runner.Runner`,
:func:`parse.rules.values.plain_value`, :func:`parse.rules.deadlines.deadline` and
:class:`parse.rules.resolver.Resolver`. For whoever writes one there are :func:`parse.rules.propose.propose` and
:func:`parse.rules.reach.reach`.
"""
