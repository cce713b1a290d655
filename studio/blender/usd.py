"""The job kind ``usd``: a rigged mesh as UsdSkel, written with the USD library that comes with Blender.

In: ``rig.npz`` and the request of ``studio.twin.export.interchange``; the image files that the materials name.
Out: the file that the request names; ``.usdz`` packs the images.

y up, metres. Shapes are blend shapes, the pose is an animation of one frame, the bind and the rest pose are the T-pose.
https://openusd.org/release/api/_usd_skel__schemas.html, https://openusd.org/release/spec_usdpreviewsurface.html
"""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from studio.blender.job import Job

#: Blend shapes keep only the vertices that they move by more than this [m]: a thousandth of a hair's width.
_STILL_M = 1e-7


#: The pose stands as a default and as the only frame: Blender's importer was seen to look at frames alone.
_FRAME = 0.0


def run(job: Job) -> dict[str, Any]:
    """Facts: the version of USD, the number of joints and of shapes."""
    bpy.utils.expose_bundled_modules()  # ahead of a USD that is installed beside it
    from pxr import Usd, UsdGeom

    request, arrays = job.request, job.arrays("rig.npz")
    output = job.output(request["file"])
    packed = output.suffix == ".usdz"
    layer = output.with_suffix(".usdc") if packed else output
    stage = Usd.Stage.CreateNew(str(layer))
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    stage.SetStartTimeCode(_FRAME)
    stage.SetEndTimeCode(_FRAME)
    stage.GetRootLayer().documentation = request["title"]
    root = _add_root(stage, request["name"], arrays)
    root.GetPrim().SetCustomData({"twin": request["title"], "floor_m": request["floor_m"]})
    joints = _joint_paths(request["joints"], arrays["parents"])
    mesh = _add_mesh(stage, root, arrays)
    shapes = _add_shapes(stage, mesh, request["shapes"], arrays)
    _add_skeleton(stage, root, joints, shapes, arrays)
    _bind_skin(stage, root, mesh, arrays["weights"])
    _add_materials(stage, root, mesh, request["materials"], arrays["material"])
    stage.GetRootLayer().Save()
    if packed:
        _pack(layer, output)
    return {"usd": ".".join(map(str, Usd.GetVersion())), "joints": len(joints), "shapes": len(shapes)}


def _add_root(stage: Any, name: str, arrays: dict[str, np.ndarray]) -> Any:
    from pxr import Kind, Tf, Usd, UsdGeom, UsdSkel

    root = UsdSkel.Root.Define(stage, f"/{Tf.MakeValidIdentifier(name)}")
    Usd.ModelAPI(root).SetKind(Kind.Tokens.component)
    UsdGeom.Boundable(root).CreateExtentAttr(_vectors(arrays["extent"]))
    stage.SetDefaultPrim(root.GetPrim())
    return root


def _joint_paths(names: list[str], parents: np.ndarray) -> list[str]:
    paths: list[str] = []
    for name, parent in zip(names, parents, strict=True):
        paths.append(name if parent < 0 else f"{paths[parent]}/{name}")
    return paths


def _add_mesh(stage: Any, root: Any, arrays: dict[str, np.ndarray]) -> Any:
    from pxr import Sdf, UsdGeom, Vt

    quads, vertices = arrays["quads"], arrays["vertices"]
    mesh = UsdGeom.Mesh.Define(stage, root.GetPath().AppendChild("body"))
    mesh.CreatePointsAttr(_vectors(vertices))
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(quads), 4, dtype=np.int32)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(np.ascontiguousarray(quads.reshape(-1), dtype=np.int32)))
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)  # the mesh is the measured surface; a subdivision would shrink it
    mesh.CreateExtentAttr(_vectors(np.stack([vertices.min(axis=0), vertices.max(axis=0)])))
    mesh.CreateNormalsAttr(_vectors(arrays["normals"]))
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    uv, corner = np.unique(arrays["uv"].reshape(-1, 2).astype(np.float32), axis=0, return_inverse=True)
    st = UsdGeom.PrimvarsAPI(mesh).CreatePrimvar("st", Sdf.ValueTypeNames.TexCoord2fArray, UsdGeom.Tokens.faceVarying)
    st.Set(Vt.Vec2fArray.FromNumpy(np.ascontiguousarray(uv)))
    st.SetIndices(Vt.IntArray.FromNumpy(np.ascontiguousarray(corner.reshape(-1), dtype=np.int32)))
    return mesh


def _add_shapes(stage: Any, mesh: Any, names: list[str], arrays: dict[str, np.ndarray]) -> list[str]:
    """Blend shapes under the mesh, and their binding."""
    from pxr import Sdf, UsdSkel, Vt

    paths = []
    for name, offsets in zip(names, arrays["shape_offsets"], strict=True):
        shape = UsdSkel.BlendShape.Define(stage, mesh.GetPath().AppendChild(name))
        moved = np.flatnonzero(np.abs(offsets).max(axis=1) > _STILL_M).astype(np.int32)
        shape.CreateOffsetsAttr(_vectors(offsets[moved]))
        shape.CreatePointIndicesAttr(Vt.IntArray.FromNumpy(moved))
        paths.append(shape.GetPath())
    binding = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
    binding.CreateBlendShapesAttr(names)
    binding.CreateBlendShapeTargetsRel().SetTargets([Sdf.Path(path) for path in paths])
    return names


def _add_skeleton(stage: Any, root: Any, joints: list[str], shapes: list[str], arrays: dict[str, np.ndarray]) -> None:
    from pxr import Gf, UsdSkel, Vt

    places, parents = arrays["joints"], arrays["parents"]
    bones = np.where(parents[:, None] >= 0, places - places[parents], places)
    skeleton = UsdSkel.Skeleton.Define(stage, root.GetPath().AppendChild("rig"))
    skeleton.CreateJointsAttr(joints)
    skeleton.CreateJointNamesAttr([path.rsplit("/", 1)[-1] for path in joints])
    skeleton.CreateBindTransformsAttr([Gf.Matrix4d().SetTranslate(Gf.Vec3d(*place.tolist())) for place in places])
    skeleton.CreateRestTransformsAttr([Gf.Matrix4d().SetTranslate(Gf.Vec3d(*bone.tolist())) for bone in bones])
    pose = UsdSkel.Animation.Define(stage, skeleton.GetPath().AppendChild("pose"))
    pose.CreateJointsAttr(joints)
    pose.CreateBlendShapesAttr(shapes)
    turns = Vt.QuatfArray([Gf.Quatf(w, x, y, z) for x, y, z, w in arrays["quaternions"].tolist()])
    for attribute, value in (
        (pose.CreateTranslationsAttr(), _vectors(arrays["translations"])),
        (pose.CreateRotationsAttr(), turns),
        (pose.CreateScalesAttr(), Vt.Vec3hArray([Gf.Vec3h(1, 1, 1)] * len(joints))),
        (pose.CreateBlendShapeWeightsAttr(), Vt.FloatArray.FromNumpy(arrays["shape_weights"].astype(np.float32))),
    ):
        attribute.Set(value)
        attribute.Set(value, _FRAME)
    UsdSkel.BindingAPI.Apply(skeleton.GetPrim()).CreateAnimationSourceRel().SetTargets([pose.GetPath()])


def _bind_skin(stage: Any, root: Any, mesh: Any, weights: np.ndarray) -> None:
    """All influences that a vertex has; as many for each as the busiest one needs."""
    from pxr import Gf, UsdSkel, Vt

    count = int((weights > 0).sum(axis=1).max())
    order = np.argsort(-weights, axis=1, kind="stable")[:, :count]
    kept = np.take_along_axis(weights, order, axis=1)
    binding = UsdSkel.BindingAPI(mesh)
    indices = binding.CreateJointIndicesPrimvar(False, count)
    indices.Set(Vt.IntArray.FromNumpy(np.ascontiguousarray(np.where(kept > 0, order, 0).reshape(-1), dtype=np.int32)))
    binding.CreateJointWeightsPrimvar(False, count).Set(Vt.FloatArray.FromNumpy(np.ascontiguousarray(kept.reshape(-1), dtype=np.float32)))
    binding.CreateGeomBindTransformAttr(Gf.Matrix4d(1.0))
    binding.CreateSkeletonRel().SetTargets([root.GetPath().AppendChild("rig")])


def _add_materials(stage: Any, root: Any, mesh: Any, materials: list[dict[str, Any]], material: np.ndarray) -> None:
    """A preview surface for each material, and the faces that it is bound to."""
    from pxr import UsdGeom, UsdShade, Vt

    scope = UsdGeom.Scope.Define(stage, root.GetPath().AppendChild("materials"))
    for number, each in enumerate(materials):
        made = _add_material(stage, scope.GetPath().AppendChild(each["name"]), each)
        faces = Vt.IntArray.FromNumpy(np.flatnonzero(material == number).astype(np.int32))
        subset = UsdShade.MaterialBindingAPI(mesh).CreateMaterialBindSubset(each["name"], faces, UsdGeom.Tokens.face)
        UsdShade.MaterialBindingAPI.Apply(subset.GetPrim()).Bind(made)
    UsdShade.MaterialBindingAPI(mesh).SetMaterialBindSubsetsFamilyType(UsdGeom.Tokens.partition)


def _add_material(stage: Any, path: Any, each: dict[str, Any]) -> Any:
    from pxr import Gf, Sdf, UsdShade

    material = UsdShade.Material.Define(stage, path)
    surface = UsdShade.Shader.Define(stage, path.AppendChild("surface"))
    surface.CreateIdAttr("UsdPreviewSurface")
    surface.CreateInput("roughness", Sdf.ValueTypeNames.Float).Set(each["roughness"])
    surface.CreateInput("metallic", Sdf.ValueTypeNames.Float).Set(0.0)
    colour = surface.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f)
    colour.Set(Gf.Vec3f(*each["colour"]))
    material.CreateSurfaceOutput().ConnectToSource(surface.ConnectableAPI(), "surface")
    if "image" in each or "normal" in each:
        reader = UsdShade.Shader.Define(stage, path.AppendChild("st"))
        reader.CreateIdAttr("UsdPrimvarReader_float2")
        reader.CreateInput("varname", Sdf.ValueTypeNames.String).Set("st")
        reader.CreateOutput("result", Sdf.ValueTypeNames.Float2)
    if "image" in each:
        colour.ConnectToSource(_add_texture(stage, path.AppendChild("image"), reader, each["image"], "sRGB"), "rgb")
    if "normal" in each:
        texture = _add_texture(stage, path.AppendChild("normal_image"), reader, each["normal"], "raw")
        shader = UsdShade.Shader(texture.GetPrim())
        shader.CreateInput("scale", Sdf.ValueTypeNames.Float4).Set(Gf.Vec4f(2, 2, 2, 1))
        shader.CreateInput("bias", Sdf.ValueTypeNames.Float4).Set(Gf.Vec4f(-1, -1, -1, 0))
        surface.CreateInput("normal", Sdf.ValueTypeNames.Normal3f).ConnectToSource(texture, "rgb")
    return material


def _add_texture(stage: Any, path: Any, reader: Any, file: str, space: str) -> Any:
    from pxr import Sdf, UsdShade

    texture = UsdShade.Shader.Define(stage, path)
    texture.CreateIdAttr("UsdUVTexture")
    texture.CreateInput("file", Sdf.ValueTypeNames.Asset).Set(f"./{file}")
    texture.CreateInput("sourceColorSpace", Sdf.ValueTypeNames.Token).Set(space)
    for side in ("wrapS", "wrapT"):
        texture.CreateInput(side, Sdf.ValueTypeNames.Token).Set("clamp")
    texture.CreateInput("st", Sdf.ValueTypeNames.Float2).ConnectToSource(reader.ConnectableAPI(), "result")
    texture.CreateOutput("rgb", Sdf.ValueTypeNames.Float3)
    return texture.ConnectableAPI()


def _pack(layer: Any, output: Any) -> None:
    from pxr import Sdf, UsdUtils

    if not UsdUtils.CreateNewUsdzPackage(Sdf.AssetPath(str(layer)), str(output)):
        raise RuntimeError(f"USD could not pack {layer.name} and its images into {output.name}")
    layer.unlink()


def _vectors(array: np.ndarray) -> Any:
    from pxr import Vt

    return Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(array, dtype=np.float32))
