"""The schema, version by version. Written by Alembic, read by ``postroom migrate``."""
