"""The example projects run as they stand in ../../examples."""

import subprocess
import sys

import pytest

from poolhouse import CLIENTS

EXAMPLES = CLIENTS.parent / "examples"


@pytest.mark.parametrize("order", ["as written", "twice"])
def test_the_pytest_project_passes_and_leaves_no_trace_in_its_seed(order, tmp_path):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "tests")]
    command += ["test_app.py"] if order == "as written" else ["test_app.py", "--keep-duplicates", "test_app.py"]
    run = subprocess.run(command, cwd=EXAMPLES / "pytest", capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
    passed = "4 passed" if order == "as written" else "8 passed"
    assert passed in run.stdout, run.stdout
