"""Files of every format, written in the plainest way that each specification allows, and a made-up person with a known truth."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest


@dataclass(frozen=True)
class Known:
    """A mesh whose values survive float32 and text with six digits, so that a round trip is exact."""

    points: np.ndarray
    colours: np.ndarray
    faces: np.ndarray


@pytest.fixture(scope="session")
def known() -> Known:
    rng = np.random.default_rng(11)
    points = rng.integers(-2000, 2000, size=(500, 3)) / 1024.0
    faces = np.array([rng.choice(500, size=3, replace=False) for _ in range(700)])
    return Known(points, rng.integers(0, 256, size=(500, 3)).astype(np.uint8), faces)


# -- writers: the slow, plain reading of each specification ----------------------------------------------------------------


def ply_header(known: Known, style: str, *, faces: bool = True, colour: str = "uchar") -> str:
    lines = ["ply", f"format {style} 1.0", "comment made by a test", f"element vertex {len(known.points)}"]
    lines += [f"property double {axis}" for axis in "xyz"] + [f"property {colour} {name}" for name in ("red", "green", "blue")]
    if faces:
        lines += [f"element face {len(known.faces)}", "property list uchar int vertex_indices"]
    return "\n".join([*lines, "end_header", ""])


def write_ply_ascii(path: Path, known: Known) -> None:
    rows = [" ".join(map(str, [*p, *c])) for p, c in zip(known.points.tolist(), known.colours.tolist(), strict=True)]
    rows += ["3 " + " ".join(map(str, face)) for face in known.faces.tolist()]
    path.write_text(ply_header(known, "ascii") + "\n".join(rows) + "\n")


def write_ply_binary(path: Path, known: Known, order: str = "<") -> None:
    style = {"<": "binary_little_endian", ">": "binary_big_endian"}[order]
    body = b"".join(struct.pack(order + "dddBBB", *p, *c) for p, c in zip(known.points, known.colours.tolist(), strict=True))
    body += b"".join(struct.pack(order + "Biii", 3, *face) for face in known.faces.tolist())
    path.write_bytes(ply_header(known, style).encode() + body)


def write_ply_big_endian(path: Path, known: Known) -> None:
    write_ply_binary(path, known, ">")


def write_obj(path: Path, known: Known) -> None:
    rows = [f"v {' '.join(map(str, p))} {' '.join(str(c / 255) for c in cs)}" for p, cs in zip(known.points, known.colours, strict=True)]
    rows += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in known.faces]
    path.write_text("# scanner\r\n" + "\r\n".join(rows) + "\r\n")


def gltf_document(known: Known, *, node: dict | None = None, generator: str = "test") -> tuple[dict, bytes]:
    """Vertex colours as the specification wants them: linear floats."""
    srgb = known.colours / 255.0
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    chunks = [known.points.astype("<f4").tobytes(), linear.astype("<f4").tobytes(), known.faces.astype("<u4").tobytes()]
    starts = np.cumsum([0] + [len(chunk) for chunk in chunks]).tolist()
    views = [{"buffer": 0, "byteOffset": start, "byteLength": len(chunk)} for start, chunk in zip(starts, chunks, strict=False)]
    n, f = len(known.points), known.faces.size
    accessors = [{"bufferView": 0, "componentType": 5126, "count": n, "type": "VEC3"}]
    accessors += [{"bufferView": 1, "componentType": 5126, "count": n, "type": "VEC3"}]
    accessors += [{"bufferView": 2, "componentType": 5125, "count": f, "type": "SCALAR"}]
    return {
        "asset": {"version": "2.0", "generator": generator},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, **(node or {})}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "COLOR_0": 1}, "indices": 2}]}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": starts[-1]}],
    }, b"".join(chunks)


def write_document(path: Path, document: dict, binary: bytes) -> None:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(binary), 0x004E4942) + binary
    path.write_bytes(b"glTF" + struct.pack("<II", 2, 12 + len(body)) + body)


def write_glb(path: Path, known: Known) -> None:
    write_document(path, *gltf_document(known))


def write_gltf(path: Path, known: Known) -> None:
    document, binary = gltf_document(known)
    document["buffers"][0]["uri"] = "data:application/octet-stream;base64," + base64.b64encode(binary).decode()
    path.write_text(json.dumps(document))


def pcd_header(known: Known, style: str) -> bytes:
    n = len(known.points)
    return (
        "# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\nFIELDS x y z rgb\nSIZE 4 4 4 4\nTYPE F F F F\nCOUNT 1 1 1 1\n"
        f"WIDTH {n}\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS {n}\nDATA {style}\n"
    ).encode()


def packed_rgb(known: Known) -> np.ndarray:
    red, green, blue = known.colours.astype(np.uint32).T
    return (red << 16 | green << 8 | blue).view(np.float32)


def write_pcd_ascii(path: Path, known: Known) -> None:
    rows = [f"{x} {y} {z} {rgb:.10e}" for (x, y, z), rgb in zip(known.points, packed_rgb(known), strict=True)]
    path.write_bytes(pcd_header(known, "ascii") + "\n".join(rows).encode() + b"\n")


def write_pcd_binary(path: Path, known: Known) -> None:
    table = np.concatenate([known.points.astype("<f4"), packed_rgb(known)[:, None]], axis=1)
    path.write_bytes(pcd_header(known, "binary") + table.astype("<f4").tobytes())


def write_pcd_compressed(path: Path, known: Known) -> None:
    """LZF without a single back reference: literal runs of up to 32 bytes, which every decoder must accept."""
    columns = np.concatenate([known.points.astype("<f4").T, packed_rgb(known)[None]]).astype("<f4").tobytes()
    packed = b"".join(bytes([len(columns[i : i + 32]) - 1]) + columns[i : i + 32] for i in range(0, len(columns), 32))
    path.write_bytes(pcd_header(known, "binary_compressed") + struct.pack("<II", len(packed), len(columns)) + packed)


def write_xyz(path: Path, known: Known) -> None:
    rows = [" ".join(map(str, [*p, *c])) for p, c in zip(known.points.tolist(), known.colours.tolist(), strict=True)]
    path.write_text("\n".join(rows))


def write_csv(path: Path, known: Known) -> None:
    rows = [",".join(map(str, [*p, *c])) for p, c in zip(known.points.tolist(), known.colours.tolist(), strict=True)]
    path.write_text("X,Y,Z,R,G,B\n" + "\n".join(rows))


WRITERS: dict[str, Callable[[Path, Known], None]] = {
    "ascii.ply": write_ply_ascii, "little.ply": write_ply_binary, "big.ply": write_ply_big_endian, "a.obj": write_obj,
    "a.glb": write_glb, "a.gltf": write_gltf, "ascii.pcd": write_pcd_ascii, "binary.pcd": write_pcd_binary,
    "compressed.pcd": write_pcd_compressed, "a.xyz": write_xyz, "a.csv": write_csv,
}  # fmt: skip


@dataclass(frozen=True)
class Writers:
    """What tests need to write scan files."""

    mesh: type[Known] = Known

    def write(self, path: Path, known: Known) -> None:
        """Write by the name of a format in `WRITERS`."""
        WRITERS[path.name](path, known)

    gltf_document = staticmethod(gltf_document)
    gltf = staticmethod(write_document)
    ply_header = staticmethod(ply_header)


@pytest.fixture(scope="session")
def writers() -> Writers:
    return Writers()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for ``format_name`` once for each format."""
    if "format_name" in metafunc.fixturenames:
        metafunc.parametrize("format_name", WRITERS)


@pytest.fixture(scope="session")
def person():
    """A made-up scan on a turntable, in centimetres, with its truth. Shared, since it takes seconds."""
    from studio.scan.synthetic import synthesize_scan

    return synthesize_scan(seed=3, points=40_000)


@pytest.fixture(scope="session")
def scan(person):
    """The same person after everything was found out."""
    from studio.scan.prepare import prepare
    from studio.specs.scan import ScanSpec

    return prepare(person.raw, ScanSpec(), name="person.ply")
