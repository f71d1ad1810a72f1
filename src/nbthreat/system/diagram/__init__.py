"""Drawings: a System as one static SVG picture, and the same picture in words.

`svg` is what a page shows and `outline` less of it, `describe` what it says to those who cannot see it, `arrange` where
the boxes go.
Same System, same text, to the byte, on the same machine. Nothing in a drawing runs, links or loads.
"""

from nbthreat.system.diagram.arranging import arrange
from nbthreat.system.diagram.drawing import svg
from nbthreat.system.diagram.outline import outline
from nbthreat.system.diagram.wording import describe

__all__ = ["arrange", "describe", "outline", "svg"]
