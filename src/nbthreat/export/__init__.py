"""Export: registers out, as pages, tables and other programs' formats, by the command line and through nbconvert.

Every format is made from the data of an Assessment, never from a notebook's outputs.

Importing this room lets notebooks show assessments as HTML; what that takes is loaded when one is shown.
"""

from __future__ import annotations

from nbthreat.assessment import Assessment, shown_by


def _fragment(assessment: Assessment) -> str:
    from nbthreat.export import page

    return page.fragment(assessment)


shown_by("text/html", _fragment)
