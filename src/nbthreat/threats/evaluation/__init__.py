"""Evaluations: what every condition answers for every subject of one system, in three values.

An answer for a whole system is a pair of sets (yes, maybe): the subjects for which it is surely so, and those for
which it is so or unknown. All path questions of one depth are followed through the graph together.
"""

from __future__ import annotations

from nbthreat.threats.evaluation.answers import BUDGET, Evaluation, surplus
from nbthreat.threats.evaluation.index import Answer
from nbthreat.threats.evaluation.unknowns import Atom, atom_of, atoms, depth, paths

__all__ = ["BUDGET", "Answer", "Atom", "Evaluation", "atom_of", "atoms", "depth", "paths", "surplus"]
