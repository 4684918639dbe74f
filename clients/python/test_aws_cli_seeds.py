"""What the AWS CLI and boto3 print of a pool is a seed: it gives the same pool on another server."""

import json
import os
import subprocess
from contextlib import contextmanager

import pytest

from aws_cli import Cli
from poolhouse import Poolhouse
from user_pool import USER, UserPool

GROUP = "staff"
USERS = [USER, "mary", "zoe"]


@pytest.fixture
def pool(start):
    """A pool with a client, a group, and users in several states."""
    pool = UserPool(start(), GenerateSecret=True)
    pool.ask_for_software_tokens("OPTIONAL")
    phone = [{"Name": "phone_number", "Value": "+12065550100"}]
    for name in USERS[1:]:
        pool.admin.admin_create_user(UserPoolId=pool.id, Username=name, UserAttributes=phone, MessageAction="SUPPRESS")
    pool.admin.admin_disable_user(UserPoolId=pool.id, Username="zoe")
    pool.admin.admin_set_user_mfa_preference(
        UserPoolId=pool.id, Username="mary", SMSMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    pool.admin.create_group(UserPoolId=pool.id, GroupName=GROUP, Precedence=3, Description="Everybody")
    pool.admin.create_group(UserPoolId=pool.id, GroupName="guests")
    for name in (USER, "mary"):
        pool.admin.admin_add_user_to_group(UserPoolId=pool.id, Username=name, GroupName=GROUP)
    return pool


def seed(database, *arguments):
    """What `seed apply` reports."""
    command = [os.environ["POOLHOUSE_BIN"], "seed", "apply", "--create", "--database", database, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@contextmanager
def serving(database):
    server = Poolhouse(database)
    try:
        yield server
    finally:
        server.stop()


def questions(pool):
    """The commands whose answers together are the pool, each with the name of its file."""
    of_pool = ["--user-pool-id", pool.id]
    return {
        "pool.json": [["describe-user-pool", *of_pool]],
        "mfa.json": [["get-user-pool-mfa-config", *of_pool]],
        "client.json": [["describe-user-pool-client", *of_pool, "--client-id", pool.client_id]],
        "users.json": [["list-users", *of_pool]],
        "shown.json": [["admin-get-user", *of_pool, "--username", name] for name in USERS],
        "groups.json": [["list-groups", *of_pool]],
        "members.json": [["list-users-in-group", *of_pool, "--group-name", GROUP]],
    }


def answers(server, pool, **environment):
    """What the CLI prints for each file: the answers one after the other, as `>>` writes them."""
    cli = Cli(server, **environment)
    printed = {}
    for name, commands in questions(pool).items():
        done = [cli.command(*command) for command in commands]
        assert all(one.returncode == 0 for one in done), done
        printed[name] = "".join(one.stdout for one in done)
    return printed


@pytest.mark.parametrize("dates", ["wire", "iso8601"])
def test_what_the_cli_prints_of_a_pool_gives_the_same_pool_elsewhere(pool, tmp_path, dates):
    config = tmp_path / "config"
    config.write_text(f"[default]\ncli_timestamp_format = {dates}\n")
    here = answers(pool.server, pool, AWS_CONFIG_FILE=str(config))
    for name, text in here.items():
        (tmp_path / name).write_text(text)
    *others, members = [tmp_path / name for name in here]
    there = tmp_path / "there.db"
    arguments = [*reversed(others), "--group", GROUP, members]
    summary, report = seed(there, *arguments)
    # The pool, its client, two groups, three users and two memberships; who is named again is Mary, with her factor.
    assert summary == f"{there}: 9 created, 0 updated, 5 unchanged\n"
    assert report.startswith("3 users were created without a password")
    assert seed(there, *arguments) == (f"{there}: 0 created, 0 updated, 14 unchanged\n", "")
    with serving(there) as server:
        assert answers(server, pool, AWS_CONFIG_FILE=str(config)) == here


def test_pages_that_the_cli_and_boto3_print_go_in_with_what_stands_beside_them(pool, tmp_path):
    there = tmp_path / "there.db"
    cli = Cli(pool.server)
    of_pool = ["--user-pool-id", pool.id]
    described = tmp_path / "pool.json"
    described.write_text(json.dumps(pool.admin.describe_user_pool(UserPoolId=pool.id), default=str))
    page = cli.answer("list-users", *of_pool, "--max-items", "2")
    assert page.keys() == {"Users", "NextToken"}
    rest = cli.answer("list-users", *of_pool, "--starting-token", page["NextToken"])
    pages = [json.dumps(page), json.dumps(rest)]
    (tmp_path / "users.json").write_text("\n".join(pages))
    members = pool.admin.list_users_in_group(UserPoolId=pool.id, GroupName=GROUP, Limit=1)
    assert {"NextToken", "ResponseMetadata"} <= members.keys()
    (tmp_path / "members.json").write_text(json.dumps(members, default=str))
    groups = pool.admin.get_paginator("list_groups").paginate(UserPoolId=pool.id, PaginationConfig={"PageSize": 1})
    (tmp_path / "groups.json").write_text("".join(json.dumps(groups, default=str) for groups in groups))
    summary, _ = seed(there, tmp_path / "users.json", tmp_path / "groups.json", described)
    assert summary == f"{there}: 6 created, 0 updated, 0 unchanged\n"
    # The pool is in the registry by now; the file names it nowhere.
    summary, _ = seed(there, "--pool", pool.id, "--group", GROUP, tmp_path / "members.json")
    assert summary == f"{there}: 1 created, 0 updated, 1 unchanged\n"
    with serving(there) as server:
        users = server.client().list_users(UserPoolId=pool.id)["Users"]
        assert users == pool.admin.list_users(UserPoolId=pool.id)["Users"]
