"""Which MakeHuman vertices and faces make the open body, and in which order.

The ``smplx`` package looks up the nose, the ears, finger tips, toes and heels by fixed vertex numbers of SMPL-X; the
vertices are permuted so that these numbers hit the same places here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.body.joints import INDEX
from studio.body.makehuman import VERTICES, MakeHuman
from studio.body.open_recipe import BodyRecipe

#: Vertex numbers that ``smplx`` hard-codes for SMPL-X (``smplx/vertex_ids.py``).
SMPLX_VERTEX_IDS = {
    "nose": 9120, "reye": 9929, "leye": 9448, "rear": 616, "lear": 6, "rthumb": 8079, "rindex": 7669, "rmiddle": 7794,
    "rring": 7905, "rpinky": 8022, "lthumb": 5361, "lindex": 4933, "lmiddle": 5058, "lring": 5169, "lpinky": 5286,
    "LBigToe": 5770, "LSmallToe": 5780, "LHeel": 8846, "RBigToe": 8463, "RSmallToe": 8474, "RHeel": 8635,
}  # fmt: skip


@dataclass(frozen=True)
class Topology:
    """The open body's mesh.

    hm08: MakeHuman vertex of each vertex, shape (V,). quads: shape (Q, 4), int32. uv: corner coordinates, shape (Q, 4, 2),
    float32, origin bottom left. part: number into PARTS per vertex, shape (V,), uint8. mirror: shape (V,), int32.
    """

    hm08: np.ndarray
    quads: np.ndarray
    uv: np.ndarray
    part: np.ndarray
    mirror: np.ndarray

    @property
    def faces(self) -> np.ndarray:
        """Triangles, shape (2 Q, 3), int32; 2 i and 2 i + 1 are the halves of quad i."""
        q = self.quads
        return np.stack([q[:, [0, 1, 2]], q[:, [0, 2, 3]]], axis=1).reshape(-1, 3)


#: OBJ groups in the order of their numbers in Topology.part.
PARTS = ("body", "helper-tongue", "helper-l-eye", "helper-r-eye", "helper-upper-teeth", "helper-lower-teeth")


def build_topology(source: MakeHuman, recipe: BodyRecipe) -> Topology:
    """Skin without the smoothed-over ranges, plus the recipe's parts, in MakeHuman's order (not yet permuted)."""
    gone = np.zeros(VERTICES, dtype=bool)
    for first, last in recipe.smoothed_over:
        gone[first : last + 1] = True
    quads, corners = source.quads("body")
    kept = ~gone[quads].any(axis=1)
    caps = [_cap(quads, corners, gone, first, last) for first, last in recipe.smoothed_over]
    all_quads = [quads[kept], *(cap[0] for cap in caps)]
    all_corners = [corners[kept], *(cap[1] for cap in caps)]
    part = np.full(VERTICES, 255, dtype=np.uint8)
    part[np.unique(np.concatenate(all_quads))] = PARTS.index("body")
    for name in recipe.parts:
        faces, texture = source.quads(name)
        all_quads.append(faces)
        all_corners.append(texture)
        part[np.unique(faces)] = PARTS.index(name)
    hm08 = np.flatnonzero(part != 255)
    number = np.full(VERTICES, -1)
    number[hm08] = np.arange(len(hm08))
    mirror = number[source.mirror[hm08]]
    uv = source.uv[np.concatenate(all_corners)].astype(np.float32)
    return Topology(hm08, number[np.concatenate(all_quads)].astype(np.int32), uv, part[hm08], mirror.astype(np.int32))


def _cap(quads: np.ndarray, corners: np.ndarray, gone: np.ndarray, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Close the hole that a removed vertex range leaves with a ladder of quads: (faces, texture corners), both (n, 4)."""
    removed = ((quads >= first) & (quads <= last)).any(axis=1)
    edges, texture = {}, {}
    for quad, corner in zip(quads[removed], corners[removed], strict=True):
        for k in range(4):
            a, b = int(quad[k]), int(quad[(k + 1) % 4])
            texture[a] = int(corner[k])
            if not gone[a] and not gone[b]:
                edges[a] = b  # the removed face's direction: the cap must run the same way round
    loop = [min(edges)]
    while edges[loop[-1]] != loop[0]:
        loop.append(edges[loop[-1]])
    n = len(loop)
    cap = np.array([[loop[k], loop[k + 1], loop[n - 2 - k], loop[n - 1 - k]] for k in range(n // 2 - 1)])
    return cap, np.vectorize(texture.__getitem__)(cap)


def landmark_vertices(vertices: np.ndarray, joints: np.ndarray, weights: np.ndarray, part: np.ndarray) -> dict[str, int]:
    """The vertices that SMPLX_VERTEX_IDS name, found on the template (V, 3) in the T-pose by their extremes."""
    found: dict[str, int] = {}
    skin = part == PARTS.index("body")
    head = np.flatnonzero(skin & (weights[:, [INDEX["head"], INDEX["jaw"]]].sum(axis=1) > 0.5))
    eye = joints[INDEX["left_eye"], 1]
    x, y = vertices[:, 0], vertices[:, 1]

    def furthest(candidates: np.ndarray, along: np.ndarray) -> int:
        return int(candidates[np.argmax(vertices[candidates] @ along)])

    middle = head[(np.abs(x[head]) < 0.008) & (y[head] < eye) & (y[head] > eye - 0.07)]
    found["nose"] = furthest(middle, np.array([0.0, 0.0, 1.0]))
    for letter, side, sign in (("l", "left", 1.0), ("r", "right", -1.0)):
        outward = np.array([sign, 0.0, 0.0])
        found[f"{letter}eye"] = furthest(np.flatnonzero(part == PARTS.index(f"helper-{letter}-eye")), np.array([0.0, 0.0, 1.0]))
        found[f"{letter}ear"] = furthest(head[y[head] > eye - 0.06], outward)
        for finger in ("thumb", "index", "middle", "ring", "pinky"):
            last = INDEX[f"{side}_{finger}3"]
            found[f"{letter}{finger}"] = furthest(np.flatnonzero(weights[:, last] > 0.5), joints[last] - joints[last - 1])
        toes = np.flatnonzero(weights[:, INDEX[f"{side}_foot"]] > 0.5)
        spread = sign * x[toes]
        big, small = toes[spread < np.quantile(spread, 0.25)], toes[spread > np.quantile(spread, 0.85)]
        found[f"{letter.upper()}BigToe"] = furthest(big, np.array([0.0, 0.0, 1.0]))
        found[f"{letter.upper()}SmallToe"] = furthest(small, np.array([0.0, 0.0, 1.0]))
        ankle = np.flatnonzero(weights[:, INDEX[f"{side}_ankle"]] > 0.5)
        sole = ankle[y[ankle] < y.min() + 0.04]
        found[f"{letter.upper()}Heel"] = furthest(sole, np.array([0.0, 0.0, -1.0]))
    return found


def smplx_order(landmarks: dict[str, int], vertices: int) -> np.ndarray:
    """Old vertex number at each new place, shape (V,): swaps that bring the landmarks to SMPLX_VERTEX_IDS."""
    old_at = np.arange(vertices)
    place = np.arange(vertices)
    for name, wanted in SMPLX_VERTEX_IDS.items():
        old, displaced = landmarks[name], old_at[wanted]
        here = place[old]
        old_at[wanted], old_at[here] = old, displaced
        place[old], place[displaced] = wanted, here
    return old_at


def reordered(topology: Topology, old_at: np.ndarray) -> Topology:
    """The same mesh with vertex ``old_at[i]`` at number i."""
    new_of = np.argsort(old_at)
    return Topology(
        topology.hm08[old_at],
        new_of[topology.quads].astype(np.int32),
        topology.uv,
        topology.part[old_at],
        new_of[topology.mirror[old_at]].astype(np.int32),
    )
