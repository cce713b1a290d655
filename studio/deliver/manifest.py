"""What a delivery says of its files: one record a file, as JSON, as JSON lines and as a table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from studio.deliver.conformity import Check, FileReport
from studio.deliver.naming import FileName
from studio.deliver.origin import Origin, WornGarment
from studio.specs.channel import ChannelSpec

#: Columns of the table, in their order; the records as JSON have the same keys, and ``checks``.
COLUMNS = (
    "file", "shot", "view", "width_px", "height_px", "bytes", "sha256", "passed", "article", "gtin", "slot", "title", "alt_text", "twin",
    "look", "pose", "garments", "scene", "settings", "quality", "seed", "device", "seconds", "recipe", "pixel_sha256", "mode", "icc",
    "dpi", "fill", "ground", "cut", "digital_source_type",
)  # fmt: skip


@dataclass(frozen=True)
class DeliveredFile:
    """One file of a delivery, what it was made from and how it was found to be.

    sha256: Of the file. gtin: The article where it is one. title, alt_text: As they are in the file. cut: What was done to the shot.
    """

    name: FileName
    origin: Origin
    report: FileReport
    sha256: str
    gtin: str | None
    title: str
    alt_text: str
    cut: str

    @property
    def file(self) -> str:
        return self.name.file

    @property
    def shot(self) -> str:
        return self.origin.shot

    @property
    def checks(self) -> tuple[Check, ...]:
        return self.report.checks

    @property
    def passed(self) -> bool:
        return self.report.passed

    def record(self) -> dict[str, Any]:
        """All of it under the names of ``COLUMNS``, as plain data."""
        origin, report = self.origin, self.report
        return {
            "file": self.file, "shot": origin.shot, "view": origin.view, "width_px": report.size_px[0], "height_px": report.size_px[1],
            "bytes": report.bytes, "sha256": self.sha256, "passed": self.passed, "article": self.name.article, "gtin": self.gtin,
            "slot": self.name.slot, "title": self.title, "alt_text": self.alt_text, "twin": origin.twin, "look": origin.look,
            "pose": origin.pose, "garments": None if origin.worn is None else [asdict(garment) for garment in origin.worn],
            "scene": origin.scene, "settings": origin.settings, "quality": origin.quality, "seed": origin.seed, "device": origin.device,
            "seconds": origin.seconds, "recipe": origin.recipe, "pixel_sha256": report.pixel_sha256, "mode": report.mode,
            "icc": report.icc, "dpi": report.dpi, "fill": None if report.fill is None else round(report.fill, 4), "ground": report.ground,
            "cut": self.cut, "digital_source_type": origin.source_type,
        }  # fmt: skip


def write_manifests(folder: Path, channel: str, rules: ChannelSpec, files: Sequence[DeliveredFile]) -> None:
    """Write ``manifest.json`` (with the channel's rules and every check), ``manifest.jsonl`` and ``manifest.csv`` into a folder."""
    records = [file.record() for file in files]
    checked = [
        {**record, "checks": [asdict(check) for check in file.checks], "not_measured": list(file.report.not_measured)}
        for record, file in zip(records, files, strict=True)
    ]
    content = {"schema_number": 2, "channel": channel, "rules": rules.model_dump(mode="json"), "files": checked}
    _write(folder / "manifest.json", json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    _write(folder / "manifest.jsonl", "".join(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n" for record in records))
    table = io.StringIO()
    writer = csv.DictWriter(table, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for record, file in zip(records, files, strict=True):
        worn = file.origin.worn
        writer.writerow(record | {"garments": None if worn is None else "; ".join(map(_in_a_cell, worn))})
    _write(folder / "manifest.csv", table.getvalue())


def _in_a_cell(worn: WornGarment) -> str:
    """A garment as one writes it with --wear, each name with its version."""
    garment = worn.version if "/" in worn.version else f"{worn.garment}@{worn.version}"
    size = f":{worn.size}" if worn.size else ""
    return f"{garment}{size}:{worn.fabric}@{worn.fabric_version}" + (f"/{worn.colourway}" if worn.colourway else "")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")
