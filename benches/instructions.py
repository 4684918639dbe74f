#!/usr/bin/env python3
"""Counts the instructions of one request, with valgrind's callgrind.

    CARGO_PROFILE_RELEASE_STRIP=none cargo build --release
    python3 benches/instructions.py target/release/poolhouse [OPERATION ...]

Without operations it counts those of `INPUTS` and `BROWSER`; a step of the code flow counts with all steps before it. The server has one worker; 16 connections send a request each at the same time, again
and again. It is run twice, with few requests and with many, and the difference is divided by the difference in requests, so that start
and warm-up do not count. The kernel's instructions do not count either. The part of SHA-256 is told as well, of a
binary with its symbols: valgrind's processor has no instructions for it, so that it is larger there than anywhere else.
"""

import datetime
import hashlib
import hmac
import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
from urllib.parse import urlencode

CONNECTIONS = 16
FEW, MANY = 160, 1120
POOL = {"UserPoolId": "us-east-1_Generated"}
INPUTS = {
    "AdminGetDevice": None,  # each time another device
    "AdminGetUser": POOL | {"Username": "user-00000007"},
    "DescribeUserPool": POOL,
    "ListUsers": POOL,
}
# What browsers and apps ask the domain of a pool for.
BROWSER = ["login page", "userInfo", "client_credentials", "authorize", "... login page", "... sign-in", "... token"]
CODE_FLOW = BROWSER[3:]
TOKENS = []  # access tokens of the last code flow
DOMAIN = "browser.localhost"
CALLBACK = "http://localhost:3000/"
WEB = {"client_id": "web00000000000000000000000", "redirect_uri": CALLBACK}
QUERY = urlencode(WEB | {"response_type": "code", "scope": "openid", "state": "s"})
MACHINE = {"client_id": "machine0000000000000000000", "client_secret": "asecretofamachinethathasmanycharacters000000000"}
OAUTH = {"AllowedOAuthFlowsUserPoolClient": True}
SEED = {
    "UserPool": {"Id": "us-east-1_Browser", "Name": "Browser"},
    "Domains": [{"Domain": "browser", "ManagedLoginVersion": 1}],
    "ResourceServers": [{"Identifier": "shop", "Name": "shop", "Scopes": [{"ScopeName": "read", "ScopeDescription": "read"}]}],
    "Clients": [
        {"ClientId": WEB["client_id"], "ClientName": "web", "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"],
         "CallbackURLs": [CALLBACK], "SupportedIdentityProviders": ["COGNITO"]} | OAUTH,
        {"ClientId": MACHINE["client_id"], "ClientName": "machine", "ClientSecret": MACHINE["client_secret"],
         "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["shop/read"]} | OAUTH,
    ],
    "Users": [{"Username": f"user{number}", "Password": "Correct-Horse-7"} for number in range(CONNECTIONS)],
}


def signed(host, operation, input):
    """The request, signed with the shipped access key (AWS's guide "Signature Version 4 signing process")."""
    body = json.dumps(input, separators=(",", ":")).encode()
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "host": host,
        "x-amz-date": now,
        "x-amz-target": f"AWSCognitoIdentityProviderService.{operation}",
    }
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{now[:8]}/us-east-1/cognito-idp/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = b"AWS4test"
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    headers |= {
        "accept-encoding": "identity",
        "user-agent": "aws-sdk-rust/1.3.14 os/linux lang/rust/1.95.0",
        "amz-sdk-invocation-id": "3f6f3c3e-8a5e-4d4b-9d51-0f6a7c2b9e10",
        "amz-sdk-request": "attempt=1; max=3",
        "authorization": f"AWS4-HMAC-SHA256 Credential=test/{scope}, SignedHeaders={names}, "
        f"Signature={hmac.digest(key, to_sign.encode(), 'sha256').hex()}",
        "content-length": str(len(body)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST / HTTP/1.1\r\n{head}\r\n".encode() + body


def plain(method, path, form=None, **headers):
    """A request of a browser or an app to the domain."""
    body = urlencode(form) if form else ""
    headers |= {"content-type": "application/x-www-form-urlencoded", "content-length": len(body)} if form else {}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\nhost: {DOMAIN}\r\n{head}\r\n{body}".encode()


def at_once(connections, requests):
    """The answers to requests that are sent at the same time, one over each connection."""
    for connection, request in zip(connections, requests):
        connection.sendall(request)
    return [whole_answer(connection) for connection in connections]


def code_flow(connections, last):
    """Goes through the code flow up to a step, each connection as a browser of its own. Returns the last answers."""
    answers = at_once(connections, [plain("GET", f"/oauth2/authorize?{QUERY}")] * len(connections))
    if last == "authorize":
        return answers
    answers = at_once(connections, [plain("GET", f"/login?{QUERY}")] * len(connections))
    if last == "... login page":
        return answers
    posted = []
    for number, (head, body) in enumerate(answers):
        form = {"_csrf": re.search('name="_csrf" value="(.*?)"', body)[1], "username": f"user{number}"}
        cookie = re.search("set-cookie: (.*?);", head)[1]
        posted.append(plain("POST", f"/login?{QUERY}", form | {"password": "Correct-Horse-7"}, cookie=cookie))
    answers = at_once(connections, posted)
    if last == "... sign-in":
        return answers
    codes = [re.search("code=([^&\r]*)", head)[1] for head, _ in answers]
    forms = [WEB | {"grant_type": "authorization_code", "code": code} for code in codes]
    answers = at_once(connections, [plain("POST", "/oauth2/token", form) for form in forms])
    TOKENS[:] = [json.loads(body)["access_token"] for _, body in answers]
    return answers


def browse(connections, what, number):
    """Sends so many requests for what browsers and apps ask for."""
    if what in CODE_FLOW:
        for _ in range(0, number, CONNECTIONS):
            code_flow(connections, what)
        return
    if what == "login page":
        request = plain("GET", f"/login?{QUERY}")
    elif what == "client_credentials":
        request = plain("POST", "/oauth2/token", MACHINE | {"grant_type": "client_credentials"})
    else:
        request = plain("GET", "/oauth2/userInfo", authorization=f"Bearer {TOKENS[0]}")
    for _ in range(0, number, CONNECTIONS):
        at_once(connections, [request] * len(connections))


def answer(connection):
    """The body of an answer, which must be a success."""
    head, body = whole_answer(connection)
    if " 200 " not in head.split("\r\n")[0]:
        sys.exit(f"refused: {body}")
    return body


def whole_answer(connection):
    """The head of an answer, its names in small letters, and its body. It must not be a refusal."""
    read = b""
    while b"\r\n\r\n" not in read:
        read += connection.recv(1 << 18)
    head, body = read.split(b"\r\n\r\n", 1)
    length = int(re.search(rb"content-length: (\d+)", head.lower())[1])
    while len(body) < length:
        body += connection.recv(1 << 18)
    head, body = head.decode(), body.decode()
    if int(head.split()[1]) >= 400:
        sys.exit(f"refused: {body}")
    return re.sub("^[^:\r\n]+:", lambda name: name[0].lower(), head, flags=re.M), body


def inputs(address, operation, number):
    """What the operation gets each time."""
    if INPUTS.get(operation):
        return [INPUTS[operation]] * number
    users = [POOL | {"Username": f"user-{user:08}"} for user in range(200)]
    devices = []
    with socket.create_connection(address) as connection:
        for user in users:
            connection.sendall(signed("%s:%s" % address, "AdminListDevices", user))
            devices += [user | {"DeviceKey": device["DeviceKey"]} for device in json.loads(answer(connection))["Devices"]]
    return [devices[turn * 331 % len(devices)] for turn in range(number)]


def run(binary, directory, operation, number):
    """Serves so many requests. Returns all instructions, and those of SHA-256."""
    counts, output = directory / "callgrind", directory / "output"
    server = ["serve", "--config", directory / "settings.toml", "--listen", "127.0.0.1:0", "--limits", "off"]
    server += ["--log-format", "off", "--database", directory / "poolhouse.db"]
    valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}", "--compress-strings=no", "--quiet"]
    with output.open("w") as file:
        process = subprocess.Popen([*valgrind, binary, *server], stdout=file, env={})
    try:
        while "Ready." not in output.read_text():
            if process.poll() is not None:
                sys.exit("the server has ended")
            time.sleep(0.05)
        host, port = re.search(r"(127\.0\.0\.1):(\d+)", output.read_text()).groups()
        address = (host, int(port))
        connections = [socket.create_connection(address) for _ in range(CONNECTIONS)]
        if operation in BROWSER:
            browse(connections, operation, number)
            each, number = [], 0
        else:
            each = inputs(address, operation, number)
        for first in range(0, number, CONNECTIONS):
            requests = [signed(f"{host}:{port}", operation, input) for input in each[first : first + CONNECTIONS]]
            for connection, request in zip(connections, requests):
                connection.sendall(request)
            for connection in connections:
                answer(connection)
    finally:
        process.terminate()
        process.wait()
    text = counts.read_text()
    hashing = 0
    for function in re.split(r"^fn=", text, flags=re.M)[1:]:
        if re.match(r"sha2::.*compress", function):
            own = re.sub(r"^calls=.*\n.*\n", "", function, flags=re.M)
            hashing += sum(int(cost) for cost in re.findall(r"^[+*\d-]\S* (\d+)$", own, re.M))
    return int(re.search(r"^(?:totals|summary): (\d+)", text, re.M)[1]), hashing


def main(binary, *operations):
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        (directory / "settings.toml").write_text("[http]\nworkers = 1\n")
        generate = ["seed", "generate", "--create", "--users", "200", "--devices-per-user", "5", "--database"]
        subprocess.run([binary, *generate, directory / "poolhouse.db"], env={}, check=True, capture_output=True)
        (directory / "seed.json").write_text(json.dumps(SEED))
        apply = [binary, "seed", "apply", "--database", directory / "poolhouse.db", directory / "seed.json"]
        subprocess.run(apply, env={}, check=True, capture_output=True)
        # To draw keys, and the first chance of a process, takes a different time each time.
        run(binary, directory, "... token", CONNECTIONS)
        for operation in operations or [*INPUTS, *BROWSER]:
            few, many = [run(binary, directory, operation, number) for number in (FEW, MANY)]
            every, hashing = [(after - before) / (MANY - FEW) for before, after in zip(few, many)]
            print(f"{operation}: {every:,.0f} instructions, {hashing:,.0f} of them for SHA-256")


if __name__ == "__main__":
    main(*sys.argv[1:])
