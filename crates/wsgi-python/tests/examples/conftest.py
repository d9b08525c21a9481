"""The examples use the client and the servers of the conformance suite."""

import sys
from pathlib import Path

HERE = Path(__file__).parent

sys.path.insert(0, str(HERE.parent / "conformance"))
