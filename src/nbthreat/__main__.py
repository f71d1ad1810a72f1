"""`python -m nbthreat`: the command line, where the script is not on the path."""

import sys

from nbthreat.cli import main

sys.exit(main())
