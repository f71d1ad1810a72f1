"""Curation: other catalogues' ids, the examples inside threats, and what a drawing seems to leave out."""
