"""`python -m tests.drill_recipes`: the R of docs/analysts.md against its pandas, on one file.

It reads the database of the environment, by default that of `make run`. The suite does not run R,
so that it needs nothing but Python.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PLAN, LAST = "strategy-2023-26", "2025-06"
GUIDE = Path(__file__).resolve().parents[1] / "docs" / "analysts.md"


def main() -> int:
    rscript = shutil.which("Rscript")
    if rscript is None:
        print("There is no Rscript on this machine: apt-get install r-base-core.")
        return 1
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmpt_tracker.settings")
    os.environ.setdefault("DEBUG", "on")
    import django
    import pandas

    django.setup()
    from django.core.management import call_command

    (recipe,) = re.findall(r"```r\n(rows <- read\.csv.*?)```", GUIDE.read_text(), re.DOTALL)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "assessments.csv")
        call_command("export", "assessments", "--plan", PLAN, "--to", LAST, "--out", str(file))
        written = f"{recipe}\nwrite.csv(table(last$rag), 'counts.csv', row.names = FALSE)\n"
        subprocess.run([rscript, "-e", written], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        in_r = dict(pandas.read_csv(Path(folder, "counts.csv")).itertuples(index=False))
        rows = pandas.read_csv(file, dtype_backend="numpy_nullable")
    own = rows[(rows["plan"] == PLAN) & (rows["care_group"] == "trust")]
    last = own.sort_values("period_end", kind="stable").groupby("target_id").tail(1)
    in_pandas = last["rag"].value_counts().to_dict()
    print(f"R: {in_r}\npandas: {in_pandas}")
    return 0 if in_r == in_pandas else 1


if __name__ == "__main__":
    sys.exit(main())
