"""What operators and administrators touch: the command line; later the REST API and the web pages.

Enters a stage by its ``service``, ``queries`` or another plain module, never by its actors. Owns no tables.
"""
