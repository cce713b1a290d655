"""Twins from measurements: a natural body that has the measures that were asked for."""
