"""An animation at a glance: a strip of its frames as PNG, or all of them as a moving GIF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.errors import StudioError, did_you_mean
from studio.mesh.closest import Surface
from studio.mesh.picture import mesh_layer, on_ground, shaded
from studio.mesh.view import View, frame
from studio.progress import Report, silent
from studio.store import Asset

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (".png", ".gif")
#: Frames in a strip at most, and its height and that of a moving picture [pixels].
_IN_STRIP, _STRIP_PX, _MOVING_PX = 12, 480, 400
#: Seen from the front and a little from the left: arms and legs do not hide each other.
_AZIMUTH_DEG = 40.0
_GROUND, _FLOOR = (244, 243, 241), (196, 194, 190)
#: Colour of the body (sRGB).
SKIN = (214, 178, 154)


def write_preview(animation: Asset, file: Path, *, report: Report = silent) -> Path:
    """Write a preview of a published animation; its suffix says which: ``.png`` a strip of at most 12 frames, ``.gif`` all of them.

    All frames are to one scale, on one floor, the body in the middle. Raises StudioError for another suffix and for a missing folder.
    """
    check_preview(file)
    scenes = _Scenes.of(animation)
    count = len(scenes.body)
    numbers = (
        range(count) if file.suffix.lower() == ".gif" else sorted({round(k) for k in np.linspace(0, count - 1, min(count, _IN_STRIP))})
    )
    height = _MOVING_PX if file.suffix.lower() == ".gif" else _STRIP_PX
    views = scenes.views(list(numbers), height)
    pictures = []
    for number, view in zip(numbers, views, strict=True):
        report(f"drawing frame {number + 1}", len(pictures) / len(views))
        pictures.append(scenes.picture(number, view))
    _save(pictures, file, fps=float(animation.facts["fps"]))
    return file


def check_preview(file: Path) -> None:
    """Refuse a file that cannot be written as a preview. Raises StudioError."""
    if file.suffix.lower() not in SUFFIXES:
        raise StudioError(f"A preview is not written as '{file.suffix or file.name}': {did_you_mean(file.suffix.lower(), SUFFIXES)}")
    if not file.parent.is_dir():
        raise StudioError(f"There is no folder {file.parent}: make it first, or name another place for {file.name}.")


def _save(pictures: Sequence[np.ndarray], file: Path, *, fps: float) -> None:
    from PIL import Image

    if file.suffix.lower() == ".png":
        Image.fromarray(np.concatenate(pictures, axis=1)).save(file)
        return
    images: list[Image] = [Image.fromarray(picture) for picture in pictures]
    images[0].save(file, save_all=True, append_images=images[1:], duration=1000 / fps, loop=0)


class _Scenes:
    """What each frame shows."""

    def __init__(self, body: np.ndarray, faces: np.ndarray, garments: list[tuple[np.ndarray, np.ndarray, tuple[int, int, int]]]) -> None:
        """body: Its vertices in all frames [m], (T, V, 3). garments: Vertices in all frames, faces, and colour."""
        self.body, self._garments = body, garments
        starts = np.cumsum([body.shape[1], *(vertices.shape[1] for vertices, _, _ in garments[:-1])]) if garments else []
        self._faces = np.concatenate([faces, *(each[1] + start for each, start in zip(garments, starts, strict=True))])
        paint = [np.tile(SKIN, (body.shape[1], 1)), *(np.tile(colour, (vertices.shape[1], 1)) for vertices, _, colour in garments)]
        self._colours = np.concatenate(paint).astype(np.uint8)

    @classmethod
    def of(cls, animation: Asset) -> _Scenes:
        """A published animation."""
        body = animation.arrays("body.npz")
        garments = []
        for index, facts in enumerate(animation.facts["garments"]):
            arrays = animation.arrays(f"garment-{index}.npz")
            garments.append((arrays["vertices"].astype(np.float64), arrays["faces"].astype(np.int64), garment_colour(facts)))
        return cls(body["vertices"].astype(np.float64), body["faces"].astype(np.int64), garments)

    def views(self, numbers: Sequence[int], height_px: int) -> list[View]:
        """One view of each frame: all of one size and scale, the floor at one height, the body's middle in the middle."""
        middles = np.array([[*self._points(number)[:, :2].mean(axis=0), 0.0] for number in numbers])
        everything = np.concatenate([self._points(number) - middle for number, middle in zip(numbers, middles, strict=True)])
        view = frame([everything], height_px=height_px, azimuths_deg=(_AZIMUTH_DEG,))[0]
        return [View(view.azimuth_deg, view.centre + middle, view.pixel_m, view.size_px) for middle in middles]

    def picture(self, number: int, view: View) -> np.ndarray:
        """One frame, sRGB, (H, W, 3), uint8, with a line where the floor is."""
        drawn = on_ground(shaded(mesh_layer(view, Surface(self._points(number), self._faces), colours=self._colours)), _GROUND)
        row = round(float(view.project(np.array([[*view.centre[:2], 0.0]]))[0, 1]))
        bare = (drawn[min(row, len(drawn) - 1)] == np.array(_GROUND, np.uint8)).all(axis=-1)
        drawn[min(row, len(drawn) - 1), bare] = _FLOOR
        return drawn

    def _points(self, number: int) -> np.ndarray:
        return np.concatenate([self.body[number], *(vertices[number] for vertices, _, _ in self._garments)])


def garment_colour(facts: dict[str, Any]) -> tuple[int, int, int]:
    """A garment's colour (sRGB): of its fabric, in the colourway that was asked for."""
    from studio.garment.catalog import load_fabric

    return tuple(bytes.fromhex(load_fabric(facts["fabric"]).colour(facts.get("colourway")).removeprefix("#")))
