"""What an opaque S/MIME part is, and the message inside a signed one (RFC 8551, CMS of RFC 5652).

Nothing is verified or decrypted: a signed message is only unwrapped so that it can be read. Never raises.
"""

from __future__ import annotations

from collections.abc import Iterator

_SIGNED = bytes.fromhex("2a864886f70d010702")
_DATA = bytes.fromhex("2a864886f70d010701")
_ENVELOPED = (
    bytes.fromhex("2a864886f70d010703"),
    bytes.fromhex("2a864886f70d0109100117"),
    bytes.fromhex("2a864886f70d010706"),
)
_SEQUENCE, _OID, _OCTETS, _OCTETS_PARTED, _EXPLICIT = 0x30, 0x06, 0x04, 0x24, 0xA0
_MOST_PIECES = 100_000
_LONG = 0x80

Node = tuple[int, int, int]
"""Tag, start of the content, end of the content."""


def is_encrypted(data: bytes) -> bool:
    """Tell whether a CMS object is enveloped (or authenticated-enveloped) data."""
    return any(oid in data[:64] for oid in _ENVELOPED)


def signed_content(data: bytes) -> bytes | None:
    """Return the MIME entity inside CMS signed data, or None."""
    if _SIGNED not in data[:64]:
        return None
    try:
        content_info = _first(data, 0, len(data), _SEQUENCE)
        wrapped = _first(data, content_info[1], content_info[2], _EXPLICIT)
        signed = _first(data, wrapped[1], wrapped[2], _SEQUENCE)
        encapsulated = _first(data, signed[1], signed[2], _SEQUENCE)
        oid = _first(data, encapsulated[1], encapsulated[2], _OID)
        if data[oid[1] : oid[2]] != _DATA:
            return None
        content = _first(data, oid[2], encapsulated[2], _EXPLICIT)
        return _octets(data, content[1], content[2])
    except (IndexError, LookupError):
        return None


def _octets(data: bytes, start: int, end: int) -> bytes:
    """Put an OCTET STRING together, in one piece or many (BER, X.690 section 8.7)."""
    out: list[bytes] = []
    for tag, begin, stop in _nodes(data, start, end):
        if tag == _OCTETS:
            out.append(data[begin:stop])
        elif tag == _OCTETS_PARTED:
            out.extend(data[b:s] for t, b, s in _nodes(data, begin, stop) if t == _OCTETS)
        if len(out) > _MOST_PIECES:
            raise LookupError
    return b"".join(out)


def _first(data: bytes, start: int, end: int, tag: int) -> Node:
    return next((node for node in _nodes(data, start, end) if node[0] == tag), None) or _missing()


def _missing() -> Node:
    raise LookupError


def _nodes(data: bytes, start: int, end: int) -> Iterator[Node]:
    """Walk the siblings of one level; a length of indefinite form is taken to reach to the end of its parent."""
    position = start
    while position + 1 < end:
        tag, length, position = data[position], data[position + 1], position + 2
        if tag == 0 and length == 0:
            return
        if length == _LONG:
            yield tag, position, end
            return
        if length > _LONG:
            size = length & 0x7F
            length = int.from_bytes(data[position : position + size], "big")
            position += size
        yield tag, position, min(position + length, end)
        position += length
