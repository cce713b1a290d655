"""What a measurement ran on, in one line."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path


def hardware() -> str:
    """Processor, cores, memory, load and date."""
    name = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.is_file():
        models = [line.split(":", 1)[1].strip() for line in information.read_text().splitlines() if line.startswith("model name")]
        name = models[0] if models else name
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    date = datetime.now(UTC).date().isoformat()
    return f"{name}, {os.cpu_count()} cores, {memory_gb:.0f} GB, load {os.getloadavg()[2]:.1f} over 15 minutes, {date}."
