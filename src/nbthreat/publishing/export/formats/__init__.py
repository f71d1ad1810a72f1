"""Formats: everything a register can be published as, in one table.

A format is a function from a Publication to text or bytes, one module a kind. The command line, the set that is
published and nbconvert's exporters are all made from this table; what a format takes is loaded when it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbthreat.publishing.publication import Publication
    from nbthreat.publishing.publication.reading import Earlier

_HOME = "nbthreat.publishing.export"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One way to publish a register."""

    name: str  # what the command line calls it
    suffix: str  # of the file, without the first full stop
    media_type: str
    title: str  # what menus call it
    function: str  # module:function, below nbthreat.publishing.export
    exporter: str  # the class that nbconvert finds
    news: bool = False  # whether it tells what changed since an earlier publication

    def make(self, publication: Publication, earlier: Earlier | None = None) -> str | bytes:
        """Return the publication in this format, with what changed since `earlier` where the format tells that."""
        module, _, name = self.function.partition(":")
        function = getattr(import_module(f"{_HOME}.{module}"), name)
        made: str | bytes = function(publication, earlier) if self.news else function(publication)
        return made

    def data(self, publication: Publication, earlier: Earlier | None = None) -> bytes:
        """Return the bytes of the file."""
        made = self.make(publication, earlier)
        return made.encode("utf-8", "backslashreplace") if isinstance(made, str) else made

    @property
    def is_text(self) -> bool:
        """Whether the file is text that people can read."""
        return self.media_type != "application/pdf" and not self.suffix.endswith(("xlsx", "ods"))

    @property
    def entry_point(self) -> str:
        """What nbconvert calls its exporter."""
        return "nbthreat-register" if self.name == "html" else f"nbthreat-register-{self.name}"


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_JSON = "application/json"

FORMATS: tuple[Format, ...] = (
    Format(
        name="html",
        suffix="html",
        media_type="text/html",
        title="Risk register (HTML)",
        function="page:html",
        exporter="RegisterExporter",
        news=True,
    ),
    Format(
        name="md",
        suffix="md",
        media_type="text/markdown",
        title="Risk register (Markdown)",
        function="page:markdown",
        exporter="RegisterMarkdownExporter",
        news=True,
    ),
    Format(
        name="csv",
        suffix="csv",
        media_type="text/csv",
        title="Risk register (CSV)",
        function="tables:register_csv",
        exporter="RegisterCSVExporter",
    ),
    Format(
        name="json",
        suffix="json",
        media_type=_JSON,
        title="Risk register (JSON)",
        function="tables:register_json",
        exporter="RegisterJSONExporter",
    ),
    Format(
        name="xlsx",
        suffix="xlsx",
        media_type=_XLSX,
        title="Risk register (Excel)",
        function="formats.xlsx:xlsx",
        exporter="RegisterXLSXExporter",
    ),
    Format(
        name="ods",
        suffix="ods",
        media_type="application/vnd.oasis.opendocument.spreadsheet",
        title="Risk register (OpenDocument)",
        function="formats.ods:ods",
        exporter="RegisterODSExporter",
    ),
    Format(
        name="pdf",
        suffix="pdf",
        media_type="application/pdf",
        title="Risk register (PDF)",
        function="formats.pdf:pdf",
        exporter="RegisterPDFExporter",
        news=True,
    ),
    Format(
        name="briefing",
        suffix="briefing.html",
        media_type="text/html",
        title="Briefing (slides)",
        function="page:briefing",
        exporter="RegisterBriefingExporter",
        news=True,
    ),
    Format(
        name="oscal",
        suffix="oscal.json",
        media_type=_JSON,
        title="OSCAL plan of action and milestones",
        function="formats.oscal:oscal",
        exporter="RegisterOSCALExporter",
    ),
    Format(
        name="sarif",
        suffix="sarif",
        media_type="application/sarif+json",
        title="SARIF",
        function="formats.sarif:sarif",
        exporter="RegisterSARIFExporter",
    ),
    Format(
        name="navigator",
        suffix="navigator.json",
        media_type=_JSON,
        title="MITRE ATLAS Navigator layer",
        function="formats.navigator:navigator",
        exporter="RegisterNavigatorExporter",
    ),
    Format(
        name="tickets",
        suffix="tickets.csv",
        media_type="text/csv",
        title="Tickets (CSV for Jira)",
        function="formats.tickets:tickets",
        exporter="RegisterTicketsExporter",
    ),
    Format(
        name="ciso-assets",
        suffix="ciso-assets.xlsx",
        media_type=_XLSX,
        title="CISO Assistant: assets",
        function="formats.ciso:ciso_assets",
        exporter="RegisterCISOAssetsExporter",
    ),
    Format(
        name="ciso-controls",
        suffix="ciso-controls.xlsx",
        media_type=_XLSX,
        title="CISO Assistant: applied controls",
        function="formats.ciso:ciso_controls",
        exporter="RegisterCISOControlsExporter",
    ),
    Format(
        name="ciso-risks",
        suffix="ciso-risks.xlsx",
        media_type=_XLSX,
        title="CISO Assistant: risk assessment",
        function="formats.ciso:ciso_risks",
        exporter="RegisterCISORisksExporter",
    ),
    Format(
        name="ciso-library",
        suffix="ciso-library.yaml",
        media_type="application/yaml",
        title="CISO Assistant: the Code as a library",
        function="formats.ciso:ciso_library",
        exporter="RegisterCISOLibraryExporter",
    ),
)
"""Every format, the everyday ones first."""

BY_NAME = {format.name: format for format in FORMATS}
