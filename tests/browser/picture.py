"""Makes the picture in the README: the chatbot on the workbench. Run: python tests/browser/picture.py"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from desk import CHROMIUM, FLAGS, Desk, Server, browser_context, copied, folders
from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).parents[2] / "docs" / "workbench.png"


def main() -> None:
    """Open the chatbot, light the path of its worst finding, and take the picture."""
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        server = Server(Path(home))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            folder = next(folders(server.root))
            copied(folder, "chatbot-actions.yaml")
            desk = Desk(server, browser_context(browser, viewport={"width": 1280, "height": 800}), folder)
            desk.start('import nbthreat\nnbthreat.Workbench("chatbot-actions.yaml")')
            desk.wide()
            desk.wait_saved()
            desk.card(0).locator("h3").click()
            desk.rest()
            desk.board().screenshot(path=PICTURE)
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main()
