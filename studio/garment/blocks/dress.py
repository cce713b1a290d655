"""Placeholder until drafted."""


def draft_dress(measures, design):
    raise NotImplementedError
