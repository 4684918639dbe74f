// The tags of a user pool with the AWS SDK for JavaScript.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  DescribeUserPoolCommand,
  InvalidParameterException,
  ListTagsForResourceCommand,
  NotAuthorizedException,
  ResourceNotFoundException,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cognito-identity-provider";

import { OF_ANOTHER_ACCOUNT, POOL, Poolhouse } from "./poolhouse.js";

test("a pool is tagged, listed and untagged by the ARN that it shows", async (t) => {
  const server = await Poolhouse.start(t);
  const client = server.client();
  const { UserPool: pool } = await client.send(new DescribeUserPoolCommand({ UserPoolId: POOL }));
  const ResourceArn = pool.Arn;
  const list = async () => (await client.send(new ListTagsForResourceCommand({ ResourceArn }))).Tags;
  await client.send(new TagResourceCommand({ ResourceArn, Tags: { team: "web", stage: "test" } }));
  await client.send(new TagResourceCommand({ ResourceArn, Tags: { team: "mobile" } }));
  assert.deepEqual(await list(), { team: "mobile", stage: "test" });
  await client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ["team", "stage", "never there"] }));
  assert.deepEqual(await list(), {});
});

test("an ARN that names no pool of the caller's is refused", async (t) => {
  const server = await Poolhouse.start(t);
  const list = (client, id) => {
    const ResourceArn = `arn:aws:cognito-idp:us-east-1:000000000000:${id}`;
    return client.send(new ListTagsForResourceCommand({ ResourceArn }));
  };
  await assert.rejects(list(server.client(), "userpool/us-east-1_NoSuchOne"), ResourceNotFoundException);
  await assert.rejects(list(server.client(), `pool/${POOL}`), InvalidParameterException);
  const stranger = server.client({ credentials: OF_ANOTHER_ACCOUNT });
  await assert.rejects(list(stranger, `userpool/${POOL}`), NotAuthorizedException);
});
