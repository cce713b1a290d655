"""Files that lay all their panels in one place, as programs do that only draw: fronts, backs and sides are told by names then."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from studio.garment.formats.laid import Laid, rotation_from_deg

#: Panels that lie this near to one another, all turned alike, have not been laid round a body [cm].
_ONE_PLACE_CM = 1.0

#: How far before and behind the middle they are laid here, and from it where a name says left or right [cm]. Only the signs matter.
_DEPTH_CM, _ASIDE_CM = 20.0, 1.0

_BACK, _LEFT, _RIGHT = (
    re.compile(rf"{word}|(^|[^a-z]){word[0]}([^a-z]|$)", re.IGNORECASE) for word in ("back", "left", "right")
)  # whole words anywhere, their first letters alone


_REMARK = "The file lays all panels in one place, so their names decide which are backs and which are left or right; others are fronts."


def spread(laid: Sequence[Laid]) -> tuple[Sequence[Laid], str | None]:
    """The panels as they are, or laid by their names where the file lays them all in one place, and what to remark then."""
    first = laid[0]
    alike = all(
        np.abs(panel.translation - first.translation).max() < _ONE_PLACE_CM and np.allclose(panel.rotation, first.rotation)
        for panel in laid
    )
    if len(laid) == 1 or not alike:
        return laid, None
    return [_by_name(panel) for panel in laid], _REMARK


def _by_name(panel: Laid) -> Laid:
    back = bool(_BACK.search(panel.name))
    depth = -_DEPTH_CM if back else _DEPTH_CM
    turned = replace(panel, rotation=rotation_from_deg((0.0, 180.0 if back else 0.0, 0.0)), translation=np.array([0.0, 0.0, depth]))
    for hand, pattern in ((1.0, _LEFT), (-1.0, _RIGHT)):
        inner = float((hand * turned.world[:, 0]).min())
        if pattern.search(panel.name) and inner < 0:
            return replace(turned, translation=np.array([hand * (_ASIDE_CM - inner), 0.0, depth]))
    return turned
