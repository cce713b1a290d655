"""File names by a channel's grammar: putting them together, and reading them back from files that are there."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass

from studio.deliver.articles import ARTICLE, GTIN, check_article
from studio.errors import StudioError
from studio.specs.channel import ChannelSpec
from studio.store import Asset, Ref

#: What the name of a camera is, and so of a view.
_VIEW = r"[a-z0-9][a-z0-9-]{0,47}"


@dataclass(frozen=True)
class FileName:
    """The name of one delivered file. ``slot`` is None on channels that have none."""

    file: str
    article: str
    view: str
    slot: str | None


@dataclass(frozen=True)
class ReadName:
    """What a file name says; ``view`` and ``slot`` are None where the grammar has none."""

    article: str
    view: str | None
    slot: str | None


def name_files(shots: Sequence[Asset], channel: ChannelSpec, article: str | None) -> tuple[FileName, ...]:
    """The files' names, in the order of the shots. ``article`` for all of them, each look's name without it.

    Raises StudioError for articles and views that the channel does not take, more pictures of an article than it takes, and for two
    shots of one name.
    """
    names: list[FileName] = []
    for shot in shots:
        number = article or Ref.parse(shot.facts["look"]).name
        check_article(number, channel.articles, channel=channel.title)
        view = str(shot.facts["camera"])
        if channel.views and view not in channel.views:
            taken = " or ".join(channel.views)
            raise StudioError(f"{channel.title} takes the view {taken}, and {shot.ref} is the view {view}: leave it out.")
        before = sum(name.article == number for name in names)
        if channel.pictures is not None and before >= channel.pictures:
            raise StudioError(
                f"{channel.title} takes {channel.pictures} picture{'s' if channel.pictures > 1 else ''} of an article at most, and "
                f"{shot.ref} would be number {before + 1} of {number}: leave some out, or give them different --article."
            )
        slot = channel.slots[before] if channel.slots else None
        file = channel.name.format(article=number, view=view, slot=slot) + channel.suffix
        same = next((str(other.ref) for other, name in zip(shots, names, strict=False) if name.file == file), None)
        if same is not None:
            raise StudioError(f"{shot.ref} and {same} would both be named {file}: deliver them apart, or give them different --article.")
        names.append(FileName(file, number, view, slot))
    return tuple(names)


def read_name(stem: str, channel: ChannelSpec) -> ReadName | None:
    """What a file name without its suffix says, or None where it does not follow the channel's grammar."""
    patterns = {
        "article": f"(?:{GTIN.pattern}|{ARTICLE.pattern})",  # digits first: in 4006381333931-three-quarter they are the article
        "view": _VIEW,
        "slot": "|".join(channel.slots),
    }
    parts = []
    for text, field, _, _ in string.Formatter().parse(channel.name):
        parts.append(re.escape(text) + (f"(?P<{field}>{patterns[field]})" if field else ""))
    match = re.fullmatch("".join(parts), stem)
    if match is None:
        return None
    said = match.groupdict()
    return ReadName(said.get("article", ""), said.get("view"), said.get("slot"))
