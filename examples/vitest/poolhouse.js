// A Poolhouse of a test file's own, and the state of its seed in every test.
//
// Copy this file beside your tests, and install aws4fetch. The binary is the one that POOLHOUSE_BIN names, or `poolhouse` on the PATH.
// usePoolhouse takes the hooks of your test runner: those of Vitest (`import * as vitest`), of Jest (`globalThis`), or of node:test
// (`{ beforeAll: before, afterEach, afterAll: after }`).

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { AwsClient } from "aws4fetch";

export const region = "us-east-1";
export const credentials = { accessKeyId: "test", secretAccessKey: "test" };

/** A server for the tests of this file. Each test begins with the registry of the seed, a JSON file, and the system's time. */
export function usePoolhouse({ beforeAll, afterEach, afterAll }, seed) {
  const poolhouse = new Poolhouse();
  beforeAll(async () => {
    await poolhouse.start(seed);
    await poolhouse.save("seeded");
  });
  afterEach(() => poolhouse.restore("seeded"));
  afterAll(() => poolhouse.stop());
  return poolhouse;
}

/** A server, and what tests do with it besides calling operations. */
export class Poolhouse {
  #process;
  #directory;
  #signer = new AwsClient({ ...credentials, service: "cognito-idp", region, retries: 0 });

  /** Starts the server on a free port, with a registry of its own. */
  async start(seed) {
    this.#directory = await mkdtemp(join(tmpdir(), "poolhouse-"));
    const database = join(this.#directory, "registry.db");
    const args = ["serve", "--listen", "127.0.0.1:0", "--limits", "off", "--log-format", "off"];
    const binary = process.env.POOLHOUSE_BIN ?? "poolhouse";
    this.#process = spawn(binary, [...args, "--database", database, "--seed", seed], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const failed = new Promise((_, reject) => this.#process.once("error", reject));
    await Promise.race([failed, this.#ready()]);
  }

  async #ready() {
    for await (const line of createInterface({ input: this.#process.stdout })) {
      if (line.startsWith("Listening")) this.url = line.split(/\s+/)[1];
      if (line === "Ready.") return;
    }
    throw new Error("poolhouse did not start; it says why on standard error");
  }

  /** What a client of the AWS SDK is made with. */
  get configuration() {
    return { endpoint: this.url, region, credentials };
  }

  /** The messages that users were sent, the newest last. With `wait: 5`, waits so many seconds for one. */
  async outbox(query = {}) {
    return (await this.control("GET", `outbox?${new URLSearchParams(query)}`)).Messages;
  }

  /** Sets the server's clock forward. */
  advance(seconds) {
    return this.control("POST", "clock", { AdvanceSeconds: seconds });
  }

  /** Keeps the registry aside. */
  save(name) {
    return this.control("PUT", `snapshots/${name}`);
  }

  /** Makes the registry what it was when it was saved, and the clock the system's. */
  async restore(name) {
    await this.control("POST", `snapshots/${name}/restore`);
    await this.control("DELETE", "clock");
  }

  /** Calls a control endpoint, signed as any operation. */
  async control(method, path, body) {
    const init = { method, body: body && JSON.stringify(body) };
    const answer = await this.#signer.fetch(`${this.url}/_poolhouse/${path}`, init);
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async stop() {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGTERM");
    await ended;
    await rm(this.#directory, { recursive: true });
  }
}
