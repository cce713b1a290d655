"""The smallest job: what Blender this is and on what it can render."""

from __future__ import annotations

from typing import Any

import bpy

from studio.blender.job import Job

#: Asked one by one: asking for all kinds at once is known to crash on machines with several makers' cards.
DEVICE_KINDS = ("OPTIX", "CUDA", "HIP", "METAL", "ONEAPI")


def run(job: Job) -> dict[str, Any]:
    """Facts: ``version``, and ``devices``: kind -> names of the cards that Cycles can use besides the processor."""
    bpy.ops.preferences.addon_enable(module="cycles")
    preferences = bpy.context.preferences.addons["cycles"].preferences
    devices: dict[str, list[str]] = {}
    for kind in DEVICE_KINDS:
        try:
            found = preferences.get_devices_for_type(kind)
        except (ValueError, TypeError, RuntimeError):  # a kind that this build does not know
            continue
        names = [device.name for device in found or () if device.type == kind]
        if names:
            devices[kind] = names
    job.progress("probed", 1.0)
    return {"version": bpy.app.version_string, "devices": devices}
