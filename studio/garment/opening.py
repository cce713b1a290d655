"""Front openings: where the buttons of a front lie. A front that is worn closed is drafted to the centre, where both sides meet.

The button stand lies beyond the centre on both sides, one over the other, and the buttons on the centre line. The pattern sews the centre
lines together, which is how the garment is worn; the stand and the buttons are notes for the pattern maker.
"""

from __future__ import annotations

#: Distance of the top button from the neck seam, least distance of the last from the hem, and the usual distance of two buttons [cm].
_FIRST, _ABOVE_HEM, _SPACING = 6.5, 9.0, 9.0


def button_notes(*, centre_cm: float, bust_cm: float, stand_cm: float) -> list[tuple[str, float]]:
    """Notes on a buttoned front: its stand, and each button's distance from the neck seam along the centre.

    centre_cm: Length of the centre front from the neck seam to the hem. bust_cm: Distance of the bust line from the neck seam: one button
    lies on it, where a front gapes first.
    """
    between = max(1, round((bust_cm - _FIRST) / _SPACING))
    spacing = (bust_cm - _FIRST) / between if bust_cm > _FIRST + 0.5 * _SPACING else _SPACING
    places = [_FIRST]
    while places[-1] + spacing <= centre_cm - _ABOVE_HEM:
        places.append(places[-1] + spacing)
    return [("button_stand", stand_cm), *((f"button_{k}", place) for k, place in enumerate(places, start=1))]
