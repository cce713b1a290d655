"""A virtual photo studio for fashion digital twins: scan -> twin -> look -> shot -> delivery.

The public functions, one per stage, load what they need when they are first used:

    from studio import add_scan, contact_sheet, deliver, dress, fit_twin, open_workspace, shoot
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "open_workspace": "studio.store.workspace",
    "add_scan": "studio.scan.stage",
    "fit_twin": "studio.twin.stage",
    "measure_twin": "studio.twin.measure",
    "export_twin": "studio.twin.export",
    "dress": "studio.look.stage",
    "repose": "studio.look.repose",
    "animate": "studio.look.motion.stage",
    "fit_report": "studio.fit.report",
    "shoot": "studio.shot.stage",
    "deliver": "studio.deliver.stage",
    "deliver_all": "studio.deliver.stage",
    "load_channel": "studio.deliver.stage",
    "check_file": "studio.deliver.conformity",
    "contact_sheet": "studio.deliver.contact_sheet",
}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    """The public functions, found where they live; ``import studio`` alone loads none of their packages."""
    if name not in _HOMES:
        raise AttributeError(f"module 'studio' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)
