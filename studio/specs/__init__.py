"""Validated specifications: what people write in TOML, and what stages are asked for. Data only."""

from studio.specs.base import Spec, canonical_json, load_spec, load_toml

__all__ = ["Spec", "canonical_json", "load_spec", "load_toml"]
