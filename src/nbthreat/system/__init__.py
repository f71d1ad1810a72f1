"""System: what are we working on? The model of a system, its file, its drawing, and what changed in it."""
