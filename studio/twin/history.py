"""The versions of a twin, and what the tape says of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from studio.body.tape import Measures
from studio.errors import StudioError
from studio.progress import Report, silent
from studio.store import Ref
from studio.store.store import Store
from studio.twin.measure import measures_of
from studio.twin.twin import load_twin

#: The measures that are followed from version to version.
KEY_MEASURES = ("stature", "bust_girth", "underbust_girth", "waist_girth", "hip_girth", "thigh_girth")


@dataclass(frozen=True)
class Version:
    """One version of a twin. made: By which stage, in a word: ``fit``, ``create``. measures: None where it cannot be measured, and why."""

    ref: Ref
    created_at: datetime
    made: str
    passed: bool
    measures: Measures | None
    why_not: str = ""


def twin_history(store: Store, ref: Ref | str, *, report: Report = silent) -> tuple[Version, ...]:
    """Every version of a twin's name, the first first, failed ones included, measured anew.

    A version on a body model that is no longer installed, or that the tape does not go round, is listed without measures.

    Raises StudioError where there is no twin of that name.
    """
    ref = Ref.parse(ref, kind="twin") if isinstance(ref, str) else ref
    entries = store.entries(kind="twin", name=ref.name)
    if not entries:
        store.resolve(ref)  # says what there is instead
    versions = []
    for number, entry in enumerate(entries):
        report(f"measuring {entry.ref}", number / len(entries))
        asset = store.resolve(entry.ref)
        measures, why_not = None, ""
        try:
            measures = measures_of(load_twin(store, asset.ref))
        except StudioError as error:
            why_not = str(error)
        made = asset.manifest.stage.rpartition(".")[2]
        versions.append(Version(asset.ref, datetime.fromisoformat(entry.created_at), made, entry.passed, measures, why_not))
    report("done", 1.0)
    return tuple(versions)
