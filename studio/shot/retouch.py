"""What retouchers get besides the picture: 16 bits of it, scene-linear light, masks of skin, hair and garments, distance, normals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.shot.develop import srgb_profile, to_8_bit, write_mask
from studio.store import Draft


@dataclass(frozen=True, eq=False)
class Layers:
    """The layers of one picture, upper row first.

    deep: The picture's sRGB code values, (H, W, 3) uint16. linear_exr: The bytes of an EXR file, scene-linear Rec.709 in 16-bit floats, of
    which 1.0 is display white; alpha is the subject. depth: Along the optical axis [m], (H, W), large where nothing is. normal: World axes,
    (H, W, 3). shares: How much of each pixel is skin, hair, garment-1 and so on, 0 to 1, (H, W) each.
    """

    deep: np.ndarray
    linear_exr: bytes
    depth: np.ndarray
    normal: np.ndarray
    shares: dict[str, np.ndarray]


def to_16_bit(encoded: np.ndarray) -> np.ndarray:
    """Code values 0 to 1 to 16-bit numbers, rounded."""
    return (np.clip(encoded, 0.0, 1.0) * 65535.0 + 0.5).astype(np.uint16)


def write_layers(made: Draft, layers: Layers) -> None:
    """Write ``picture.tiff`` (16 bits, sRGB profile), ``linear.exr``, ``mask-<part>.png`` and ``layers.npz`` (``depth``, ``normal``)."""
    import tifffile

    tifffile.imwrite(
        made.path("picture.tiff"), layers.deep, photometric="rgb", compression="zlib", predictor=True, iccprofile=srgb_profile(),
        metadata=None, software="studio",
    )  # fmt: skip
    made.path("linear.exr").write_bytes(layers.linear_exr)
    for part, share in layers.shares.items():
        write_mask(made.path(f"mask-{part}.png"), to_8_bit(share))
    np.savez_compressed(made.path("layers.npz"), depth=layers.depth.astype(np.float32), normal=layers.normal.astype(np.float16))
