// The example project for Vitest runs as it stands in ../../examples, and its helper under another test runner.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, afterEach, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { usePoolhouse } from "../../examples/vitest/poolhouse.js";

const project = fileURLToPath(new URL("../../examples/vitest/", import.meta.url));

test("the Vitest project passes", () => {
  const args = ["node_modules/vitest/vitest.mjs", "run", "--no-color"];
  const run = spawnSync(process.execPath, args, { cwd: project, encoding: "utf8", timeout: 120_000 });
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /Tests +4 passed \(4\)/);
});

describe("the helper under node:test", () => {
  const poolhouse = usePoolhouse({ beforeAll: before, afterEach, afterAll: after }, `${project}/seed.json`);

  for (const run of ["first", "second"]) {
    test(`a ${run} test finds the seed's clock`, async () => {
      assert.equal((await poolhouse.control("GET", "clock")).Time < Date.now() / 1000 + 1, true);
      await poolhouse.advance(3600);
      assert.equal((await poolhouse.control("GET", "clock")).Time > Date.now() / 1000 + 3590, true);
      assert.deepEqual(await poolhouse.outbox(), []);
    });
  }

  test("what the server refuses is said in its words", async () => {
    await assert.rejects(poolhouse.restore("never-saved"), /snapshots\/never-saved\/restore: 400 .*never-saved/);
  });
});
