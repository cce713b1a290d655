"""A twin in memory: a person's shape on a body model, ready to be posed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from studio.body.model import BodyModel, BodyOutput, BodyParameters, forward, load_body
from studio.errors import StudioError
from studio.progress import Report, silent
from studio.specs.fit import Mode
from studio.store import Asset, Ref
from studio.store.store import Store

#: Files of a twin that has pictures of its skin: colour, relief, and how surely the scan showed it.
TEXTURE_ROLES = ("albedo.png", "normal.png", "confidence.png")


@dataclass(frozen=True)
class SkinPictures:
    """Files that show a twin's skin in the layout of the body's texture coordinates.

    albedo: Colour without light, sRGB. normal: Relief in tangent space, OpenGL's convention. confidence: How surely a scan showed it.
    face_covered: Share of the face that the scan showed.
    """

    albedo: Path
    normal: Path
    confidence: Path
    face_covered: float


def skin_pictures(asset: Asset) -> SkinPictures | None:
    """The pictures of a twin's skin, where it has some."""
    texture = asset.facts.get("texture")
    if texture is None:
        return None
    return SkinPictures(*(asset.path(role) for role in TEXTURE_ROLES), face_covered=float(texture["face_covered_share"]))


@dataclass(frozen=True, eq=False)
class Twin:
    """A person on a body model, SMPL-X frame (metres, y up, facing +z).

    parameters: Shape, and the pose that the person was scanned in. offsets: Displacements of the shaped rest body [m], (V, 3), float32.
    scan_offsets: What comes on top in the scan's pose alone, (V, 3), float32 (see `studio.twin.bending`).
    mode: How it was fitted; ``created`` where it was made from measurements. appearance: Name of a preset in ``rigs/appearance``, or the
    keys of an ``AppearanceSpec``. subject: Whose it is; ``synthetic`` for nobody.
    melanin: Skin tone read from the scan, 0 to 1; None where the scan had no colours. pictures: Of its skin, or None.
    """

    ref: Ref
    model: BodyModel
    parameters: BodyParameters
    offsets: np.ndarray
    scan_offsets: np.ndarray
    mode: Mode | Literal["created"]
    appearance: str | Mapping[str, Any]
    subject: str
    melanin: float | None
    pictures: SkinPictures | None = None

    def posed(self, pose: BodyParameters | None = None) -> BodyOutput:
        """The twin in a pose: the joints' rotations and the translation are taken from ``pose``, the shape is always the twin's own.

        None is the pose of the scan, where the twin lies on the scan's points.
        """
        if pose is None or pose is self.parameters:
            return forward(self.model, self.parameters, offsets=self.offsets + self.scan_offsets)
        return forward(self.model, self.in_pose(pose), offsets=self.offsets)

    def in_pose(self, pose: BodyParameters) -> BodyParameters:
        """The twin's shape with the pose, the translation and the expression of ``pose``."""
        return pose.replace(betas=self.parameters.betas)

    def standing(self, name: str) -> BodyParameters:
        """The twin in an authored pose, standing on the floor, arms kept out of its sides. Raises StudioError for an unknown pose."""
        from studio.body.ground import pose_body
        from studio.body.poses import load_pose

        return pose_body(self.model, self.parameters, load_pose(name), offsets=self.offsets)


def load_twin(store: Store, ref: Ref | str, *, report: Report = silent) -> Twin:
    """The twin of that reference with its body model. Raises StudioError where there is none, or its body model has changed since."""
    asset = store.resolve(Ref.parse(ref, kind="twin") if isinstance(ref, str) else ref)
    facts, arrays = asset.facts, asset.arrays("twin.npz")
    kind, _, gender = str(facts["body"]).partition("-")
    model = load_body(kind, gender=gender or "neutral", report=report)
    if model.digest != facts["body_digest"]:
        raise StudioError(
            f"{asset.ref} was made on another version of the body model '{facts['body']}' than is installed: "
            + (f"fit {facts['scan']} again." if facts["scan"] else "create it again.")
        )
    return Twin(
        ref=asset.ref,
        model=model,
        parameters=BodyParameters.from_arrays(arrays),
        offsets=np.asarray(arrays["offsets"], dtype=np.float32),
        scan_offsets=np.asarray(arrays.get("scan_offsets", np.zeros_like(arrays["offsets"])), dtype=np.float32),  # of a scan alone
        mode=facts["mode"],
        appearance=facts["appearance"],
        subject=facts["subject"],
        melanin=facts["skin_melanin"],
        pictures=skin_pictures(asset),
    )
