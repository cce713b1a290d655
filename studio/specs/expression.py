"""Expressions: what a face does, by the 52 facial actions of ARKit that the open body knows, ``rigs/expressions/<name>.toml``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from studio import library
from studio.errors import did_you_mean
from studio.specs.base import Spec, load_spec

#: Actions of the left side, which the right side has as well.
_PAIRED = (
    "browDown", "browOuterUp", "cheekSquint", "eyeBlink", "eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide",
    "mouthDimple", "mouthFrown", "mouthLowerDown", "mouthPress", "mouthSmile", "mouthStretch", "mouthUpperUp", "noseSneer",
)  # fmt: skip
#: Names by Apple, ARFaceAnchor.BlendShapeLocation.
ACTIONS = (
    *(f"{name}{side}" for name in _PAIRED for side in ("Left", "Right")), "browInnerUp", "cheekPuff", "jawForward", "jawLeft", "jawOpen",
    "jawRight", "mouthClose", "mouthFunnel", "mouthLeft", "mouthPucker", "mouthRight", "mouthRollLower", "mouthRollUpper",
    "mouthShrugLower", "mouthShrugUpper", "tongueOut",
)  # fmt: skip


class ExpressionSpec(Spec):
    """actions: How much of each facial action, 0 none to 1 all; what is not named rests."""

    description: str = ""
    actions: dict[str, Annotated[float, Field(ge=0.0, le=1.0)]] = Field(default_factory=dict)

    @field_validator("actions")
    @classmethod
    def _known(cls, actions: dict[str, float]) -> dict[str, float]:
        for name in actions:
            if name not in ACTIONS:
                raise ValueError(f"there is no facial action '{name}': {did_you_mean(name, ACTIONS)}")
        return actions


def expression_names() -> list[str]:
    """Names of the authored expressions, sorted."""
    return library.names("rigs", "expressions")


def load_expression(name: str) -> ExpressionSpec:
    """An authored expression by its name, or a file by its path. Raises StudioError for unknown names and invalid files."""
    if name.endswith(".toml"):
        return load_spec(ExpressionSpec, Path(name))
    return load_spec(ExpressionSpec, library.find(name, "rigs", "expressions", what="expression"))
