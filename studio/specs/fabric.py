"""What a fabric is: measured mechanics in SI units (areal weight and thickness in the trade's), and how it looks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from studio.specs.base import Spec

Hex = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
Positive = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]

#: Standard gravity [m/s2]: in the definition of the bending length.
GRAVITY = 9.80665


class FabricMechanics(Spec):
    """How a fabric hangs and stretches.

    areal_weight_g_m2: Mass per area.
    thickness_mm: Under a light load, as worn.
    bending_warp_n_m, bending_weft_n_m: Bending rigidity per width [N.m]. B = areal weight x g x bending length^3 (Peirce 1930).
    stretch_warp_n_m, stretch_weft_n_m: Membrane stiffness: force per width at full elongation [N/m], linear about the relaxed state.
    shear_n_m: Shear stiffness per width [N/m per radian].
    friction: Coefficient against itself and skin.
    drape_percent: Cusick drape coefficient of a 30 cm specimen on an 18 cm disc, where it was published.
    """

    areal_weight_g_m2: Annotated[float, Field(ge=15, le=1500)]
    thickness_mm: Annotated[float, Field(gt=0.02, le=10)]
    bending_warp_n_m: Annotated[float, Field(gt=1e-8, le=1e-2)]
    bending_weft_n_m: Annotated[float, Field(gt=1e-8, le=1e-2)]
    stretch_warp_n_m: Annotated[float, Field(ge=1, le=1e6)]
    stretch_weft_n_m: Annotated[float, Field(ge=1, le=1e6)]
    shear_n_m: Annotated[float, Field(ge=1, le=1e5)]
    friction: Annotated[float, Field(ge=0, le=2)]
    drape_percent: Annotated[float, Field(ge=0, le=100)] | None = None
    wearable_stretch_percent: Annotated[float, Field(gt=0, le=100)]

    @property
    def bending_length_cm(self) -> float:
        """Bending length c [cm], mean of warp and weft rigidity: c = (B / (areal weight x g))^(1/3)."""
        rigidity = (self.bending_warp_n_m + self.bending_weft_n_m) / 2
        return 100 * (rigidity / (self.areal_weight_g_m2 / 1000 * GRAVITY)) ** (1 / 3)


class FabricAppearance(Spec):
    """How a fabric looks.

    construction: How the yarns cross: it decides the pattern of the surface.
    yarn_pitch_mm: Distance between neighbouring yarns or wales, across.
    roughness: Of the microfacet lobe, 0 to 1. sheen: Strength of the fuzz's grazing light, 0 to 1.
    colour: Base colour as sRGB hex, for example ``#e9e6df``. colourways: Further colours by name.
    """

    construction: Literal["single-jersey", "interlock", "rib", "plain", "twill", "satin"]
    yarn_pitch_mm: Annotated[float, Field(gt=0.05, le=10)]
    roughness: Fraction
    sheen: Fraction
    transmission: Fraction = 0.0
    colour: Hex
    colourways: dict[str, Hex] = Field(default_factory=dict)

    @property
    def knit(self) -> bool:
        """Whether the yarns loop (and the cloth gives) rather than cross."""
        return self.construction in ("single-jersey", "interlock", "rib")


class FabricSpec(Spec):
    """One fabric. ``measured`` names the properties that the source measured; all others are estimates, explained in ``estimates``."""

    title: str
    fibres: dict[str, Positive]
    mechanics: FabricMechanics
    appearance: FabricAppearance
    source: str
    measured: tuple[str, ...]
    estimates: str

    @model_validator(mode="after")
    def _consistent(self) -> FabricSpec:
        if abs(sum(self.fibres.values()) - 100) > 0.5:
            raise ValueError(f"the fibres are {sum(self.fibres.values()):g} % in all, and should be 100")
        for name in self.measured:
            if name not in FabricMechanics.model_fields:
                raise ValueError(f"measured names '{name}', which is no mechanical property")
        return self

    def colour(self, colourway: str | None) -> str:
        """The sRGB hex of a colourway, or the base colour. Raises KeyError for an unknown one."""
        return self.appearance.colour if colourway is None else self.appearance.colourways[colourway]
