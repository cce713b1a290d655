"""Captured motions: files of others become rotations of the 55 joints."""
