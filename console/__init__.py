"""What operators and administrators touch: the command line and the web pages; later the REST API.

Enters a stage by its ``service``, ``queries`` or another plain module, never by its actors. Owns no tables.
"""
