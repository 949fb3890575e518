"""The web pages of Postroom."""
