"""Export: registers out, as pages, tables and other programs' formats, by the command line and through nbconvert.

Every format is made from a Publication, never from a notebook's outputs. `publishing` is the way from an assessment to
files.

Importing this package lets notebooks show assessments as HTML; what that takes is loaded when one is shown.
"""

from __future__ import annotations

from nbthreat.decisions.assessment import Assessment, shown_by


def _fragment(assessment: Assessment) -> str:
    from nbthreat.publishing.export import page
    from nbthreat.publishing.publication import Marking, publication

    return page.fragment(publication(assessment, Marking.RED))


shown_by("text/html", _fragment)
