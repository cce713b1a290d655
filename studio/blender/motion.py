"""The job kind ``motion``: meshes that move, as USD with their points over time, written with the USD library that comes with Blender.

In: ``mesh-<k>.npz`` for each mesh (``points`` (T, V, 3) [m], ``faces`` (F, 3), optional ``uv`` (F, 3, 2)) and the request: ``file``,
``name``, ``title``, ``fps``, ``meshes`` with ``name`` and ``colour`` (linear).
Out: the file that the request names. z up, metres; frame 1 is the first, as film counts.
https://openusd.org/release/api/class_usd_geom_point_based.html
"""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from studio.blender.job import Job

#: Number of the first frame.
_FIRST = 1


def run(job: Job) -> dict[str, Any]:
    """Facts: the version of USD, the number of meshes and of frames."""
    bpy.utils.expose_bundled_modules()  # ahead of a USD that is installed beside it
    from pxr import Sdf, Usd, UsdGeom

    request = job.request
    stage = Usd.Stage.CreateNew(str(job.output(request["file"])))
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    stage.SetFramesPerSecond(request["fps"])
    stage.SetTimeCodesPerSecond(request["fps"])
    stage.GetRootLayer().documentation = request["title"]
    root = UsdGeom.Xform.Define(stage, Sdf.Path.absoluteRootPath.AppendChild(request["name"]))
    stage.SetDefaultPrim(root.GetPrim())
    frames = 0
    for number, mesh in enumerate(request["meshes"]):
        arrays = job.arrays(f"mesh-{number}.npz")
        frames = len(arrays["points"])
        _add_mesh(stage, root.GetPath().AppendChild(mesh["name"]), mesh["colour"], arrays)
        job.progress("writing meshes", (number + 1) / len(request["meshes"]))
    stage.SetStartTimeCode(_FIRST)
    stage.SetEndTimeCode(_FIRST + frames - 1)
    stage.GetRootLayer().Save()
    return {"usd": ".".join(map(str, Usd.GetVersion())), "meshes": len(request["meshes"]), "frames": frames}


def _add_mesh(stage: Any, path: Any, colour: list[float], arrays: dict[str, np.ndarray]) -> None:
    from pxr import Gf, Sdf, UsdGeom, Vt

    mesh, points, faces = UsdGeom.Mesh.Define(stage, path), arrays["points"], arrays["faces"]
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray([3] * len(faces)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(np.ascontiguousarray(faces.reshape(-1), dtype=np.int32)))
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateDisplayColorAttr([Gf.Vec3f(*colour)])
    positions, extent = mesh.CreatePointsAttr(), mesh.CreateExtentAttr()
    for number, each in enumerate(points):
        positions.Set(_vectors(each), _FIRST + number)
        extent.Set(_vectors(np.stack([each.min(axis=0), each.max(axis=0)])), _FIRST + number)
    if "uv" in arrays:
        uv, corner = np.unique(arrays["uv"].reshape(-1, 2).astype(np.float32), axis=0, return_inverse=True)
        st = UsdGeom.PrimvarsAPI(mesh).CreatePrimvar("st", Sdf.ValueTypeNames.TexCoord2fArray, UsdGeom.Tokens.faceVarying)
        st.Set(Vt.Vec2fArray.FromNumpy(np.ascontiguousarray(uv)))
        st.SetIndices(Vt.IntArray.FromNumpy(np.ascontiguousarray(corner.reshape(-1), dtype=np.int32)))


def _vectors(array: np.ndarray) -> Any:
    from pxr import Vt

    return Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(array, dtype=np.float32))
