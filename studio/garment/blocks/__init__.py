"""Blocks: each drafts a pattern from measures and a design."""
