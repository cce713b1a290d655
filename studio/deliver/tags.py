"""Words inside a picture's file: title, alt text and how the picture came about, as XMP with the properties of the IPTC standard.

IPTC Photo Metadata Standard 2025.1: Title is ``dc:title``, Alt Text is ``Iptc4xmpCore:AltTextAccessibility``, Digital Source Type is
``Iptc4xmpExt:DigitalSourceType``. Nothing in it depends on the day, so that equal deliveries have equal bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape, unescape

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
#: What XML 1.0 has no place for.
_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: More than this is not read: packets are a few kilobytes.
_MAX_BYTES = 200_000

_LANGUAGE = '<rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt>'
_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
{}
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


@dataclass(frozen=True)
class Tags:
    """What a file says of itself. source_type: A term of IPTC's digital source types; None where nothing is claimed."""

    title: str
    alt_text: str
    source_type: str | None

    def packet(self) -> bytes:
        """The XMP packet."""
        properties = {"dc:title": _language(self.title), "Iptc4xmpCore:AltTextAccessibility": _language(self.alt_text)}
        if self.source_type is not None:
            properties["Iptc4xmpExt:DigitalSourceType"] = SOURCE_TYPES + _text(self.source_type)
        return _PACKET.format("\n".join(f"<{name}>{value}</{name}>" for name, value in properties.items())).encode()


def read_tags(packet: bytes | str | None) -> Tags | None:
    """The tags of an XMP packet, or None where it has no title or no alt text.

    Only the plain form that `Tags.packet` writes is looked for, with expressions and not with an XML parser: packets come from outside.
    """
    if not packet or len(packet) > _MAX_BYTES:
        return None
    text = packet.decode("utf-8", errors="replace") if isinstance(packet, bytes) else packet
    title, alt = _found(text, "dc:title"), _found(text, "Iptc4xmpCore:AltTextAccessibility")
    source = re.search(rf"<Iptc4xmpExt:DigitalSourceType>{re.escape(SOURCE_TYPES)}(\w+)</", text)
    if title is None or alt is None:
        return None
    return Tags(title, alt, source[1] if source else None)


def _found(text: str, name: str) -> str | None:
    match = re.search(rf"<{name}>\s*<rdf:Alt>\s*<rdf:li[^<>]*>([^<]*)</rdf:li>", text)
    return unescape(match[1]) if match else None


def _language(text: str) -> str:
    return _LANGUAGE.format(_text(text))


def _text(text: str) -> str:
    return escape(_UNPRINTABLE.sub("", text))
