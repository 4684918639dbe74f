// A Poolhouse server of a test's own, and what its seed holds.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";

const CLIENTS = join(import.meta.dirname, "..");
const START_MILLISECONDS = 60_000;

// Of ../seed.json
export const POOL = "us-east-1_Tracked01";
export const POOL_WITHOUT_TRACKING = "us-east-1_NoDevices";
export const USER = "diego";
export const USER_ALSO_KNOWN_AS = {
  sub: "4d1f7c52-90a3-70b8-2c6e-5f1b3a8d9e04",
  email: "diego@example.com",
  "phone number": "+12065550100",
  "preferred username": "diego.ramirez",
  "username in other letter case": "DIEGO",
  "email in other letter case": "Diego@Example.COM",
};
export const PHONE = "us-east-1_3f2a9c1e-7b64-4d0a-9e55-0c8b1d6f2a47";
export const NAMELESS = "us-east-1_b81d5e70-2c3f-4a96-8d17-64e0f9a2c35b";
export const UNCONFIRMED = "us-east-1_5d08c6f3-21ea-47b9-9f14-b60a7e3c8d25";
export const DEVICE_OF_ANOTHER_USER = "us-east-1_0d9e4b28-6f51-4c7e-a3b0-95d2e8171f6c";
export const DEVICE_WITHOUT_TRACKING = "us-east-1_c2b7f914-0e3d-4865-95a2-f8d1736b4e0a";
export const NO_DEVICE = "us-east-1_00000000-0000-0000-0000-000000000000";

// Of the shipped settings and ../settings.toml
const ADMINISTRATOR = { accessKeyId: "test", secretAccessKey: "test" };
export const OF_ANOTHER_ACCOUNT = { accessKeyId: "elsewhere", secretAccessKey: "secret-of-elsewhere" };
export const NARROWED = { accessKeyId: "narrow", secretAccessKey: "secret-of-narrow" };

/** A running server on a free port of this machine, until the test `t` ends. */
export class Poolhouse {
  static async start(t, environment = {}) {
    const directory = mkdtempSync(join(tmpdir(), "poolhouse-"));
    const database = join(directory, "poolhouse.db");
    const options = ["--listen", "127.0.0.1:0", "--log-format", "off", "--database", database];
    const files = ["--config", join(CLIENTS, "settings.toml"), "--seed", join(CLIENTS, "seed.json")];
    const server = spawn(process.env.POOLHOUSE_BIN, ["serve", ...options, ...files], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ...environment },
    });
    const exited = once(server, "exit");
    const clients = [];
    t.after(async () => {
      clients.forEach((client) => client.destroy());
      server.kill("SIGTERM");
      const [status] = await exited;
      rmSync(directory, { recursive: true });
      assert.equal(status, 0);
    });
    return new Poolhouse(await listening(server), database, clients);
  }

  constructor(url, database, clients) {
    this.url = url;
    this.database = database;
    this.clients = clients;
  }

  /** A client of this server: the endpoint is all that differs from one of AWS. */
  client(options = {}) {
    const client = new CognitoIdentityProviderClient({
      endpoint: this.url,
      region: "us-east-1",
      credentials: ADMINISTRATOR,
      ...options,
    });
    this.clients.push(client);
    return client;
  }

  /** What a user was sent, the newest last, as `poolhouse outbox` shows it. */
  messages(pool, username) {
    const options = ["--database", this.database, "--pool", pool, "--username", username, "--json"];
    return JSON.parse(execFileSync(process.env.POOLHOUSE_BIN, ["outbox", ...options])).Messages;
  }

  damageDatabase() {
    execFileSync("python3", [join(CLIENTS, "database.py"), "damage", this.database]);
  }

  repairDatabase() {
    execFileSync("python3", [join(CLIENTS, "database.py"), "repair", this.database]);
  }
}

/** The server's address, as soon as it is ready. */
async function listening(server) {
  // One that hangs is ended, which ends its output as well.
  const watchdog = setTimeout(() => server.kill("SIGKILL"), START_MILLISECONDS);
  try {
    let url;
    for await (const line of createInterface({ input: server.stdout })) {
      if (line.startsWith("Listening ")) url = line.split(/\s+/)[1];
      if (line === "Ready.") return url;
    }
    throw new Error("Poolhouse did not start");
  } finally {
    clearTimeout(watchdog);
  }
}
