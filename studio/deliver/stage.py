"""Delivery: from shots to named, tagged and checked files with a manifest, all of them or none."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from studio import library
from studio.deliver.conformity import Check, check_file
from studio.deliver.picture import encode, fit_to_channel
from studio.errors import StudioError
from studio.progress import Report, silent
from studio.specs import load_spec
from studio.specs.channel import ChannelSpec
from studio.store import Asset, Ref
from studio.store.store import Store

#: What an article number may be made of, so that it can stand in a file name on every system.
ARTICLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class DeliveredFile:
    """One file of a delivery and how it was found to be."""

    file: str
    shot: str
    view: str
    width_px: int
    height_px: int
    bytes: int
    sha256: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)


@dataclass(frozen=True)
class Delivery:
    """A finished delivery. ``manifest`` is the JSON file beside the pictures; a CSV with the same rows lies next to it."""

    folder: Path
    channel: str
    files: tuple[DeliveredFile, ...]
    manifest: Path

    @property
    def passed(self) -> bool:
        return all(file.passed for file in self.files)


def channel_names() -> list[str]:
    """The channels of the library."""
    return library.names("scenes", "channels")


def load_channel(name: str) -> ChannelSpec:
    """A channel's rules. Raises StudioError with the closest name where there is none."""
    return load_spec(ChannelSpec, library.find(name, "scenes", "channels", what="channel"))


def deliver(
    store: Store, shots: tuple[Ref, ...], *, channel: str, out: Path | str, article: str | None = None, report: Report = silent
) -> Delivery:
    """Cut, encode, name and check the pictures of ``shots`` for a channel, and write them with a manifest into ``out``.

    Files appear together at the end, in the place of files of those names; where one cannot be made, none is. ``article`` is the number
    in the file names; the look's name by default. Raises StudioError for draft shots, shots that are too small, and two shots of one name.
    """
    rules, out = load_channel(channel), Path(out)
    assets = tuple(store.resolve(ref) for ref in shots)
    _refuse_drafts(assets)
    names = _file_names(assets, rules, article)
    staging = out / f".delivery-{uuid.uuid4().hex}"
    staging.mkdir(parents=True)
    try:
        files = []
        for index, (asset, name) in enumerate(zip(assets, names, strict=True)):
            report(f"delivering {name}", index / len(assets))
            files.append(_deliver_one(asset, staging / name, rules))
        _write_manifests(staging, channel, rules, tuple(files))
        for path in sorted(staging.iterdir(), key=lambda path: path.name == "manifest.json"):
            path.replace(out / path.name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    report("delivered", 1.0)
    return Delivery(out, channel, tuple(files), out / "manifest.json")


def _refuse_drafts(assets: tuple[Asset, ...]) -> None:
    for asset in assets:
        if asset.facts["quality"] == "draft":
            raise StudioError(f"{asset.ref} was shot in draft quality, which is not delivered: shoot it with --quality final.")


def _file_names(assets: tuple[Asset, ...], rules: ChannelSpec, article: str | None) -> list[str]:
    names: dict[str, str] = {}
    for asset in assets:
        number = article or Ref.parse(asset.facts["look"]).name
        if not ARTICLE.fullmatch(number):
            raise StudioError(f"'{number}' cannot stand in a file name: give --article with letters, digits, '.', '_' and '-'.")
        name = rules.name.format(article=number, view=asset.facts["camera"]) + rules.suffix
        if name in names:
            raise StudioError(
                f"{asset.ref} and {names[name]} would both be named {name}: deliver them apart, or give them different --article."
            )
        names[name] = str(asset.ref)
    return list(names)


def _deliver_one(asset: Asset, path: Path, rules: ChannelSpec) -> DeliveredFile:
    with Image.open(asset.path("picture.png")) as picture:
        fitted = fit_to_channel(picture, rules, what=str(asset.ref))
    mask = None
    if "mask.png" in asset.manifest.files:
        with Image.open(asset.path("mask.png")) as opened:
            mask = np.asarray(fit_to_channel(opened, rules, what=str(asset.ref)).convert("L")) > 127
    data = encode(fitted, rules)
    path.write_bytes(data)
    return DeliveredFile(
        file=path.name,
        shot=str(asset.ref),
        view=asset.facts["camera"],
        width_px=fitted.width,
        height_px=fitted.height,
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        checks=check_file(path, rules, mask=mask),
    )


def _write_manifests(folder: Path, channel: str, rules: ChannelSpec, files: tuple[DeliveredFile, ...]) -> None:
    rows = [{**asdict(file), "passed": file.passed} for file in files]
    content = {"schema_number": 1, "channel": channel, "rules": rules.model_dump(mode="json"), "files": rows}
    (folder / "manifest.json").write_text(json.dumps(content, indent=1), encoding="utf-8")
    table = io.StringIO()
    columns = ["file", "shot", "view", "width_px", "height_px", "bytes", "sha256", "passed"]
    writer = csv.DictWriter(table, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    (folder / "manifest.csv").write_text(table.getvalue(), encoding="utf-8")
