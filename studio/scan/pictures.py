"""Textures: opening pictures safely, and taking the colours of a mesh's points from them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np

from studio.errors import StudioError
from studio.scan.raw import Paint, RawScan

#: Pixels of the largest picture that is opened: 16,384 x 16,384, the usual limit of photogrammetry programs and GPUs. A small file
#: can claim far more and fill the memory (a decompression bomb).
MAX_PIXELS = 16_384**2

#: A textured mesh is divided until it has about this many points, so that the picture's detail survives as colours of points. Chosen: 1.9
#: square metres of skin then have a point every 1.8 mm, about what a fit can place.
TARGET_POINTS = 600_000


def open_picture(source: Path | bytes, *, name: str) -> np.ndarray:
    """Decode a picture to sRGB, shape (H, W, 3), uint8. ``name`` is what the message calls it.

    Raises StudioError where it is no picture, is cut off, or has more than `MAX_PIXELS`.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise StudioError(
                    f"The texture {name} has {picture.width} x {picture.height} pixels, more than a texture may have; make it smaller."
                )
            return np.asarray(picture.convert("RGB"))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise StudioError(f"The texture {name} cannot be read as a picture ({error}); export it again as PNG or JPEG.") from None


def write_picture(picture: np.ndarray, path: Path) -> None:
    """Keep a picture (H, W, 3), uint8, without loss; lightly packed, since a large one takes a minute to pack tightly."""
    from PIL import Image

    Image.fromarray(picture).save(path, "PNG", compress_level=1)


def sample(picture: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """Colours of a picture at texture coordinates, between the four nearest pixels, repeated beyond 0 to 1.

    picture: Shape (H, W, 3), uint8. uv: Origin at the lower left, shape (..., 2). Returns shape (..., 3), float32, 0 to 255.
    """
    height, width = picture.shape[:2]
    x = (uv[..., 0] % 1.0) * width - 0.5
    y = (1.0 - uv[..., 1] % 1.0) * height - 0.5
    x0, y0 = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    fx, fy = (x - x0)[..., None].astype(np.float32), (y - y0)[..., None].astype(np.float32)
    left, right = np.clip(x0, 0, width - 1), np.clip(x0 + 1, 0, width - 1)
    upper, lower = np.clip(y0, 0, height - 1), np.clip(y0 + 1, 0, height - 1)
    top = picture[upper, left] * (1 - fx) + picture[upper, right] * fx
    bottom = picture[lower, left] * (1 - fx) + picture[lower, right] * fx
    return top * (1 - fy) + bottom * fy


def painted(raw: RawScan, *, target_points: int = TARGET_POINTS) -> RawScan:
    """The scan with the texture's colours on its points; the texture stays with its triangles.

    A mesh with a texture is first divided (each triangle into four) as long as it stays below ``target_points``: its colours live in
    the picture, not in its vertices. The surface stays the same, and the file's own points come first. Colours that vertices already
    have win over the texture. A texture without a picture says nothing more than the colours, and is dropped.
    """
    if raw.paint is None:
        return raw
    if raw.faces is None or not len(raw.faces):
        return replace(raw, paint=None)
    if raw.colours is None:
        while len(raw.points) + 1.5 * len(raw.faces) <= target_points:  # a closed mesh has 1.5 edges per triangle
            raw = _divided(raw)
        raw = replace(raw, colours=_colours_of_points(raw))
    return raw if raw.paint.pictures else replace(raw, paint=None)


def turned_over(paint: Paint | None) -> Paint | None:
    """The texture of a mesh whose triangles list their corners in the opposite order."""
    return None if paint is None else replace(paint, corner_uv=paint.corner_uv[:, ::-1])


def _colours_of_points(raw: RawScan) -> np.ndarray:
    """Mean over the corners that meet in a point: on a seam both sides of the texture have a say."""
    paint, faces = raw.paint, raw.faces
    corners = np.repeat(paint.flat[:, None, :].astype(np.float32), 3, axis=1)
    for index, picture in enumerate(paint.pictures):
        shown = paint.picture == index
        corners[shown] = sample(picture, paint.corner_uv[shown])
    uses = np.bincount(faces.ravel(), minlength=len(raw.points))
    sums = [np.bincount(faces.ravel(), weights=corners[..., channel].ravel(), minlength=len(raw.points)) for channel in range(3)]
    mean = np.stack(sums, axis=1) / np.maximum(uses, 1)[:, None]
    if (uses == 0).any():
        mean[uses == 0] = mean[uses > 0].mean(axis=0)
    return np.round(mean).astype(np.uint8)


def _divided(raw: RawScan) -> RawScan:
    """Each triangle cut into four at the middles of its edges; neighbours share the new points."""
    faces, paint = raw.faces, raw.paint
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    keys = edges[:, 0].astype(np.int64) * len(raw.points) + edges[:, 1]
    unique, middle = np.unique(keys, return_inverse=True)
    start, stop = unique // len(raw.points), unique % len(raw.points)
    middle = (middle.reshape(-1, 3) + len(raw.points)).astype(np.int32)
    changed: dict = {"points": np.concatenate([raw.points, (raw.points[start] + raw.points[stop]) / 2])}
    if raw.normals is not None:
        mean = raw.normals[start] + raw.normals[stop]
        mean /= np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12)
        changed["normals"] = np.concatenate([raw.normals, mean.astype(np.float32)])
    a, b, c = faces.T
    ab, bc, ca = middle.T
    changed["faces"] = np.stack([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]).transpose(2, 0, 1).reshape(-1, 3).astype(np.int32)
    uv = paint.corner_uv
    ua, ub, uc = uv[:, 0], uv[:, 1], uv[:, 2]
    uab, ubc, uca = (ua + ub) / 2, (ub + uc) / 2, (uc + ua) / 2
    quarters = [[ua, uab, uca], [uab, ub, ubc], [uca, ubc, uc], [uab, ubc, uca]]
    corner_uv = np.stack([np.stack(quarter, axis=1) for quarter in quarters], axis=1).reshape(-1, 3, 2)
    changed["paint"] = Paint(paint.pictures, np.repeat(paint.picture, 4), corner_uv, np.repeat(paint.flat, 4, axis=0))
    return replace(raw, **changed)
