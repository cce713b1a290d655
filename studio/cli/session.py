"""What every command shares: the workspace, the way of answering, and the progress bar."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.progress import Report, silent
from studio.store.workspace import find_workspace, open_store

if TYPE_CHECKING:
    from studio.store import Production
    from studio.store.store import Store


@dataclass(frozen=True)
class Session:
    """One run of the command line. stdout is data, stderr is talk."""

    workspace: Path | None
    as_json: bool
    verbose: bool

    def open_store(self) -> Store:
        """The store of ``--workspace``, or of the nearest workspace upwards."""
        return open_store(find_workspace(self.workspace or Path.cwd()))

    def answer(self, result: Mapping[str, Any], text: str) -> None:
        """The one answer of a command: a JSON object on one line with ``--json``, else text for people."""
        sys.stdout.write((json.dumps(result, allow_nan=False) if self.as_json else text) + "\n")
        sys.stdout.flush()

    def answer_produced(self, production: Production, result: Mapping[str, Any], text: str) -> None:
        """The answer of a stage: ``ref`` and ``seconds`` beside its own keys, and a word where nothing was computed."""
        if production.reused:
            self.say(f"{production.asset.ref}: nothing changed.")
        head = {"ref": str(production.asset.ref), "seconds": round(production.seconds, 3)}
        self.answer({**head, **result}, f"{production.asset.ref}  {text}")

    def say(self, text: str) -> None:
        """Talk, on stderr; quiet with ``--json``."""
        if not self.as_json:
            sys.stderr.write(text + "\n")

    @contextlib.contextmanager
    def progress(self) -> Iterator[Report]:
        """A progress bar on a terminal, silence elsewhere."""
        if self.as_json or not sys.stderr.isatty():
            yield silent
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description:<34}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("", total=1.0)

            def report(label: str, fraction: float) -> None:
                bar.update(task, description=label, completed=fraction)

            yield report
