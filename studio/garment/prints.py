"""The pictures of printed cloth: read from beside the fabric's file, checked before they are decoded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.errors import StudioError
from studio.specs.fabric import Print

#: Largest print: a repeat of 40 cm at 250 dpi has 3,937 pixels to a side.
MAX_SIDE_PX = 4096
MAX_BYTES = 32_000_000


@dataclass(frozen=True, eq=False)
class PrintPicture:
    """A print. pixels: sRGB and cover, upper row first, shape (H, W, 4), uint8. repeat_cm: Width and height of one repeat."""

    pixels: np.ndarray
    repeat_cm: tuple[float, float]


def load_print(spec: Print, folder: Path) -> PrintPicture:
    """Read the picture of a print, a PNG or JPEG in ``folder``.

    Raises StudioError for a missing file, one that leads out of the folder, is no such picture, or is too large.
    """
    from PIL import Image, UnidentifiedImageError

    path = folder / spec.file
    if not path.is_file():
        raise StudioError(f"The print '{spec.file}' is not in {folder}, beside its fabric; put it there.")
    if folder.resolve() != path.resolve().parent:
        raise StudioError(f"The print '{spec.file}' in {folder} leads to another folder; put the picture itself there.")
    if path.stat().st_size > MAX_BYTES:
        raise StudioError(f"The print {path} has {path.stat().st_size:,} bytes, and a print may have {MAX_BYTES:,}.")
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as picture:
            if max(picture.size) > MAX_SIDE_PX:  # known from the header: nothing is decoded yet
                width, height = picture.size
                raise StudioError(f"The print {path} has {width}x{height} pixels, and a print may have {MAX_SIDE_PX} to a side.")
            pixels = np.asarray(picture.convert("RGBA"))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise StudioError(f"The print {path} cannot be read as PNG or JPEG: {str(error).rstrip('.')}.") from None
    return PrintPicture(pixels, spec.repeat_cm)
