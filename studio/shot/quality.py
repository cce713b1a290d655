"""What draft, proof and final cost. One place, so that nothing else knows numbers of samples."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from studio.errors import StudioError, did_you_mean


@dataclass(frozen=True)
class Quality:
    """A budget for Cycles.

    samples, min_samples, threshold: Of adaptive sampling; threshold is the noise that a pixel may keep. bounces: Of light.
    prefilter: How OIDN treats its albedo and normal passes; denoise: its model. long_side_px: Of the picture where no size is asked for.
    shadow_px: Points along one side of the map of the floor's shadow. strands: Share of the head's hair that is grown.
    """

    samples: int
    min_samples: int
    threshold: float
    bounces: int
    prefilter: str
    denoise: str
    long_side_px: int
    shadow_px: int
    strands: float

    def as_request(self) -> dict[str, Any]:
        """As plain data for a job."""
        return asdict(self)


#: Chosen on screen. `python -m bench render` measures the error that each leaves, and its seconds, against a reference.
QUALITIES = {
    "draft": Quality(16, 4, 0.10, 5, "FAST", "FAST", 650, 128, 0.5),
    "proof": Quality(32, 8, 0.04, 6, "ACCURATE", "BALANCED", 1300, 224, 1.0),
    "final": Quality(160, 16, 0.015, 8, "ACCURATE", "HIGH", 2600, 384, 1.0),
}


def quality_of(name: str) -> Quality:
    """The budget of that name. Raises StudioError for an unknown one."""
    if name not in QUALITIES:
        raise StudioError(f"There is no quality '{name}': {did_you_mean(name, QUALITIES)}")
    return QUALITIES[name]
