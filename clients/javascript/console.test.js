// The console in a real browser: each of its pages and what can be done there, by people and by the keyboard.
//
// Needs a Chromium of this machine: `CHROMIUM`, which ../run sets.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  CreateGroupCommand,
  ForgotPasswordCommand,
  InitiateAuthCommand,
  SignUpCommand,
} from "@aws-sdk/client-cognito-identity-provider";

import { HAS_BROWSER, Visitor, browser, ownPool } from "./console.js";
import { NAMELESS, NARROWED, PHONE, POOL, Poolhouse, USER as DIEGO } from "./poolhouse.js";
import { KEEPS_EVENTS, NEW_PASSWORD, PASSWORD, USER } from "./user-pool.js";

const DEVICES = `/pools/${POOL}/users/${DIEGO}/devices`;

describe("the console and its key", HAS_BROWSER, () => {
  const held = browser();

  test("the shipped key is filled in, and leads to the place that the address names", async (t) => {
    const visitor = await Visitor.of(t, held, await Poolhouse.start(t));
    await visitor.visit(DEVICES);
    await visitor.heading(DIEGO);
    await visitor.page.reload();
    await visitor.heading("Connect");
    await visitor.connect();
    await visitor.heading(DIEGO);
    await visitor.follow("Attributes");
    await visitor.sees("preferred_username");
    await visitor.page.goBack();
    await visitor.sees("Diego's phone");
    const kept = await visitor.page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);
    assert.deepEqual(kept, [0, 0, ""]);
    await visitor.press("Leave");
    await visitor.heading("Connect");
  });

  test("a key of one's own is typed in, and a wrong one is refused in the server's words", async (t) => {
    const server = await Poolhouse.start(t, { POOLHOUSE_SECRET_ACCESS_KEY: "a-secret-of-my-own" });
    const visitor = await Visitor.of(t, held, server);
    await visitor.open();
    assert.equal(await visitor.page.getByLabel("Secret access key").inputValue(), "");
    await visitor.connect({ accessKeyId: "test", secretAccessKey: "test" });
    assert.match(await visitor.refusal(), /^InvalidSignatureException: The request signature we calculated does not match/);
    await visitor.connect({ accessKeyId: "nobody", secretAccessKey: "test" });
    await visitor.sees("UnrecognizedClientException");
    await visitor.connect({ accessKeyId: "test", secretAccessKey: "a-secret-of-my-own" });
    await visitor.heading("User pools");
  });

  test("what the key is not granted is refused with the request and the way to its explanation", async (t) => {
    const visitor = await Visitor.of(t, held, await Poolhouse.start(t));
    await visitor.open();
    await visitor.connect(NARROWED);
    await visitor.heading("User pools");
    const refused = await visitor.refusal();
    assert.match(refused, /^AccessDeniedException: User: .* is not authorized to perform: cognito-idp:ListUserPools/);
    const [, id] = refused.match(/Request (\S+) says why/);
    await visitor.go(DEVICES.replace("/devices", ""));
    await visitor.sees("preferred_username");
    await visitor.press("Disable");
    await visitor.agree("Disable");
    await visitor.dialog.getByText("cognito-idp:AdminDisableUser").waitFor();
    await visitor.agree("Cancel");
    await visitor.press("Leave");
    await visitor.visit(`/requests/${id}`);
    await visitor.sees("refused by what the access key is granted");
  });

  test("everything is reached by the keyboard", async (t) => {
    const visitor = await Visitor.of(t, held, await Poolhouse.start(t));
    const { keyboard } = visitor.page;
    await visitor.open(DEVICES);
    await visitor.page.getByLabel("Secret access key").press("Enter");
    await visitor.heading(DIEGO);
    assert.equal(await visitor.page.evaluate(() => document.activeElement.tagName), "H1");
    const forget = visitor.page.getByRole("button", { name: "Forget Diego's phone" });
    for (let steps = 0; steps < 40; steps++) {
      await keyboard.press("Tab");
      if (await forget.evaluate((element) => element === document.activeElement)) break;
    }
    await keyboard.press("Enter");
    await visitor.dialog.waitFor();
    await keyboard.press("Escape");
    await visitor.dialog.waitFor({ state: "detached" });
    assert.ok(await forget.evaluate((element) => element === document.activeElement));
  });
});

describe("the console and pools", HAS_BROWSER, () => {
  const held = browser();

  test("a pool, a client, a user and a group are created and deleted", async (t) => {
    const visitor = await Visitor.of(t, held, await Poolhouse.start(t));
    const { page } = visitor;
    await visitor.visit("/pools");
    await visitor.heading("User pools");
    await visitor.press("Create pool");
    await visitor.fill("Name", "From the console");
    await visitor.dialog.getByLabel("Second factors").selectOption("OPTIONAL");
    await visitor.agree("Create");
    await visitor.sees("From the console");
    await visitor.sees("User opt-in");
    const pool = decodeURIComponent(new URL(page.url()).hash.split("/")[2]);
    await visitor.follow("Clients");
    await visitor.press("Create client");
    await visitor.fill("Name", "web");
    await visitor.dialog.getByLabel("With a secret").check();
    await visitor.agree("Create");
    await visitor.heading("App client");
    await visitor.sees("ALLOW_USER_SRP_AUTH");
    const secret = page.locator("dd code").nth(1);
    await visitor.press("Show the secret");
    assert.match(await secret.innerText(), /^[a-z0-9]{40,}$/);
    await visitor.press("Delete client");
    await visitor.agree("Delete client");
    await visitor.sees("The pool has no client.");
    await visitor.follow("Groups");
    await visitor.press("Create group");
    await visitor.fill("Name", "staff");
    await visitor.fill("Precedence", "3");
    await visitor.agree("Create");
    await visitor.sees("Nobody is in the group.");
    await visitor.press("Delete group");
    await visitor.agree("Delete group");
    await visitor.sees("The pool has no group.");
    await visitor.follow("Users");
    await visitor.press("Create user");
    await visitor.fill("Username", "mia");
    await visitor.fill("Email", "not an address@example.com");
    await visitor.fill("Email", "mia@example.com");
    await visitor.fill("Temporary password", "short");
    await visitor.agree("Create");
    await visitor.dialog.getByText("InvalidPasswordException").waitFor();
    await visitor.fill("Temporary password", PASSWORD);
    await visitor.agree("Create");
    await visitor.heading("mia");
    await visitor.sees("FORCE_CHANGE_PASSWORD");
    await visitor.go(`/pools/${pool}`);
    await visitor.heading(pool);
    await visitor.press("Delete pool");
    await visitor.agree("Cancel");
    await visitor.press("Delete pool");
    await visitor.agree("Delete pool");
    await visitor.heading("User pools");
    assert.ok(!(await visitor.rows()).some(({ Id: id }) => id === pool));
  });

  test("users are searched, and shown a page at a time", async (t) => {
    const pool = await ownPool(t);
    const names = Array.from({ length: 60 }, (_, number) => `user-${String(number).padStart(2, "0")}`);
    for (const Username of names) {
      const user = { UserPoolId: pool.id, Username, MessageAction: "SUPPRESS" };
      await pool.administrator.send(new AdminCreateUserCommand(user));
    }
    const visitor = await Visitor.of(t, held, pool.server);
    await visitor.visit(`/pools/${pool.id}/users`);
    await visitor.heading("Users");
    const seen = new Set();
    for (let pages = 1; ; pages++) {
      const shown = await visitor.rows();
      assert.ok(shown.length <= 25);
      shown.forEach(({ Username: name }) => seen.add(name));
      if (pages === 3) break;
      await visitor.follow("Next page");
      await visitor.page.waitForFunction((before) => ![before, undefined].includes(document.querySelector("tbody td")?.textContent), shown[0].Username);
    }
    assert.deepEqual([...seen].sort(), [USER, ...names]);
    await visitor.page.reload();
    await visitor.connect();
    await visitor.heading("Users");
    assert.equal((await visitor.rows()).length, 11);
    await visitor.page.getByLabel("Text", { exact: true }).fill("user-1");
    await visitor.press("Search");
    await visitor.page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 10);
    await visitor.page.getByLabel("Search by").selectOption("cognito:user_status");
    await visitor.page.getByLabel("Match").selectOption("is");
    await visitor.page.getByLabel("Text", { exact: true }).fill("CONFIRMED");
    await visitor.press("Search");
    await visitor.page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
    await visitor.follow(USER);
    await visitor.heading(USER);
  });
});

describe("the console and a user", HAS_BROWSER, () => {
  const held = browser();

  test("a user is disabled, enabled, given a password, signed out, confirmed and deleted", async (t) => {
    const pool = await ownPool(t);
    const visitor = await Visitor.of(t, held, pool.server);
    await visitor.visit(`/pools/${pool.id}/users/${USER}`);
    await visitor.heading(USER);
    await visitor.press("Disable");
    await visitor.agree("Disable");
    await visitor.told("The user is disabled.");
    await visitor.press("Enable");
    await visitor.told("The user is enabled.");
    await visitor.press("Set password");
    await visitor.fill("Password", NEW_PASSWORD);
    await visitor.agree("Set password");
    await visitor.told("The password is set.");
    await assert.rejects(pool.signIn(), { name: "NotAuthorizedException" });
    await pool.setPassword(PASSWORD);
    const { AuthenticationResult: tokens } = await pool.signIn();
    await visitor.press("Sign out everywhere");
    await visitor.agree("Sign out");
    await visitor.told("The user is signed out everywhere.");
    const refresh = { ClientId: pool.clientId, AuthFlow: "REFRESH_TOKEN_AUTH", AuthParameters: { REFRESH_TOKEN: tokens.RefreshToken } };
    await assert.rejects(pool.administrator.send(new InitiateAuthCommand(refresh)), { name: "NotAuthorizedException" });
    await visitor.press("Delete user");
    await visitor.agree("Delete user");
    await visitor.heading("Users");
    await visitor.sees("The pool has no users.");
    const mia = { ClientId: pool.clientId, Username: "mia", Password: PASSWORD };
    await pool.administrator.send(new SignUpCommand({ ...mia, UserAttributes: [{ Name: "email", Value: "mia@example.com" }] }));
    await visitor.go(`/pools/${pool.id}/users/mia`);
    await visitor.sees("UNCONFIRMED");
    await visitor.press("Confirm");
    await visitor.told("The user is confirmed.");
    assert.equal(await pool.status("mia"), "CONFIRMED");
  });

  test("attributes, groups and second factors are changed", async (t) => {
    const pool = await ownPool(t);
    await pool.askForSoftwareTokens();
    await pool.administrator.send(new CreateGroupCommand({ UserPoolId: pool.id, GroupName: "staff", Precedence: 1 }));
    const visitor = await Visitor.of(t, held, pool.server);
    await visitor.visit(`/pools/${pool.id}/users/${USER}`);
    await visitor.heading(USER);
    await visitor.press("Set an attribute");
    await visitor.fill("Name", "nickname");
    await visitor.fill("Value", "Didi");
    await visitor.agree("Set");
    await visitor.told("The attribute is set.");
    const value = async (name) => (await visitor.rows()).find((row) => row.Name === name)?.Value;
    assert.equal(await value("nickname"), "Didi");
    await visitor.press("Change nickname");
    await visitor.fill("Value", "Diego");
    await visitor.agree("Set");
    await visitor.told("The attribute is set.");
    await visitor.press("Remove nickname");
    await visitor.agree("Remove");
    await visitor.told("The attribute is removed.");
    assert.equal(await value("nickname"), undefined);
    await visitor.follow("Groups");
    await visitor.sees("The user is in no group.");
    await visitor.press("Add to a group");
    await visitor.fill("Name of the group", "staff");
    await visitor.agree("Add");
    await visitor.told("The user is in the group.");
    assert.deepEqual((await visitor.rows()).map(({ Group: group }) => group), ["staff"]);
    await visitor.press("Remove from staff");
    await visitor.agree("Remove");
    await visitor.sees("The user is in no group.");
    await visitor.follow("Second factors");
    await visitor.sees("Authenticator app");
    await visitor.press("Change");
    await visitor.dialog.getByLabel("Authenticator app").check();
    await visitor.agree("Change");
    assert.match(await visitor.dialog.getByRole("alert").innerText(), /^InvalidParameterException/);
    await visitor.agree("Cancel");
  });

  test("devices are shown as AWS's console shows them, remembered and forgotten", async (t) => {
    const visitor = await Visitor.of(t, held, await Poolhouse.start(t));
    await visitor.visit(DEVICES);
    await visitor.heading(DIEGO);
    const phone = (await visitor.rows()).find((row) => row.Device.includes(PHONE));
    assert.equal(phone.Device, `Diego's phone${PHONE}`);
    assert.equal(phone.Remembered, "Remembered");
    assert.equal(phone["Last IP address"], "192.0.2.1");
    assert.equal(phone.Created, "2024-05-07 16:52:22");
    assert.equal(phone["Last signed in"], "2024-08-09 20:00:50");
    await visitor.press("Don't remember Diego's phone");
    await visitor.told("The device is not remembered.");
    await visitor.press("Remember Diego's phone");
    await visitor.told("The device is remembered.");
    await visitor.follow("Diego's phone");
    await visitor.heading("Device");
    await visitor.sees("aws-sdk");
    await visitor.press("Forget Diego's phone");
    await visitor.agree("Forget");
    await visitor.heading(DIEGO);
    const left = await visitor.rows();
    assert.ok(left.length === 4 && !left.some((row) => row.Device.includes(PHONE)));
    await visitor.go(`${DEVICES}/${PHONE}`);
    await visitor.sees("Device does not exist.");
    await visitor.go(`${DEVICES}/${NAMELESS}`);
    await visitor.sees("Not remembered");
  });

  test("sessions are revoked, and events are shown with their outcome", async (t) => {
    const pool = await ownPool(t, KEEPS_EVENTS);
    await pool.trackSessions();
    await pool.signIn();
    const visitor = await Visitor.of(t, held, pool.server);
    await visitor.visit(`/pools/${pool.id}/users/${USER}/sessions`);
    await visitor.heading(USER);
    const [session] = await visitor.rows();
    assert.equal(session.Client, pool.clientId);
    await visitor.page.getByRole("button", { name: /^Revoke tkn/ }).click();
    await visitor.agree("Revoke");
    await visitor.sees("The user has no session.");
    await visitor.follow("Events");
    await visitor.sees("SignIn");
    const [event] = await visitor.rows();
    assert.equal(event.Outcome, "Pass");
    await visitor.page.getByRole("button", { name: /^Valid/ }).click();
    await visitor.told("The feedback is given.");
  });

  test("names that would be markup, are very long or run from right to left are shown as text", async (t) => {
    const pool = await ownPool(t);
    const hostile = ["<script>document.title='owned'</script>", "x".repeat(128), "\u05e9\u05dc\u05d5\u05dd-evil", "a/b?c#d%41"];
    for (const Username of hostile) {
      const UserAttributes = [{ Name: "nickname", Value: `<img src=x onerror="document.title='owned'">\u202e${"é".repeat(500)}` }];
      const user = { UserPoolId: pool.id, Username, UserAttributes, MessageAction: "SUPPRESS" };
      await pool.administrator.send(new AdminCreateUserCommand(user));
    }
    const visitor = await Visitor.of(t, held, pool.server, { viewport: { width: 360, height: 740 }, bypassCSP: true });
    await visitor.visit(`/pools/${pool.id}/users`);
    await visitor.heading("Users");
    const shown = (await visitor.rows()).map(({ Username: name }) => name);
    assert.deepEqual(shown.sort(), [USER, ...hostile].sort());
    await visitor.isSound("the list");
    for (const name of hostile) {
      await visitor.follow(name);
      await visitor.page.waitForFunction((text) => document.querySelector("h1").textContent === text, name);
      await visitor.sees("<img src=x");
      await visitor.isSound(name);
      assert.equal(await visitor.page.locator("main img, main script").count(), 0);
      await visitor.page.goBack();
      await visitor.heading("Users");
    }
    assert.equal(await visitor.page.title(), "Users – Poolhouse");
  });
});

describe("the console and the server", HAS_BROWSER, () => {
  const held = browser();

  test("the outbox shows a message as soon as it is sent", async (t) => {
    const pool = await ownPool(t);
    const visitor = await Visitor.of(t, held, pool.server);
    await visitor.visit(`/outbox?pool=${pool.id}`);
    await visitor.sees("No message yet.");
    for (let number = 1; number <= 2; number++) {
      await pool.administrator.send(new ForgotPasswordCommand({ ClientId: pool.clientId, Username: USER }));
      await visitor.page.waitForFunction((count) => document.querySelectorAll("article").length === count, number);
      assert.equal(await visitor.page.locator("article .secret").first().innerText(), pool.lastCode(USER));
    }
    await visitor.sees("diego@example.com");
  });

  test("the last requests are shown with their true reason, and explained", async (t) => {
    const pool = await ownPool(t);
    const visitor = await Visitor.of(t, held, pool.server);
    await visitor.visit("/requests");
    await visitor.sees("AdminCreateUser");
    const missing = new AdminGetUserCommand({ UserPoolId: pool.id, Username: "nobody" });
    await assert.rejects(pool.administrator.send(missing), { name: "UserNotFoundException" });
    await visitor.page.getByLabel("Only what was refused").check();
    await visitor.sees("UserNotFoundException");
    const rows = await visitor.rows();
    assert.deepEqual(rows.map(({ Outcome: outcome }) => outcome), ["UserNotFoundException"]);
    assert.ok(visitor.page.url().endsWith("#/requests?refused=on"), visitor.page.url());
    await visitor.follow(rows[0].Request);
    await visitor.heading("Request");
    await visitor.sees("an access key of this server signed it");
    await visitor.sees("refused by the operation itself");
    await visitor.go("/requests/00000000-0000-4000-8000-000000000000");
    await visitor.sees("No request of this id");
  });

  test("a snapshot is saved, restored and deleted", async (t) => {
    const pool = await ownPool(t);
    const visitor = await Visitor.of(t, held, pool.server);
    await visitor.visit("/snapshots");
    await visitor.sees("There is no snapshot.");
    await visitor.press("Save snapshot");
    await visitor.fill("Name", "../no");
    await visitor.agree("Save");
    await visitor.dialog.getByRole("alert").waitFor();
    await visitor.fill("Name", "clean");
    await visitor.agree("Save");
    await visitor.told("The snapshot is saved.");
    await pool.resetPassword(USER);
    await visitor.press("Restore clean");
    await visitor.agree("Restore");
    await visitor.told("The snapshot is restored.");
    assert.equal(await pool.status(USER), "CONFIRMED");
    await visitor.press("Delete clean");
    await visitor.agree("Delete");
    await visitor.sees("There is no snapshot.");
  });

  test("the clock is advanced, set, stopped and reset, and the header shows that it was set", async (t) => {
    const visitor = await Visitor.of(t, held, await Poolhouse.start(t));
    await visitor.visit("/clock");
    await visitor.heading("Clock");
    await visitor.press("Advance");
    await visitor.told("The clock has advanced.");
    await visitor.page.getByLabel("Set to").fill("2031-03-01T08:00:00");
    await visitor.press("Set");
    await visitor.told("The clock is set.");
    await visitor.sees("2031-03-01 08:00:0");
    await visitor.press("Let it stand still");
    await visitor.told("The clock stands still.");
    await visitor.go("/pools");
    await visitor.page.locator(".clock").getByText("Clock stands still").waitFor();
    await visitor.go("/clock");
    await visitor.heading("Clock");
    await visitor.press("Let it run");
    await visitor.told("The clock runs.");
    await visitor.press("Show the system's time again");
    await visitor.told("The clock shows the system's time.");
    await visitor.go("/pools");
    await visitor.heading("User pools");
    await visitor.page.waitForFunction(() => !document.querySelector(".clock"));
  });

  test("a fault is added, strikes the console as well, and is cleared", async (t) => {
    const pool = await ownPool(t);
    const visitor = await Visitor.of(t, held, pool.server);
    await visitor.visit("/faults");
    await visitor.sees("No request suffers anything.");
    await visitor.press("Add fault");
    await visitor.fill("Operation", "AdminGetNobody");
    await visitor.agree("Add");
    await visitor.dialog.getByRole("alert").waitFor();
    await visitor.fill("Operation", "AdminGetUser");
    await visitor.fill("How many requests", "2");
    await visitor.agree("Add");
    await visitor.told("The fault is set.");
    await visitor.go(`/pools/${pool.id}/users/${USER}`);
    await visitor.sees("TooManyRequestsException");
    await visitor.go("/faults");
    await visitor.heading("Faults");
    const [fault] = await visitor.rows();
    assert.deepEqual([fault.Struck, fault.State], ["2", "Ended"]);
    await visitor.press("Clear fault 1");
    await visitor.told("The fault is cleared.");
    await visitor.sees("No request suffers anything.");
    await visitor.press("Clear all");
    await visitor.told("All faults are cleared.");
  });

  test("a seed is downloaded, refused, and applied", async (t) => {
    const pool = await ownPool(t);
    const visitor = await Visitor.of(t, held, pool.server);
    await visitor.visit("/seeds");
    await visitor.heading("Seeds");
    const begun = visitor.page.waitForEvent("download");
    await visitor.press("Download");
    const download = await begun;
    const exported = JSON.parse(readFileSync(await download.path(), "utf8"));
    assert.ok(exported.UserPools.some(({ UserPool: { Id: id } }) => id === pool.id));
    const upload = async (text) => {
      await visitor.page.getByLabel("File").setInputFiles({ name: "seed.json", mimeType: "application/json", buffer: Buffer.from(text) });
      await visitor.press("Apply");
    };
    await upload("{");
    await visitor.sees("seed: no JSON:");
    exported.UserPools[0].Users.push({ Username: "mia", Password: PASSWORD });
    // Larger than other requests may be.
    await upload(JSON.stringify(exported) + " ".repeat(2 << 20));
    await visitor.sees("1 created, 0 updated,");
  });
});
