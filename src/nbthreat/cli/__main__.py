"""Lets `python -m nbthreat.cli` do what `nbthreat` does."""

import sys

from nbthreat.cli import main

sys.exit(main())
