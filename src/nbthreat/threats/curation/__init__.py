"""Curation: what keepers of the library need. Other catalogues' ids, and the examples inside threats."""
