"""Decisions: what are we going to do about it? The register, its verdicts, and one frozen assessment of it all."""
