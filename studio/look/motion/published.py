"""The outfit of a published look, taken up where it hangs: nothing is drafted, sewn or fitted again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.errors import StudioError
from studio.garment.catalog import Wear
from studio.garment.imported import load_imported
from studio.look.cloth import Cloth
from studio.look.cut import cut_of
from studio.look.dress import Piece, Worn
from studio.look.finish import RenderMesh, Subdivision
from studio.look.follow import Follower, Statics
from studio.look.sew import Sewn
from studio.look.sheet import load_sheet
from studio.look.solver import Settled
from studio.look.wearing.outfit import FinishedPiece, Stance, finished_piece, stand_in
from studio.progress import Report, silent
from studio.specs.fabric import FabricMechanics, FabricSpec
from studio.store import Asset
from studio.store.store import Store

if TYPE_CHECKING:
    from studio.body.model import BodyModel, BodyParameters


@dataclass(frozen=True, eq=False)
class PublishedOutfit:
    """A look and all that goes on with it.

    look, twin: Published. model: The body model. parameters, offsets: The twin's own. stance: The body as it stands in the look.
    wear: What each garment was asked for as. pieces: The garments. worn: Those that were sewn, as they hang; None for finished ones.
    followers: What takes those along. landmarks: Of the standing body [m].
    """

    look: Asset
    twin: Asset
    model: BodyModel
    parameters: BodyParameters
    offsets: np.ndarray
    stance: Stance
    wear: tuple[Wear, ...]
    pieces: tuple[Piece | FinishedPiece, ...]
    worn: tuple[Worn | None, ...]
    followers: tuple[Follower | None, ...]
    landmarks: Mapping[str, np.ndarray]

    @property
    def owner(self) -> np.ndarray:
        """The joint that moves each vertex most, shape (V,)."""
        return self.model.weights.argmax(axis=1)

    @property
    def skin_faces(self) -> np.ndarray:
        """The faces that are skin, shape (F, 3)."""
        from studio.look.figure import skin_faces

        return skin_faces(self.model)

    def standing(self, posed: BodyParameters) -> Stance:
        """The body in another pose, in its shoes if it wears any."""
        return stand_in(self.model, posed, self.pieces, offsets=self.offsets)


def check_can_move(look: Asset) -> None:
    """Refuse a look that nothing can go on from: raises StudioError where it failed, or its cloth was not simulated by statics."""
    if not look.passed:
        raise StudioError(f"{look.ref} failed its gates, and no other pose would mend it: dress the twin again; 'studio show {look.ref}'.")
    for index, facts in enumerate(look.facts["garments"]):
        if not _is_finished(facts) and f"sheet-{index}.npz" not in look.manifest.files:
            raise StudioError(
                f"{look.ref} was draped by Blender's cloth, which leaves no equilibrium to go on from ('{facts['garment']}' has no sheet): "
                "dress the twin again with --solver statics."
            )


def load_outfit(store: Store, look: Asset, *, report: Report = silent) -> PublishedOutfit:
    """Take up a look. Raises StudioError for one that `check_can_move` refuses, and for one on another body model."""
    from studio.body.model import BodyParameters, load_body
    from studio.look.figure import dressing_landmarks

    check_can_move(look)
    model = load_body(report=report)
    if look.facts["body"]["digest"] != model.digest:
        raise StudioError(f"{look.ref} was made on another build of the body '{look.facts['body']['name']}'; dress the twin again.")
    twin = store.resolve(look.facts["twin"])
    own, body = twin.arrays("twin.npz"), look.arrays("body.npz")
    parameters, offsets = BodyParameters.from_arrays(own), np.asarray(own["offsets"], dtype=np.float32)
    wear = tuple(Wear(**item) for item in look.manifest.spec["wear"])
    fabrics = [FabricSpec.model_validate(each).mechanics for each in look.manifest.spec["fabrics"]]
    pieces, worn, followers = [], [], []
    for index, item in enumerate(wear):
        facts = look.facts["garments"][index]
        if _is_finished(facts):
            imported = load_imported(store, item.asset or "")
            pieces.append(finished_piece(item.garment, imported.asset, imported.size(item.size), fabrics[index]))
            worn.append(None)
            followers.append(None)
            continue
        taken, follower = _taken_up(look, index, fabrics[index], fabrics[-1])
        pieces.append(taken.piece)
        worn.append(taken)
        followers.append(follower)
    stance = Stance(BodyParameters.from_arrays(body), np.asarray(body["offsets"], dtype=np.float32), {}, {}, {})
    landmarks = dressing_landmarks(model, parameters, offsets=offsets)
    return PublishedOutfit(
        look, twin, model, parameters, offsets, stance, wear, tuple(pieces), tuple(worn), tuple(followers), landmarks
    )  # fmt: skip


def _is_finished(facts: Mapping[str, Any]) -> bool:
    return "kind" in facts


def _taken_up(look: Asset, index: int, fabric: FabricMechanics, rib: FabricMechanics) -> tuple[Worn, Follower]:
    """A sewn garment as its look keeps it."""
    sheet, render, facts = load_sheet(look, index, fabric, rib), look.arrays(f"garment-{index}.npz"), look.facts["garments"][index]
    piece, names = Piece(facts["garment"], sheet.pattern, fabric, rib), tuple(facts["panels"])
    count, flat_m = len(sheet.vertices), sheet.flat_cm / 100
    cloth = Cloth(count, sheet.faces, flat_m, sheet.panel, names, np.zeros((0, 2), np.int64), np.zeros(0))
    cut = cut_of(cloth, sheet.pattern, sheet.grain_m, fabric=fabric, rib=rib, ribs=piece.ribs)
    sewn_m = render["rest_cm"].astype(np.float64) / 100
    mesh = RenderMesh(
        vertices=render["vertices"].astype(np.float64), faces=render["faces"].astype(np.int64), flat_m=Subdivision.corners(flat_m),
        panel=render["panel"].astype(np.int64), sewn_m=sewn_m,
    )  # fmt: skip
    sewn = Sewn(cloth, sewn_m[:count], np.arange(count), look.facts["gates"]["seam_gap_max_mm"] / 1000, 0)
    settled = Settled(sheet.vertices, sheet.vertices[None], 0.0, 0.0, 0)
    sleeves = any(each.placement.region.endswith("arm") for each in sheet.pattern.panels)
    return Worn(piece, mesh, names, sewn, settled, Statics().allowed(cut, sleeves=sleeves), {}), Follower.of(cloth, cut)
