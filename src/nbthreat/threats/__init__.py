"""Threats: what can go wrong? The rule language, the library, and how the two find threats in a system."""
