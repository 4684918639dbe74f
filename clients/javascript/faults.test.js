// The retries of the AWS SDK for JavaScript, against a server that is made to fail.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

import { AdminGetUserCommand, TooManyRequestsException } from "@aws-sdk/client-cognito-identity-provider";

import { POOL, Poolhouse, USER } from "./poolhouse.js";

/** Adds a fault by the command line. */
function addFault(server, ...rule) {
  const listen = ["--listen", new URL(server.url).host];
  execFileSync(process.env.POOLHOUSE_BIN, ["faults", "add", ...rule, ...listen]);
}

const getUser = new AdminGetUserCommand({ UserPoolId: POOL, Username: USER });

test("a client that is throttled twice succeeds the third time", async (t) => {
  const server = await Poolhouse.start(t);
  addFault(server, "--operation", "AdminGetUser", "--error", "TooManyRequestsException", "--count", "2");
  const answer = await server.client({ maxAttempts: 3 }).send(getUser);
  assert.equal(answer.Username, USER);
  assert.equal(answer.$metadata.attempts, 3);
});

test("a client gives up when it is throttled too often", async (t) => {
  const server = await Poolhouse.start(t);
  addFault(server, "--operation", "AdminGetUser", "--error", "TooManyRequestsException", "--count", "2");
  await assert.rejects(server.client({ maxAttempts: 2 }).send(getUser), (error) => {
    assert(error instanceof TooManyRequestsException);
    assert.equal(error.message, "Fault 1 of this server.");
    return true;
  });
});

test("a connection that is cut is tried again", async (t) => {
  const server = await Poolhouse.start(t);
  addFault(server, "--operation", "AdminGetUser", "--disconnect", "after", "--count", "1");
  const answer = await server.client({ maxAttempts: 2 }).send(getUser);
  assert.equal(answer.$metadata.attempts, 2);
});
