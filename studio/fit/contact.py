"""Where cloth lies on a body, how far it stands off, and how hard it presses: by the solver, and by Laplace's law.

The two pressures know nothing of each other: the solver's is the force of its contact, Laplace's is what the cloth's tension and curvature
would press with if nothing else bore it. Laplace's law ``P = T1 k1 + T2 k2`` (Kirk and Ibrahim, Textile Research Journal 1966) is an
estimate: it leaves friction and weight out, and was found not to hold at cuffs and elastic waistbands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.fit.strain import Spread, spread
from studio.look.obstacle import Obstacle
from studio.look.sheet import WornSheet
from studio.look.statics.bending import patches
from studio.look.statics.sheet import Material, Sheet
from studio.mesh.closest import Surface
from studio.mesh.normals import face_normals

#: A region is worth a line where so much cloth lies over it [m2]: a palm's breadth of cloth, not a stray triangle.
_LEAST_M2 = 2e-4


@dataclass(frozen=True)
class RegionContact:
    """region: Of the body. area_m2: Of the cloth over it. contact: Share of that in contact. pressure_kpa: Over the contact, by the solver,
    on patches as `felt_pa` has them. laplace_kpa: Mean over the same contact, by Laplace's law. gap_mm: From skin to cloth, mean over all.
    """

    region: str
    area_m2: float
    contact: float
    pressure_kpa: Spread
    laplace_kpa: float
    gap_mm: float


def gaps_m(sheet: WornSheet, body: Obstacle, standoff_m: float) -> np.ndarray:
    """Signed distance of the cloth's inner side from the skin [m], shape (V,): what the solver keeps between them is taken off.

    0 is contact; below it the skin is pressed in.
    """
    return body.closest(sheet.vertices)[0] - standoff_m


def felt_pa(sheet: WornSheet) -> np.ndarray:
    """Pressure at each vertex as a sensor reads it that covers the triangles around it, 2 to 3 cm2 at the usual mesh [Pa], shape (V,).

    A mesh of cloth touches a mesh of skin at points: what is felt is the force on a patch over its area.
    """
    from scipy.sparse import csr_matrix, identity

    count = len(sheet.vertices)
    starts, stops = sheet.faces[:, [0, 1, 2]].ravel(), sheet.faces[:, [1, 2, 0]].ravel()
    beside = csr_matrix((np.ones(len(starts)), (starts, stops)), shape=(count, count))
    patch = (beside + beside.T + identity(count)).astype(bool).astype(float)
    return (patch @ (sheet.vertex_areas_m2 * sheet.pressure_pa)) / np.maximum(patch @ sheet.vertex_areas_m2, 1e-15)


def laplace_pa(sheet: WornSheet) -> np.ndarray:
    """Pressure by Laplace's law on each triangle [Pa], shape (F,); negative where the cloth pulls away from what it covers.

    Tension and curvature are full tensors, weft, warp and shear: ``P J = - S_ab (x_ab . n)``, with the second Piola-Kirchhoff stress S
    about the flat grain, the second derivatives of the positions x along it, the normal n, and J the worn area over the flat one.
    """
    ones = np.ones(len(sheet.faces))
    flat = Sheet(len(sheet.vertices), sheet.faces, sheet.grain_m, Material(ones, ones, ones, ones, ones, ones))
    bent = (patches(flat).second @ sheet.vertices).reshape(-1, 3, 3)  # uu, vv, uv
    normal = face_normals(sheet.vertices, sheet.faces)
    curvature = np.einsum("fmd,fd->fm", bent, normal)
    stress = sheet.membrane
    force = stress[:, 0, 0] * curvature[:, 0] + stress[:, 1, 1] * curvature[:, 1] + 2 * stress[:, 0, 1] * curvature[:, 2]
    return -force * sheet.areas_m2 / np.maximum(sheet.areas_now_m2, 1e-12)


def regions_below(sheet: WornSheet, vertices: np.ndarray, faces: np.ndarray, region: np.ndarray) -> np.ndarray:
    """The region of the body under each vertex of the cloth, shape (V,): that of the nearest corner of the nearest place of skin."""
    nearest = Surface(vertices, faces).closest(sheet.vertices)
    corner = nearest.barycentric.argmax(axis=1)
    return region[faces[nearest.triangles, corner]]


def region_contacts(
    sheet: WornSheet, below: np.ndarray, names: tuple[str, ...], gaps: np.ndarray, laplace: np.ndarray
) -> tuple[RegionContact, ...]:
    """Every region that the garment covers.

    below: Number into ``names`` under each vertex, (V,). gaps: See `gaps_m`. laplace: See `laplace_pa`.
    """
    areas, felt = sheet.vertex_areas_m2, felt_pa(sheet) / 1000
    at_vertices = sheet.at_vertices(laplace)
    rows = []
    for index, name in enumerate(names):
        mine = below == index
        if areas[mine].sum() < _LEAST_M2:
            continue
        touching = mine & (sheet.pressure_pa > 0)
        pressed = areas[touching].sum()
        rows.append(
            RegionContact(
                region=name, area_m2=float(areas[mine].sum()), contact=float(pressed / areas[mine].sum()),
                pressure_kpa=spread(felt[touching], areas[touching]),
                laplace_kpa=float(np.average(at_vertices[touching], weights=areas[touching]) / 1000) if pressed else np.nan,
                gap_mm=float(1000 * np.average(gaps[mine], weights=areas[mine])),
            )
        )  # fmt: skip
    return tuple(rows)
