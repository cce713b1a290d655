"""Twins as files for other programs: rigged (GLB, USD, FBX), as plain meshes (PLY, OBJ), and as SMPL-X parameters (NPZ)."""

from studio.twin.export.stage import SUFFIXES, export_twin

__all__ = ["SUFFIXES", "export_twin"]
