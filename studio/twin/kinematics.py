"""A body model as least squares sees it: one vector of unknowns in, positions and rows of the Jacobian out.

Derivatives are written out instead of recorded: with linear blend skinning, a rotation of joint k moves what hangs on it as a rigid
body, by ``omega x (x - joint_k)`` weighted by the skinning weights of k's subtree; shape directions are linear. A Gauss-Newton step then
costs a few matrix products. numpy, float64; the test holds it to the torch forward pass and to finite differences.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from studio.body.joints import INDEX, JOINTS, PARENTS
from studio.body.rotations import left_jacobians, to_matrix
from studio.mesh.normals import vertex_normals
from studio.twin.degrees import Degrees, degrees_of_freedom
from studio.twin.skin import Skin
from studio.twin.swellings import swellings
from studio.twin.unknowns import State, SurfacePoints, Unknowns

if TYPE_CHECKING:
    import scipy.sparse

    from studio.body.model import BodyModel, BodyParameters

J = len(JOINTS)
#: Joints at which skin may bend otherwise than the model has it: those of the body.
FLESH_JOINTS = range(1, INDEX["jaw"])
#: How much pose correctives differ from the model's, standard deviation as a share of them: none at all is not unusual. Measured on made-up
#: people who sit: with 1.0 seats come out 2 mm smaller.
FLESH_SD = 1.5


def _subtrees() -> np.ndarray:
    """``[j, k]`` is 1 where joint j hangs on joint k or is k, shape (55, 55)."""
    below = np.eye(J)
    for joint in range(J - 1, 0, -1):
        below[:, PARENTS[joint]] += below[:, joint]
    return below


SUBTREES = _subtrees()


class FitBody:
    """A body model prepared for a fit with ``betas`` shape coefficients (at most the model's), or some of its vertices."""

    def __init__(self, model: BodyModel, skin: Skin, *, betas: int) -> None:
        import scipy.sparse

        self.model = model
        self.skin = skin
        self.kept = np.arange(model.vertex_count)  # vertices of the model
        self.betas = min(betas, model.beta_count)
        self.template = model.template.astype(np.float64)
        self.weights = model.weights.astype(np.float64)
        self._sparse_weights = scipy.sparse.csr_array(self.weights)
        self._rest_normals = vertex_normals(self.template, skin.faces)
        self._shape_dirs = np.ascontiguousarray(model.shape_dirs[:, :, : self.betas].reshape(-1, self.betas), dtype=np.float64)
        self._light_shape_dirs = self._shape_dirs.astype(np.float32)  # for derivatives: centimetres, of which float32 keeps nanometres
        self._pose_dirs = model.pose_dirs.reshape(3 * len(self.template), -1)
        self._swellings = swellings(self.template, skin.faces, skin.outer, self.weights).reshape(3 * len(self.template), -1)
        regressor = model.joint_regressor.astype(np.float64)
        carriers = np.flatnonzero(regressor.any(axis=0))
        self._joint_template = regressor @ self.template
        dirs = model.shape_dirs[carriers, :, : self.betas].astype(np.float64)
        self._joint_dirs = np.einsum("jv,vkd->jkd", regressor[:, carriers], dirs, optimize=True)
        self.degrees: Degrees = degrees_of_freedom({side: self._thumb_axis(side) for side in ("left", "right")})

    def thinned(self, count: int, betas: int, rng: np.random.Generator, *, always: np.ndarray | None = None) -> FitBody:
        """The same body seen at ``count`` points of its outer skin only: a coarse fit needs no more, and is ten times as fast.

        always: Vertices that are kept besides, shape (L,); `where` finds them again.
        """
        kept = self.skin.sample(count, rng)
        return self.at(kept if always is None else np.union1d(kept, always), betas)

    def where(self, vertices: np.ndarray) -> np.ndarray:
        """Numbers in this thinned body of vertices that were kept, shape as given."""
        return np.searchsorted(self.kept, vertices)

    def frozen(self, state: State, mask: np.ndarray, count: int, rng: np.random.Generator) -> FitBody:
        """A part of the skin in the shape of a state, with nothing left to vary but the pose: no betas, no pose correctives.

        mask: Vertices of the part, shape (V,), bool; at most ``count`` of them are kept.
        """
        inside = np.flatnonzero(mask & self.skin.outer)
        share = self.skin.area[inside] / self.skin.area[inside].sum()
        kept = inside if count >= len(inside) else np.sort(rng.choice(inside, count, replace=False, p=share))
        part = self.at(kept, 0)
        part.template, part._joint_template = state.shaped[kept], state.rest_joints
        part._pose_dirs = part._pose_dirs[:, :0]
        return part

    def at(self, kept: np.ndarray, betas: int) -> FitBody:
        """The same body seen at some of its vertices (S,) alone."""
        rows = (3 * kept[:, None] + np.arange(3)).ravel()
        thin = copy.copy(self)
        thin.kept = kept
        thin.skin = self.skin.at(kept)
        thin.betas = min(betas, self.betas)
        thin.template, thin.weights, thin._rest_normals = self.template[kept], self.weights[kept], self._rest_normals[kept]
        thin._sparse_weights = self._sparse_weights[kept]
        thin._shape_dirs = np.ascontiguousarray(self._shape_dirs[rows, :betas])
        thin._light_shape_dirs = thin._shape_dirs.astype(np.float32)
        thin._pose_dirs = self._pose_dirs[rows]
        thin._swellings = self._swellings[rows]
        thin._joint_dirs = self._joint_dirs[:, :, :betas]
        return thin

    @property
    def vertex_count(self) -> int:
        """V."""
        return len(self.template)

    @property
    def shape_directions(self) -> np.ndarray:
        """Displacement of each rest vertex per unit of each beta [m], shape (V, 3, B)."""
        return self._shape_dirs.reshape(len(self.template), 3, -1)

    def start(self) -> Unknowns:
        """The mean body in the T-pose."""
        return Unknowns(np.zeros(3), np.zeros(len(self.degrees.names)), np.zeros(self.betas))

    def evaluate(self, unknowns: Unknowns) -> State:
        """Shape and pose the body."""
        pose = (self.degrees.pose_from_p @ unknowns.p).reshape(J, 3)
        local = to_matrix(pose)
        b = len(unknowns.betas)
        shaped = self.template + (self._shape_dirs[:, :b] @ unknowns.betas).reshape(-1, 3)
        rest_joints = self._joint_template + self._joint_dirs[:, :, :b] @ unknowns.betas
        if self._pose_dirs.shape[1]:
            features = (local[1:] - np.eye(3)).reshape(-1, 9)
            features[: len(unknowns.flesh)] *= 1 + FLESH_SD * unknowns.flesh[:, None]
            shaped = shaped + (self._pose_dirs @ features.ravel()[: self._pose_dirs.shape[1]].astype(np.float32)).reshape(-1, 3)
        if len(unknowns.swell):
            shaped = shaped + (self._swellings @ unknowns.swell).reshape(-1, 3)
        rotations, joints = np.empty_like(local), np.empty_like(rest_joints)
        for joint, parent in enumerate(PARENTS):
            if parent < 0:
                rotations[joint], joints[joint] = local[joint], rest_joints[joint]
                continue
            rotations[joint] = rotations[parent] @ local[joint]
            joints[joint] = joints[parent] + rotations[parent] @ (rest_joints[joint] - rest_joints[parent])
        shift = joints - np.einsum("jab,jb->ja", rotations, rest_joints)
        linear = (self.weights @ rotations.reshape(J, 9)).reshape(-1, 3, 3)
        vertices = (linear @ shaped[..., None])[..., 0] + self.weights @ shift + unknowns.transl
        if len(self.skin.faces):
            normals = vertex_normals(vertices, self.skin.faces)
        else:
            normals = np.einsum("vab,vb->va", linear, self._rest_normals)
            normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
        return State(unknowns, vertices, normals, shaped, linear, rotations, joints, rest_joints, shift)

    def corrective_change(self, unknowns: Unknowns, rotations: np.ndarray) -> np.ndarray:
        """How far pose correctives move each rest vertex in a pose from where they move it in another [m], shape (V,).

        rotations: Local ones of the other pose, (55, 3, 3).
        """
        local = to_matrix((self.degrees.pose_from_p @ unknowns.p).reshape(J, 3))
        features = (local[1:] - rotations[1:]).reshape(-1)[: self._pose_dirs.shape[1]]
        return np.linalg.norm((self._pose_dirs @ features.astype(np.float32)).reshape(-1, 3), axis=1)

    def loosened(self, unknowns: Unknowns) -> Unknowns:
        """The unknowns with what the model cannot know of a person, nothing of it so far."""
        return replace(unknowns, flesh=np.zeros(len(FLESH_JOINTS)), swell=np.zeros(self._swellings.shape[1]))

    def flesh(self, unknowns: Unknowns) -> np.ndarray:
        """What flesh does to the rest vertices in this pose and in no other [m], shape (V, 3)."""
        return (self._flesh_dirs(unknowns)[:, : len(unknowns.flesh)] @ unknowns.flesh).reshape(-1, 3)

    def swell(self, unknowns: Unknowns) -> np.ndarray:
        """What swellings do to the rest vertices [m], shape (V, 3)."""
        return (self._swellings[:, : len(unknowns.swell)] @ unknowns.swell).reshape(-1, 3)

    def _flesh_dirs(self, unknowns: Unknowns) -> np.ndarray:
        """What one standard deviation of flesh at each joint does to the rest vertices in this pose [m], shape (3 V, 21), float32."""
        local = to_matrix((self.degrees.pose_from_p @ unknowns.p).reshape(J, 3))
        features = FLESH_SD * (local[1:] - np.eye(3)).reshape(-1, 9).astype(np.float32)
        dirs = np.zeros((len(self._pose_dirs), len(FLESH_JOINTS)), dtype=np.float32)
        for column in range(min(len(FLESH_JOINTS), self._pose_dirs.shape[1] // 9)):
            dirs[:, column] = self._pose_dirs[:, 9 * column : 9 * column + 9] @ features[column]
        return dirs

    def displaced(self, state: State, offsets: np.ndarray) -> State:
        """The state with offsets on the rest vertices [m], shape (V, 3): joints and transforms stay."""
        vertices = state.vertices + (state.linear @ offsets[..., None])[..., 0]
        return replace(state, vertices=vertices, normals=vertex_normals(vertices, self.skin.faces), shaped=state.shaped + offsets)

    def rows(self, state: State, points: SurfacePoints, directions: np.ndarray, *, free: np.ndarray | None = None) -> np.ndarray:
        """Derivatives of the points' positions along given directions by the unknowns that are free.

        directions: World vectors, shape (S, 3). free: Which unknowns, shape (size,), bool; None for all.
        Returns shape (S, count of free ones). Pose correctives count as constant in the pose: they are small, and the next step sees them.
        """
        free = np.ones(state.unknowns.size, dtype=bool) if free is None else free
        shift, pose, betas, flesh, swell = state.unknowns.split(free)
        carrier = _carrier(points, self.vertex_count)
        parts = [directions[:, shift]]
        if pose.any():
            parts.append(self._pose_rows(state, carrier, directions, np.flatnonzero(pose)))
        if betas.any() or flesh.any() or swell.any():
            taken = self._taken(state, points, directions)
            if betas.any():
                parts.append(self._shape_rows(state, carrier, directions, taken, np.flatnonzero(betas)))
            if flesh.any():
                parts.append(taken @ self._flesh_dirs(state.unknowns)[:, flesh])
            if swell.any():
                parts.append(taken @ self._swellings[:, swell])
        return np.hstack(parts)

    def _pose_rows(self, state: State, carrier: scipy.sparse.csr_array, directions: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """By the degrees of freedom of those numbers: with ``omega`` at joint k, ``(omega x r) . d = omega . (r x d)``.

        r is what hangs on k, weighted: for each bone below k where it would take the point, from k on.
        """
        import scipy.sparse

        world = self._world_from_p(state)[:, columns]
        joints = np.flatnonzero(world.reshape(J, -1).any(axis=1))
        used = np.unique(carrier.indices)
        table = self._sparse_weights[used]
        vertex, bone = np.repeat(np.arange(len(used)), np.diff(table.indptr)), table.indices
        taken = (state.rotations[bone] @ state.shaped[used[vertex], :, None])[..., 0] + state.shift[bone]
        tree = SUBTREES[:, joints]
        carried = carrier[:, used]
        hung = (table @ tree)[:, :, None] * state.joints[joints]
        below = np.empty((3, len(directions), len(joints)))
        for axis in range(3):
            moved = scipy.sparse.csr_array((table.data * taken[:, axis], bone, table.indptr), shape=table.shape)
            below[axis] = carried @ (moved @ tree - hung[:, :, axis])
        dx, dy, dz = directions.T[:, :, None]
        torque = np.empty((len(directions), len(joints), 3))
        torque[..., 0] = below[1] * dz - below[2] * dy
        torque[..., 1] = below[2] * dx - below[0] * dz
        torque[..., 2] = below[0] * dy - below[1] * dx
        return torque.reshape(len(directions), -1) @ world.reshape(J, 3, -1)[joints].reshape(3 * len(joints), -1)

    def joint_rows(self, state: State, joints: np.ndarray, free: np.ndarray) -> np.ndarray:
        """Derivatives of the places of joints by the unknowns that are free, shape (3 L, count of free ones).

        joints: Their numbers, shape (L,). free: shape (size,), bool.
        """
        above = (SUBTREES - np.eye(J))[joints]  # (L, 55): what turning joint k moves; a joint's own rotation leaves it where it is
        arms = above[:, :, None] * (state.joints[joints][:, None] - state.joints)
        cross = np.zeros((len(joints), J, 3, 3))  # omega x r = -[r]x omega
        cross[..., 0, 1], cross[..., 0, 2], cross[..., 1, 2] = arms[..., 2], -arms[..., 1], arms[..., 0]
        cross -= np.swapaxes(cross, -1, -2)
        by_pose = cross.transpose(0, 2, 1, 3).reshape(3 * len(joints), 3 * J) @ self._world_from_p(state)
        by_betas = self._posed_joint_dirs(state, len(state.unknowns.betas))[joints].reshape(3 * len(joints), -1)
        by_skin = np.zeros((3 * len(joints), len(state.unknowns.flesh) + len(state.unknowns.swell)))
        return np.hstack([np.tile(np.eye(3), (len(joints), 1)), by_pose, by_betas, by_skin])[:, free]

    def _posed_joint_dirs(self, state: State, b: int) -> np.ndarray:
        """What the first b betas do to the joints in the pose [m], shape (55, 3, b)."""
        dirs = self._joint_dirs[:, :, :b]
        moved = np.empty_like(dirs)
        moved[0] = dirs[0]
        for joint, parent in enumerate(PARENTS[1:], start=1):
            moved[joint] = moved[parent] + state.rotations[parent] @ (dirs[joint] - dirs[parent])
        return moved

    def _world_from_p(self, state: State) -> np.ndarray:
        """Angular velocity of every joint against its parent, in world axes, by the degrees of freedom: shape (165, P)."""
        pose = (self.degrees.pose_from_p @ state.unknowns.p).reshape(J, 3)
        world = left_jacobians(pose)
        parents = np.array(PARENTS)
        world[1:] = state.rotations[parents[1:]] @ world[1:]
        return (world @ self.degrees.pose_from_p.reshape(J, 3, -1)).reshape(3 * J, -1)

    def _taken(self, state: State, points: SurfacePoints, directions: np.ndarray) -> scipy.sparse.csr_array:
        """What displacements of the rest vertices do to the points along directions, shape (S, 3 V), float32."""
        import scipy.sparse

        local = (directions[:, None, None] @ state.linear[points.corners])[:, :, 0] * points.barycentric[:, :, None]
        columns = 3 * points.corners[:, :, None] + np.arange(3)
        used = np.broadcast_to(points.barycentric[:, :, None] != 0, local.shape)
        indptr = np.concatenate([[0], np.cumsum(used.sum(axis=(1, 2)))])
        entries = (local[used].astype(np.float32), columns[used], indptr)
        return scipy.sparse.csr_array(entries, shape=(len(directions), 3 * self.vertex_count))

    def _shape_rows(
        self, state: State, carrier: scipy.sparse.csr_array, directions: np.ndarray, taken: scipy.sparse.csr_array, betas: np.ndarray
    ) -> np.ndarray:
        """By the betas of those numbers, which are the first ones: what the skin does, and what the joints do to it."""
        b = int(betas[-1]) + 1
        moved = self._posed_joint_dirs(state, b)
        of_joints = (moved - state.rotations @ self._joint_dirs[:, :, :b]).reshape(3 * J, b)
        weights = (carrier @ self._sparse_weights).toarray()
        by_joints = (weights[:, :, None] * directions[:, None]).reshape(len(directions), -1) @ of_joints
        return taken @ self._light_shape_dirs[:, :b] + by_joints

    def _thumb_axis(self, side: str) -> np.ndarray:
        """The axis about which a thumb bends towards the palm: half way between the palm's normal and the thumb's own side axis."""
        sign = 1.0 if side == "left" else -1.0
        along = self._joint_template[INDEX[f"{side}_thumb3"]] - self._joint_template[INDEX[f"{side}_thumb2"]]
        along /= np.linalg.norm(along)
        up = np.array([0.0, 1.0, 0.0]) - along[1] * along
        up /= np.linalg.norm(up)
        side_axis = np.cross(along, up)
        axis = sign * (up - side_axis * sign)
        return axis / np.linalg.norm(axis)

    def parameters(self, unknowns: Unknowns) -> BodyParameters:
        """The unknowns as parameters of the body model, in the frame of the fit."""
        from studio.body.model import BodyParameters

        zero = BodyParameters.zero(self.model)
        betas = np.zeros(self.model.beta_count)
        betas[: len(unknowns.betas)] = unknowns.betas
        pose = (self.degrees.pose_from_p @ unknowns.p).reshape(J, 3)
        return zero.replace(betas=betas, transl=unknowns.transl).with_full_pose(pose)


def _carrier(points: SurfacePoints, vertices: int) -> scipy.sparse.csr_array:
    """The matrix that takes vertex values (V, D) to the points, shape (S, V)."""
    import scipy.sparse

    used = points.barycentric != 0  # a point at a vertex has one corner that counts
    indptr = np.concatenate([[0], np.cumsum(used.sum(axis=1))])
    return scipy.sparse.csr_array((points.barycentric[used], points.corners[used], indptr), shape=(len(used), vertices))
