"""Measurements on real data: ``python -m bench NAME``. Results go into RESULTS.md beside this file."""
