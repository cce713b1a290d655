"""Looks that move: from the pose they were dressed in to another, or through a motion."""
