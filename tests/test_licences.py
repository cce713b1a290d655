"""A default installation is free for trade: every package that it brings has a licence that allows it."""

from __future__ import annotations

import re
from importlib import metadata

#: Licences that allow commercial use. GPL is allowed for bpy alone, which runs as a separate process.
FREE = re.compile(
    r"(?i)\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla Public|HPND|Unlicense|Zlib|0BSD|CC0|LGPL|Public Domain)\b"
    r"|^(new |3-clause )?bsd"
)
FORBIDDEN = re.compile(r"(?i)non-?commercial|research only|\bAGPL|\bGPL|GNU General Public|proprietary|all rights reserved")

#: Packages whose metadata names no licence; read from the licence file that they ship or from their project page, with the finding.
KNOWN = {
    "anny": "Apache-2.0 (LICENSE in the wheel)",
    "asttokens": "Apache-2.0 (LICENSE in the wheel)",
}
GPL_BEHIND_A_PROCESS = {"bpy"}


def requirements(name: str) -> set[str]:
    """Names of the installed packages that ``name`` requires by default, on this machine."""
    found = set()
    for line in metadata.requires(name) or []:
        requirement, _, marker = line.partition(";")
        if "extra ==" in marker:
            continue
        package = re.match(r"[A-Za-z0-9._-]+", requirement.strip())[0]
        try:
            metadata.distribution(package)
        except metadata.PackageNotFoundError:
            continue  # for another platform or Python
        found.add(re.sub(r"[-_.]+", "-", package).lower())
    return found


def closure(name: str) -> set[str]:
    todo, done = requirements(name), set()
    while todo:
        package = todo.pop()
        if package not in done:
            done.add(package)
            todo |= requirements(package) - done
    return done


def licence(name: str) -> str:
    data = metadata.metadata(name)
    classifiers = [line for line in data.get_all("Classifier") or [] if line.startswith("License ::")]
    text = data.get("License-Expression") or " ".join(classifiers) or (data.get("License") or "").split("\n")[0]
    return text or KNOWN.get(name, "")


def test_every_default_dependency_is_free_for_trade():
    packages = closure("studio")
    assert {"bpy", "anny", "torch", "open3d"} <= packages
    assert "smplx" not in packages
    for name in sorted(packages - GPL_BEHIND_A_PROCESS):
        text = licence(name)
        assert FREE.search(text), f"{name}: '{text}' is not known to allow trade"
        assert not FORBIDDEN.search(re.sub(r"(?i)LGPL\S*|GNU Lesser General Public", "", text)), f"{name}: {text}"


def test_the_gate_refuses_what_forbids_trade():
    for text in ("Non-commercial research only", "AGPL-3.0", "GNU General Public License v3", "Proprietary"):
        assert FORBIDDEN.search(text)
