"""`make mutants`: each scoring function changed bit by bit (mutmut); how many changes the vectors miss."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LEAST = 95  # percent


def main() -> int:
    """Make, try and count the mutants anew; 1 where too few are found out."""
    shutil.rmtree(ROOT / "mutants", ignore_errors=True)  # what another run found is no finding of this one
    mutmut = [sys.executable, "-m", "mutmut"]
    subprocess.run([*mutmut, "run", "--max-children", "2"], cwd=ROOT, check=True)
    subprocess.run([*mutmut, "export-cicd-stats"], cwd=ROOT, check=True)
    found = json.loads((ROOT / "mutants/mutmut-cicd-stats.json").read_text(encoding="utf-8"))
    killed, every = int(found["killed"]), int(found["total"])
    percent = 100 * killed / every
    sys.stdout.write(f"{killed} of {every} mutants killed: {percent:.1f} %; at least {LEAST} % must be\n")
    return int(percent < LEAST)


if __name__ == "__main__":
    sys.exit(main())
