"""Results of measuring a body: one value with its definition and its uncertainty, and the table of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from studio.errors import StudioError, did_you_mean

#: Clauses of ISO 8559-1:2017, for the measures whose clause could be confirmed from its table of contents or from public measurement
#: guides that quote its names and numbers (two of them for the underbust girth, which a third gives as 5.3.6). A measure that is not
#: listed has no clause there, or none that could be confirmed. ``ankle_girth`` is the standard's minimum leg girth, ``high_hip_girth``
#: its top hip girth, ``sleeve_length`` its outer arm length.
CLAUSES = {
    "stature": "5.1.1", "waist_height": "5.1.10", "inside_leg": "5.1.15", "head_girth": "5.3.1", "neck_girth": "5.3.2",
    "neck_base_girth": "5.3.3", "bust_girth": "5.3.4", "underbust_girth": "5.3.8", "waist_girth": "5.3.10", "high_hip_girth": "5.3.12",
    "hip_girth": "5.3.13", "upper_arm_girth": "5.3.16", "wrist_girth": "5.3.19", "thigh_girth": "5.3.20", "mid_thigh_girth": "5.3.21",
    "knee_girth": "5.3.22", "calf_girth": "5.3.24", "ankle_girth": "5.3.25", "shoulder_length": "5.4.1", "shoulder_width": "5.4.3",
    "back_waist_length": "5.4.5", "scye_depth": "5.4.6", "neck_to_bust_point": "5.4.10", "back_neck_to_wrist": "5.4.17",
    "crotch_length": "5.4.18", "sleeve_length": "5.7.8",
}  # fmt: skip


@dataclass(frozen=True)
class Measure:
    """One body measure.

    name: What it is, for example ``bust_girth``.
    value_m: The value [m].
    clause: Clause of ISO 8559-1:2017 that defines it; empty where the standard has none or the clause could not be confirmed.
    uncertainty_m: Half the width of the interval the value should lie in when another careful measurer repeats it [m].
    """

    name: str
    value_m: float
    clause: str
    uncertainty_m: float

    @property
    def cm(self) -> float:
        """The value in centimetres, for people and for patterns."""
        return self.value_m * 100


@dataclass(frozen=True)
class Measures:
    """A body's measures by name, in the order they were taken."""

    by_name: Mapping[str, Measure]

    @classmethod
    def of(cls, *measures: Measure) -> Measures:
        """The table of the given measures."""
        return cls(MappingProxyType({measure.name: measure for measure in measures}))

    def __getitem__(self, name: str) -> Measure:
        if name not in self.by_name:
            raise StudioError(f"The body has no measure '{name}': {did_you_mean(name, self.by_name)}")
        return self.by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    def __iter__(self) -> Iterator[Measure]:
        return iter(self.by_name.values())

    def __len__(self) -> int:
        return len(self.by_name)

    def cm(self, name: str) -> float:
        """A value in centimetres. Raises StudioError with the closest name for an unknown one."""
        return self[name].cm
