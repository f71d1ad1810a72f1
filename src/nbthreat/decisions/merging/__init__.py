"""Merging what two people did to one system or register, so that nothing that either decided is lost."""

from __future__ import annotations

from nbthreat.decisions.merging.registers import merge_registers
from nbthreat.decisions.merging.systems import Merged, merge_systems
from nbthreat.decisions.merging.threeway import Clash, Side

__all__ = ["Clash", "Merged", "Side", "merge_registers", "merge_systems"]
