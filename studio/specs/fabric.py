"""What a fabric is: measured mechanics in SI units (areal weight and thickness in the trade's), and how it looks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from studio.specs.base import Spec

Hex = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
Positive = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Percent = Annotated[float, Field(ge=0, le=100)]
#: A file beside the fabric's own, never in another folder.
PictureName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}\.(png|jpg|jpeg)$")]

Construction = Literal["plain", "twill", "satin", "single-jersey", "interlock", "rib", "fleece", "leather"]
Hand = Literal["soft", "medium", "stiff"]
KNITS = ("single-jersey", "interlock", "rib")
WOVENS = ("plain", "twill", "satin")

#: Standard gravity [m/s2]: in the definition of the bending length.
GRAVITY = 9.80665


class FabricMechanics(Spec):
    """How a fabric hangs and stretches. The warp of a knit is its wales' direction, the weft its courses'.

    areal_weight_g_m2: Mass per area.
    thickness_mm: Under a light load, as worn.
    bending_warp_n_m, bending_weft_n_m: Bending rigidity per width [N.m]. B = areal weight x g x bending length^3 (Peirce 1930).
    stretch_warp_n_m, stretch_weft_n_m: Membrane stiffness: force per width at full elongation [N/m], linear about the relaxed state.
    shear_n_m: Shear stiffness per width [N/m per radian].
    friction: Coefficient against itself and skin.
    drape_percent: Cusick drape coefficient of a 30 cm specimen on an 18 cm disc, where it was published.
    drape_band_percent: Lowest and highest drape coefficient published for cloths of that kind.
    drape_stiffness: Times the bending rigidity, what statics bends the cloth with, so that its simulated drape coefficient is the published
    one. Calibrated on 10 mm edges by ``python -m bench.drape_lab --calibrate``; 1 where nothing was published or the rigidity fits.
    wearable_stretch_percent: How far it may be stretched in wear.
    """

    areal_weight_g_m2: Annotated[float, Field(ge=15, le=1500)]
    thickness_mm: Annotated[float, Field(gt=0.02, le=10)]
    bending_warp_n_m: Annotated[float, Field(gt=1e-8, le=1e-2)]
    bending_weft_n_m: Annotated[float, Field(gt=1e-8, le=1e-2)]
    stretch_warp_n_m: Annotated[float, Field(ge=1, le=1e6)]
    stretch_weft_n_m: Annotated[float, Field(ge=1, le=1e6)]
    shear_n_m: Annotated[float, Field(ge=1, le=1e5)]
    friction: Annotated[float, Field(ge=0, le=2)]
    drape_percent: Percent | None = None
    drape_band_percent: tuple[Percent, Percent] | None = None
    drape_stiffness: Annotated[float, Field(ge=0.1, le=10)] = 1.0
    wearable_stretch_percent: Annotated[float, Field(gt=0, le=100)]

    @model_validator(mode="after")
    def _band(self) -> FabricMechanics:
        if self.drape_band_percent is not None and self.drape_band_percent[0] >= self.drape_band_percent[1]:
            raise ValueError("drape_band_percent gives the lower drape coefficient first, then the higher")
        return self

    @property
    def bending_length_cm(self) -> float:
        """Bending length c [cm], mean of warp and weft rigidity: c = (B / (areal weight x g))^(1/3)."""
        rigidity = (self.bending_warp_n_m + self.bending_weft_n_m) / 2
        return 100 * (rigidity / (self.areal_weight_g_m2 / 1000 * GRAVITY)) ** (1 / 3)


class Print(Spec):
    """A picture printed on the cloth; where it is transparent the cloth's own colour shows.

    file: A PNG or JPEG beside the fabric's file. repeat_cm: Width (along the weft) and height (along the warp) of one repeat.
    """

    file: PictureName
    repeat_cm: tuple[Annotated[float, Field(ge=0.2, le=300)], Annotated[float, Field(ge=0.2, le=300)]]


class FabricAppearance(Spec):
    """How a fabric looks.

    construction: How the yarns cross or loop: it decides the relief of the surface.
    yarn_pitch_mm: Distance between neighbouring warp yarns or wales, across; of fleece and leather between tufts or grains.
    course_pitch_mm: Distance between neighbouring weft yarns or courses, along; None is usual for the construction.
    twill: Over how many weft yarns a warp yarn floats, and under how many it goes. twill_direction: Where the diagonals rise to, seen from
    the right side of the cloth. Both say something of twills only.
    slub: Unevenness of the yarns, 0 to 1 (raw linen). nap: How far fibres cover the yarns, 0 to 1 (melton). melange: How far single fibres
    differ in lightness, 0 to 1 (grey marl 0.5).
    roughness: Of the microfacet lobe, 0 to 1. anisotropy: How far highlights are drawn out across the warp, 0 to 1. sheen: Strength of the
    fuzz's grazing light, 0 to 1. transmission: Share of light that passes.
    colour: Of the cloth as a whole, as sRGB hex, for example ``#e9e6df``. colourways: Further colours by name.
    weft_colour: Of the weft yarns where they differ (denim); the warp is then what makes the cloth's colour with it.
    """

    construction: Construction
    yarn_pitch_mm: Annotated[float, Field(gt=0.05, le=10)]
    course_pitch_mm: Annotated[float, Field(gt=0.05, le=10)] | None = None
    twill: Literal["2/1", "3/1", "2/2", "1/2", "1/3"] = "2/1"
    twill_direction: Literal["right", "left"] = "right"
    slub: Fraction = 0.0
    nap: Fraction = 0.0
    melange: Fraction = 0.0
    roughness: Fraction
    anisotropy: Fraction = 0.0
    sheen: Fraction
    transmission: Fraction = 0.0
    colour: Hex
    colourways: dict[str, Hex] = Field(default_factory=dict)
    weft_colour: Hex | None = None
    print: Print | None = None

    @model_validator(mode="after")
    def _weft(self) -> FabricAppearance:
        if self.weft_colour is not None and self.construction not in WOVENS:
            raise ValueError(f"weft_colour is said of woven cloth ({', '.join(WOVENS)}), and the construction is {self.construction}")
        return self

    @property
    def knit(self) -> bool:
        """Whether the yarns loop (and the cloth gives) rather than cross."""
        return self.construction in KNITS


class FabricSpec(Spec):
    """One fabric. ``measured`` names the properties that the source measured; all others are estimates, explained in ``estimates``.

    uncertainty: Of estimated properties, the factor f for which two of three such cloths lie between value / f and value x f.
    """

    title: str
    fibres: dict[str, Positive]
    mechanics: FabricMechanics
    appearance: FabricAppearance
    source: str
    measured: tuple[str, ...]
    estimates: str
    uncertainty: dict[str, Annotated[float, Field(gt=1, le=20)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> FabricSpec:
        if abs(sum(self.fibres.values()) - 100) > 0.5:
            raise ValueError(f"the fibres are {sum(self.fibres.values()):g} % in all, and should be 100")
        for key in ("measured", "uncertainty"):
            for name in getattr(self, key):
                if name not in FabricMechanics.model_fields:
                    raise ValueError(f"{key} names '{name}', which is no mechanical property")
        if "drape_stiffness" in self.measured:
            raise ValueError("drape_stiffness is calibrated, and measured names what the source measured")
        for name in self.measured:
            if getattr(self.mechanics, name) is None:
                raise ValueError(f"measured names '{name}', and the mechanics do not give it")
            if name in self.uncertainty:
                raise ValueError(f"'{name}' is measured, and uncertainty is of estimates")
        return self

    @property
    def estimated(self) -> tuple[str, ...]:
        """The mechanical properties that nobody measured; drape coefficients are published or left out."""
        return tuple(name for name in FabricMechanics.model_fields if name not in self.measured and not name.startswith("drape"))

    def colour(self, colourway: str | None) -> str:
        """The sRGB hex of a colourway, or the base colour. Raises KeyError for an unknown one."""
        return self.appearance.colour if colourway is None else self.appearance.colourways[colourway]


class FabricSketch(Spec):
    """A fabric of which only the label and the feel are known; `studio.garment.fabric_prior` estimates the rest.

    hand: How it feels among cloths of its weight. thickness_mm: Where somebody measured it.
    """

    title: str | None = None
    areal_weight_g_m2: Annotated[float, Field(ge=15, le=1500)]
    hand: Hand = "medium"
    construction: Construction
    colour: Hex
    colourways: dict[str, Hex] = Field(default_factory=dict)
    fibres: dict[str, Positive] | None = None
    thickness_mm: Annotated[float, Field(gt=0.02, le=10)] | None = None
    print: Print | None = None
