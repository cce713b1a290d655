"""Delivery: from shots to named, tagged and checked files with a manifest, all of them or none."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from studio import library
from studio.deliver.alt_text import alt_text, title_of
from studio.deliver.articles import gtin_of
from studio.deliver.conformity import check_file
from studio.deliver.frame import COVERED, apply_cut, check_large_enough, plan_cut
from studio.deliver.manifest import DeliveredFile, write_manifests
from studio.deliver.naming import FileName, name_files
from studio.deliver.origin import origin_of
from studio.deliver.picture import encode
from studio.deliver.shown import garments_shown
from studio.deliver.tags import Tags
from studio.errors import StudioError
from studio.progress import Report, silent, within
from studio.specs import load_spec
from studio.specs.channel import ChannelSpec
from studio.store import Asset, Ref
from studio.store.store import Store


@dataclass(frozen=True)
class Delivery:
    """A finished delivery. ``manifest`` is the JSON file beside the pictures; JSON lines and a CSV with the same rows lie next to it."""

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
    in the file names; the look's name by default. Pictures are cut around their subject and scaled down, never up; where a shot ends in
    pure white, the ground may go on as white.

    Raises StudioError for draft shots, for shots of which the channel's picture cannot be cut (with the size or framing to shoot), for
    articles and views that the channel does not take, and for two shots of one name.
    """
    (delivery,) = _deliver(store, shots, {channel: Path(out)}, article, report)
    return delivery


def deliver_all(
    store: Store, shots: tuple[Ref, ...], *, channels: tuple[str, ...], out: Path | str, article: str | None = None, report: Report = silent
) -> tuple[Delivery, ...]:
    """`deliver` for several channels at once, each into a folder of its name inside ``out``: all of them or none."""
    twice = next((name for name in channels if channels.count(name) > 1), None)
    if twice is not None:
        raise StudioError(f"The channel {twice} is named twice: name each channel once.")
    return _deliver(store, shots, {name: Path(out) / name for name in channels}, article, report)


def _deliver(
    store: Store, shots: tuple[Ref, ...], folders: dict[str, Path], article: str | None, report: Report
) -> tuple[Delivery, ...]:  # fmt: skip
    rules = {channel: load_channel(channel) for channel in folders}
    assets = tuple(store.resolve(ref) for ref in shots)
    _refuse_drafts(assets)
    names = {channel: name_files(assets, rules[channel], article) for channel in folders}
    staged: dict[str, Path] = {}
    made = []
    try:
        for number, (channel, folder) in enumerate(folders.items()):
            staged[channel] = folder / f".delivery-{uuid.uuid4().hex}"
            staged[channel].mkdir(parents=True)
            part = within(report, number / len(folders), (number + 1) / len(folders))
            files = []
            for index, (asset, name) in enumerate(zip(assets, names[channel], strict=True)):
                part(f"delivering {name.file}", index / len(assets))
                files.append(_deliver_one(store, asset, staged[channel] / name.file, name, rules[channel]))
            write_manifests(staged[channel], channel, rules[channel], files)
            made.append(Delivery(folder, channel, tuple(files), folder / "manifest.json"))
        for channel, folder in folders.items():
            for path in sorted(staged[channel].iterdir(), key=lambda path: path.name == "manifest.json"):
                path.replace(folder / path.name)
    finally:
        for channel, folder in staged.items():
            shutil.rmtree(folder, ignore_errors=True)
            if len(made) < len(folders) and len(folders) > 1 and not any(folders[channel].iterdir()):
                folders[channel].rmdir()
    report("delivered", 1.0)
    return tuple(made)


def _refuse_drafts(assets: tuple[Asset, ...]) -> None:
    for asset in assets:
        if asset.facts["quality"] == "draft":
            raise StudioError(f"{asset.ref} was shot in draft quality, which is not delivered: shoot it with --quality final.")


def _deliver_one(store: Store, asset: Asset, path: Path, name: FileName, rules: ChannelSpec) -> DeliveredFile:
    with Image.open(asset.path("picture.png")) as opened:
        picture = opened.convert("RGB")
    if "mask.png" not in asset.manifest.files:
        check_large_enough(picture.size, rules, what=str(asset.ref))
        raise StudioError(f"{asset.ref} does not say where its subject is, as shots of earlier versions do not: shoot it with --again.")
    with Image.open(asset.path("mask.png")) as opened:
        mask = opened.convert("L")
    cut = plan_cut(np.asarray(picture), np.asarray(mask), rules, what=str(asset.ref))
    origin = origin_of(store, asset)
    text = alt_text(origin, shown=garments_shown(store, asset, cut))
    tags = Tags(title_of(origin, name.article), text, origin.source_type)
    data = encode(apply_cut(picture, cut), rules, tags)
    path.write_bytes(data)
    return DeliveredFile(
        name=name,
        origin=origin,
        report=check_file(path, rules, mask=np.asarray(apply_cut(mask, cut, ground=0)) > COVERED),
        sha256=hashlib.sha256(data).hexdigest(),
        gtin=gtin_of(name.article),
        title=tags.title,
        alt_text=tags.alt_text,
        cut=cut.words(picture.size),
    )
