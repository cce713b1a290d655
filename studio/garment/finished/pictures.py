"""Pictures of materials: checked, named, and packed as they came."""

from __future__ import annotations

from dataclasses import dataclass, field

from studio.errors import StudioError
from studio.scan.pictures import open_picture

#: Largest picture that is kept as it is packed [bytes]: 8192 x 8192 in colour as PNG is about that.
MAX_PICTURE_BYTES = 300_000_000
#: Pictures that one garment may have. Chosen: a shoe has five, a layered outfit with variants some dozens.
MAX_PICTURES = 64

_SUFFIX = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg"}


@dataclass
class PictureRoll:
    """Pictures of one file, each kept once."""

    file: str
    kept: dict[str, bytes] = field(default_factory=dict)
    _names: dict[bytes, str] = field(default_factory=dict)

    def keep(self, data: bytes, name: str) -> str:
        """Its name among the pictures. Raises StudioError for what is no picture, too large, or one too many."""
        if data in self._names:
            return self._names[data]
        if len(data) > MAX_PICTURE_BYTES:
            raise StudioError(f"The texture {name} of {self.file} has {len(data):,} bytes, {MAX_PICTURE_BYTES:,} at most: make it smaller.")
        if len(self.kept) >= MAX_PICTURES:
            raise StudioError(f"{self.file} has more than {MAX_PICTURES} textures: export the garment alone, without its scene.")
        pixels = open_picture(data, name=name)  # also decodes: what is cut off or a bomb is refused here
        suffix = next((suffix for mark, suffix in _SUFFIX.items() if data.startswith(mark)), None)
        packed = data if suffix else _as_png(pixels)
        role = f"picture-{len(self.kept)}.{suffix or 'png'}"
        self.kept[role], self._names[data] = packed, role
        return role


def _as_png(pixels) -> bytes:
    """Other formats (TGA, TIFF, BMP) as PNG."""
    import io

    from PIL import Image

    packed = io.BytesIO()
    Image.fromarray(pixels).save(packed, "PNG", compress_level=1)
    return packed.getvalue()
