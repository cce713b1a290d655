"""The manifest: the one record of a published asset. Its digest is the asset's identity."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from pydantic import Field

from studio.specs.base import Spec, canonical_json
from studio.store.refs import Ref

SCHEMA = 1


class StoredFile(Spec):
    """A file of an asset: where its bytes are in the blob store, and how many."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)


class InputRecord(Spec):
    """What the asset was made from. ``digest`` is the other asset's identity, or the SHA-256 of a file from outside."""

    role: str
    name: str
    digest: str


class Manifest(Spec):
    """Everything that is known of a published asset; never changed after publication."""

    schema_number: Literal[1] = SCHEMA
    kind: str
    name: str
    version: int = Field(ge=1)
    created_at: str
    stage: str
    recipe: str
    inputs: tuple[InputRecord, ...]
    spec: dict[str, Any]
    seeds: dict[str, int]
    tools: dict[str, str]
    source: str
    files: dict[str, StoredFile]
    facts: dict[str, Any]
    passed: bool

    @property
    def ref(self) -> Ref:
        return Ref(self.kind, self.name, self.version)

    def digest(self) -> str:
        """SHA-256 of the canonical text: the asset's identity."""
        return hashlib.sha256(canonical_json(self).encode()).hexdigest()
