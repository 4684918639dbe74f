"""The script in the README, as it stands there, against the demo that it is for."""

import re
import subprocess
import sys

from poolhouse import CLIENTS

ADDRESS = "http://127.0.0.1:9229"


def script():
    """The one Python script of the README."""
    [text] = re.findall(r"^```python\n(.*?)^```$", (CLIENTS.parent / "README.md").read_text(), re.M | re.S)
    return text


def test_the_script_is_short_and_names_the_servers_usual_address():
    assert len(script().splitlines()) <= 30
    assert script().count(ADDRESS) == 1


def test_the_script_signs_in_and_shows_a_remembered_device(start):
    # The usual port may be taken on this machine: the address is all that is changed.
    text = script().replace(ADDRESS, start("--demo").url)
    ran = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    shown = dict(line.split(" = ", 1) for line in ran.stdout.splitlines())
    assert shown["device_name"] == "Diego's laptop"
    assert shown["dev:device_remembered_status"] == "remembered"
    assert shown["dev:device_owner"] == "diego.us-east-1_PoolDemo1"
