"""The unit of a garment's file: as the person says, as the format says, or the one in which it has the size of such a thing."""

from __future__ import annotations

import numpy as np

from studio.errors import StudioError
from studio.frames import METRES_PER_UNIT

#: Longest extent of a thing by its kind [m]. Garments: from a bandeau to a gown with a train; shoes: a child's, or a pair of boots beside
#: each other; hats: a beret to a sun hat.
EXTENT_M = {"garment": (0.21, 2.6), "shoe": (0.09, 0.75), "hat": (0.12, 0.8)}
#: Tried in this order where nothing is said: the units of Blender and glTF, CLO, Marvelous Designer, MakeHuman, and what is left.
_TRIED = ("m", "cm", "mm", "dm", "in", "ft")


def unit_of(points: np.ndarray, *, kind: str, said: str | None, prescribed: float | None, name: str) -> tuple[str, tuple[str, ...]]:
    """The unit, and what is to be remarked. points: Those that are used, shape (N, 3). prescribed: Metres, by the format.

    Raises StudioError where no unit gives a size that such a thing can have.
    """
    extent = float(np.ptp(points, axis=0).max())
    low, high = EXTENT_M[kind]
    if said is not None:
        if not low <= extent * METRES_PER_UNIT[said] <= high:
            raise StudioError(
                f"{name} is {extent:.4g} {said} long, and a {kind} is {low:g} to {high:g} m: give its true unit with --unit, or its --kind."
            )
        return said, ()
    fitting = [unit for unit in _TRIED if low <= extent * METRES_PER_UNIT[unit] <= high]
    usual = next((unit for unit, metres in METRES_PER_UNIT.items() if metres == prescribed), None)
    if usual in fitting:
        return usual, ()
    if not fitting:
        raise StudioError(f"{name} is {extent:.4g} units long, and no unit makes that a {kind}: say what it is with --kind, or scale it.")
    others = f" (or {', '.join(fitting[1:])}: say it with --unit)" if len(fitting) > 1 else ""
    why = (
        f"It is {extent:.4g} units long"
        if usual is None
        else f"Its format counts in {usual}, in which it would be {extent:.4g} {usual} long"
    )
    return fitting[0], (f"{why}; it was taken to be in {fitting[0]}{others}.",)
