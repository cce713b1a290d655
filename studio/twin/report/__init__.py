"""What people read about twins: the report of one, the change between two, the history of a name."""
