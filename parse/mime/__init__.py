"""Bytes to parts: the decode layer (RFC 5322, 2045-2047, 2231). Pure; defects are noted, never raised."""
