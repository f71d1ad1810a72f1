"""nbthreat."""
