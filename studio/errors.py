"""The one error family. A message says what was asked, what was found and what to do next; only the CLI exits."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class StudioError(Exception):
    """Bad input, or a request that was refused. The message is one sentence for the person who asked; exit code 1."""

    exit_code = 1


class GateFailed(StudioError):
    """A quality gate failed. The result was kept and is marked as failed; exit code 3."""

    exit_code = 3


class MissingDependency(StudioError):
    """Something the machine lacks: an extra, a system library, licensed weights. The message names the remedy."""


def did_you_mean(asked: str, known: Iterable[str]) -> str:
    """The half-sentence that follows an unknown name: the closest known name, or the list of what there is.

    >>> did_you_mean("tea", ["tee", "a-line-skirt"])
    "did you mean 'tee'?"
    """
    known = sorted(known)
    close = difflib.get_close_matches(asked, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    if not known:
        return "there is none yet."
    shown = ", ".join(known[:12])
    return f"there is: {shown}{', …' if len(known) > 12 else ''}."
