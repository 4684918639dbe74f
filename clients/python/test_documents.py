"""The scripts and commands of README.md and docs/*.md, as they stand there."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from documents import ROOT, block, names
from poolhouse import CLIENTS

ADDRESS = "http://127.0.0.1:9229"
DOCUMENTS = ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]


def run(script, server, *command, **options):
    """What a script of a document prints. The usual port may be taken on this machine: the address is all that is changed."""
    assert script.count(ADDRESS) == 1
    ran = subprocess.run(
        [*command, script.replace(ADDRESS, server.url)], capture_output=True, text=True, timeout=120, **options
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_each_script_is_run_by_a_test():
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    for document in DOCUMENTS:
        for language, name in names(document):
            if language in {"python", "javascript", "sh"} or name:
                assert name and f'"{name}"' in tests, f"{document}: {language} {name}"


def test_a_first_call_of_the_command_line_shows_the_device(start):
    server = start("--demo")
    own = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{own}:{os.environ['PATH']}"}
    printed = run(block("README.md", "first-call"), server, "bash", "-c", env=environment)
    shown = json.loads(printed)["Device"]
    expected = json.loads(block("README.md", "first-call-answer"))["Device"]
    assert (shown["DeviceKey"], shown["DeviceAttributes"]) == (expected["DeviceKey"], expected["DeviceAttributes"])
    assert shown.keys() == expected.keys()


def test_a_first_sign_in_gives_an_access_token(start):
    server = start("--demo")
    printed = run(block("README.md", "sign-in"), server, sys.executable, "-c")
    [(user, issuer, device)] = re.findall(r"^(\S+) (\S+) (\S+)$", printed)
    assert (user, issuer) == ("diego", f"{server.url}/us-east-1_PoolDemo1")
    assert device.startswith("us-east-1_")


def test_a_first_refusal_has_the_words_of_the_comment(start):
    script = block("README.md", "refusal")
    command = ["node", "--input-type=module", "--eval"]
    printed = run(script, start("--demo"), *command, cwd=CLIENTS / "javascript")
    assert printed.strip() == re.search(r"// (User.*)$", script, re.M)[1]


def test_a_code_flow_by_curl_tells_who_signed_in(start):
    printed = run(block("docs/oauth.md", "code-flow"), start("--demo"), "bash", "-euc")
    assert json.loads(printed) == json.loads(block("docs/oauth.md", "code-flow-answer"))


def test_an_app_confirms_and_remembers_a_device(start):
    script = block("docs/devices.md", "remember-device")
    assert len(script.splitlines()) <= 30
    printed = run(script, start("--demo"), sys.executable, "-c")
    shown = dict(line.split(" = ", 1) for line in printed.splitlines())
    assert shown["device_name"] == "Diego's laptop"
    assert shown["dev:device_remembered_status"] == "remembered"
    assert shown["dev:device_owner"] == "diego.us-east-1_PoolDemo1"


def test_an_administrator_lists_and_revokes_the_sessions_of_a_user(start):
    printed = run(block("docs/sessions.md", "sessions"), start("--demo"), sys.executable, "-c")
    [(session, device, address)] = re.findall(r"^(\S+) (.*) (\S+)$", printed, re.M)
    assert re.fullmatch("tkn[a-z0-9]{25}", session)
    assert device.startswith("Boto3 1.") and address == "127.0.0.1"


def test_an_identity_is_linked_by_a_script(start):
    printed = run(block("docs/providers.md", "link-identity"), start("--demo"), sys.executable, "-c")
    assert printed == "1234\n"


def test_a_script_waits_until_the_server_is_ready(tmp_path):
    (tmp_path / "poolhouse").symlink_to(os.environ["POOLHOUSE_BIN"])
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "POOLHOUSE_LISTEN": "127.0.0.1:0"}
    script = block("docs/operating.md", "ready") + "kill -TERM $!\nwait $!\n"
    ran = subprocess.run(["bash", "-ec", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert "Stopping." in (tmp_path / "poolhouse.log").read_text()


def run_commands(text, directory):
    """Runs each command behind a `$` in a directory of its own, and compares what it prints with the lines below it."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        command, _, expected = part.partition("\n")
        words = shlex.split(command, comments=True)
        settings = dict(word.split("=", 1) for word in words if re.match("[A-Z_]+=", word))
        words = words[len(settings) :]
        assert words[0] == "poolhouse"
        ran = subprocess.run(
            [os.environ["POOLHOUSE_BIN"], *words[1:]],
            capture_output=True,
            text=True,
            cwd=directory,
            env={**os.environ, **settings},
            timeout=120,
        )
        assert ran.stdout + ran.stderr == expected, command


def test_a_seed_is_applied_and_exported(tmp_path):
    seed = block("docs/seeds.md", "seed.json")
    (tmp_path / "seed.json").write_text(seed)
    run_commands(block("docs/seeds.md", "seeds"), tmp_path)
    (tmp_path / "seed.json").write_text(seed.replace("DeviceConfiguration", "DeviceConfigration"))
    run_commands(block("docs/seeds.md", "mistake"), tmp_path)


def test_settings_that_do_not_exist_or_cannot_be_used_are_refused(tmp_path):
    (tmp_path / "own.toml").write_text("\n" * 5 + "[http]\nmax_body_bytes = 0\n")
    run_commands(block("docs/settings.md", "settings"), tmp_path)
