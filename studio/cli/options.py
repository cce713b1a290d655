"""Options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

#: What a pose is named by, wherever one is asked for.
POSE = "NAME, NAME:mirrored, A+B:0.3, FILE.toml, or one frame of a motion: FILE.npz#120, FILE.bvh#12."
Again = Annotated[bool, typer.Option("--again", help="Compute anew, even where the same recipe has been computed.")]
Name = Annotated[str | None, typer.Option("--name", help="What to call the result.")]
Out = Annotated[Path, typer.Option("--out", help="The folder for the files.")]
Wind = Annotated[str | None, typer.Option("--wind", help="FROM:SPEED in degrees and m/s; 0 blows at the subject's front.")]
ShotRefs = Annotated[list[str], typer.Argument(help="shot/NAME or shot/NAME@VERSION, one or more.")]
