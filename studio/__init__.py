"""A virtual photo studio for fashion digital twins: scan -> twin -> look -> shot -> delivery."""

__version__ = "0.1.0"
