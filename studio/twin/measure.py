"""`twin measure`: the tape on a twin that stands in the A-pose."""

from __future__ import annotations

from studio.body.measure import measure_body
from studio.body.tape import Measures
from studio.frames import world_from_smplx
from studio.store import Ref
from studio.store.store import Store
from studio.twin.twin import Twin, load_twin


def measure_twin(store: Store, ref: Ref | str) -> Measures:
    """A twin's body measures by ISO 8559-1. Raises StudioError where there is no such twin."""
    return measures_of(load_twin(store, ref))


def measures_of(twin: Twin) -> Measures:
    """Body measures of a twin in memory."""
    from studio.body.ground import stand
    from studio.body.poses import apply_pose, load_pose

    pose = stand(twin.model, apply_pose(twin.model, twin.parameters, load_pose("a")), offsets=twin.offsets)
    body = twin.posed(pose)
    skin = twin.model.surface.is_part("skin") if twin.model.surface is not None else None
    faces = twin.model.faces if skin is None else twin.model.faces[skin[twin.model.faces].all(axis=1)]
    return measure_body(world_from_smplx(body.vertices), world_from_smplx(body.joints), faces)
