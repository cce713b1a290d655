"""References: ``kind/name@version``; without ``@`` the newest version that passed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from studio.errors import StudioError

#: Lower case, so that file systems that ignore case agree; no dots first, no slashes, so that a name is never a path.
_WORD = r"[a-z0-9](?:[a-z0-9_.-]{0,62}[a-z0-9])?"
_REF = re.compile(rf"(?P<kind>[a-z][a-z-]{{0,31}})/(?P<name>{_WORD})(?:@(?P<version>[1-9][0-9]{{0,8}}))?")

_GRAMMAR = ", the name in lower-case letters, digits, '-', '_' or '.'."


@dataclass(frozen=True, order=True)
class Ref:
    """What people call an asset. ``version`` is None where the newest one that passed is meant."""

    kind: str
    name: str
    version: int | None = None

    def __post_init__(self) -> None:
        if _REF.fullmatch(str(self)) is None:
            raise StudioError(f"'{self}' is not a reference: write kind/name or kind/name@version{_GRAMMAR}")

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}" + (f"@{self.version}" if self.version is not None else "")

    @classmethod
    def parse(cls, text: str, *, kind: str | None = None) -> Ref:
        """Read a reference. With ``kind``, a bare name means that kind and another kind is refused."""
        written = text if "/" in text or kind is None else f"{kind}/{text}"
        match = _REF.fullmatch(written)
        if match is None:
            raise StudioError(f"'{text}' is not a reference: write {kind or 'kind'}/name or {kind or 'kind'}/name@version{_GRAMMAR}")
        if kind is not None and match["kind"] != kind:
            raise StudioError(f"'{text}' is a {match['kind']}, and a {kind} is needed here: write {kind}/name.")
        return cls(match["kind"], match["name"], int(match["version"]) if match["version"] else None)

    def at(self, version: int) -> Ref:
        """The same name at a version."""
        return Ref(self.kind, self.name, version)
