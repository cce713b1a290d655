"""Texels beside the skin: filled outwards, so that filters and smaller copies of a texture do not bring the background in."""

from __future__ import annotations

import numpy as np

#: Rings of texels that take their neighbours' mean before coarser copies fill the rest: what a bilinear filter reaches.
_RINGS = 2
_NEIGHBOURS = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dy, dx) != (0, 0)]


def fill_margins(picture: np.ndarray, painted: np.ndarray) -> None:
    """Fill in place what is not painted: two rings exactly, the rest by ever coarser copies (push-pull, Gortler et al. 1996).

    picture: Shape (S, S, C), uint8. painted: Shape (S, S), bool; it is True everywhere afterwards.
    """
    for _ in range(_RINGS):
        _grow(picture, painted)
    _push_pull(picture, painted)
    painted[:] = True


def _grow(picture: np.ndarray, painted: np.ndarray) -> None:
    """One ring of texels gets the mean of its painted neighbours."""
    height, width = painted.shape
    touched = np.zeros_like(painted)
    for dy, dx in _NEIGHBOURS:
        touched[max(dy, 0) : height + min(dy, 0), max(dx, 0) : width + min(dx, 0)] |= painted[
            max(-dy, 0) : height + min(-dy, 0), max(-dx, 0) : width + min(-dx, 0)
        ]
    rows, columns = np.nonzero(touched & ~painted)
    total, count = np.zeros((len(rows), picture.shape[2]), np.float32), np.zeros(len(rows), np.float32)
    for dy, dx in _NEIGHBOURS:
        y, x = rows + dy, columns + dx
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        y, x = np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)
        good = inside & painted[y, x]
        total += picture[y, x] * good[:, None]
        count += good
    picture[rows, columns] = np.rint(total / count[:, None]).astype(np.uint8)
    painted[rows, columns] = True


def _push_pull(picture: np.ndarray, painted: np.ndarray) -> None:
    if painted.all() or not painted.any() or min(painted.shape) < 2:
        return
    height, width = (painted.shape[0] + 1) // 2, (painted.shape[1] + 1) // 2
    smaller, known = np.empty((height, width, picture.shape[2]), np.uint8), np.empty((height, width), bool)
    strip = max(2, (1 << 24) // max(painted.shape[1], 1) // 2 * 2)  # sums of a large picture by strips of 200 MB
    for start in range(0, painted.shape[0], strip):
        rows = slice(start, min(start + strip, painted.shape[0]))
        total, count = _quarters(picture[rows], painted[rows])
        half = slice(start // 2, start // 2 + len(total))
        smaller[half] = np.rint(total / np.maximum(count, 1)[..., None]).astype(np.uint8)
        known[half] = count > 0
    _push_pull(smaller, known)
    rows, columns = np.nonzero(~painted)
    for part in np.array_split(np.arange(len(rows)), max(1, len(rows) >> 22)):
        picture[rows[part], columns[part]] = _between_four(smaller, rows[part], columns[part])


def _between_four(smaller: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Colours of a picture of half the size at places of the whole one: 9, 3, 3 and 1 sixteenths of the four nearest."""
    total = np.zeros((len(rows), smaller.shape[2]), np.uint16)
    for near_row, row_weight in ((True, 3), (False, 1)):
        for near_column, column_weight in ((True, 3), (False, 1)):
            y = rows // 2 + (0 if near_row else np.where(rows % 2, 1, -1))
            x = columns // 2 + (0 if near_column else np.where(columns % 2, 1, -1))
            y, x = np.clip(y, 0, smaller.shape[0] - 1), np.clip(x, 0, smaller.shape[1] - 1)
            total += smaller[y, x].astype(np.uint16) * (row_weight * column_weight)
    return ((total + 8) >> 4).astype(np.uint8)


def _quarters(picture: np.ndarray, painted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums of colours and counts over the painted ones of each four texels."""
    height, width = painted.shape
    even = ((height + 1) // 2, (width + 1) // 2)
    total, count = np.zeros((*even, picture.shape[2]), np.float32), np.zeros(even, np.float32)
    for dy in (0, 1):
        for dx in (0, 1):
            mask = painted[dy::2, dx::2]
            rows, columns = mask.shape
            total[:rows, :columns] += picture[dy::2, dx::2] * mask[..., None]
            count[:rows, :columns] += mask
    return total, count
