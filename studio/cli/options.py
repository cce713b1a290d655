"""Options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Again = Annotated[bool, typer.Option("--again", help="Compute anew, even where the same recipe has been computed.")]
Name = Annotated[str | None, typer.Option("--name", help="What to call the result.")]
Out = Annotated[Path, typer.Option("--out", help="The folder for the files.")]
Wind = Annotated[str | None, typer.Option("--wind", help="FROM:SPEED in degrees and m/s; 0 blows at the subject's front.")]
ShotRefs = Annotated[list[str], typer.Argument(help="shot/NAME or shot/NAME@VERSION, one or more.")]
