// Every page of the console is looked at, light and dark, from 360 to 1920 pixels, and checked against WCAG 2.2 AA by axe-core.
//
// Needs a Chromium of this machine: `CHROMIUM`, which ../run sets. With `CONSOLE_SCREENSHOTS`, the pictures are kept in that folder.

import { describe, test } from "node:test";

import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminGetUserCommand,
  CreateGroupCommand,
  ForgotPasswordCommand,
} from "@aws-sdk/client-cognito-identity-provider";

import { HAS_BROWSER, Visitor, browser, ownPool } from "./console.js";
import { PHONE, POOL } from "./poolhouse.js";
import { KEEPS_EVENTS, USER, VERIFIES_EMAIL } from "./user-pool.js";

/** A pool whose user has something of everything but devices, which the seed's user has. */
async function poolOfAllPages(t) {
  const pool = await ownPool(t, { ...VERIFIES_EMAIL, ...KEEPS_EVENTS });
  const send = (command) => pool.administrator.send(command);
  await pool.trackSessions();
  await send(new CreateGroupCommand({ UserPoolId: pool.id, GroupName: "staff", Description: "Everybody who works here", Precedence: 1 }));
  await send(new AdminAddUserToGroupCommand({ ...pool.user, GroupName: "staff" }));
  for (let number = 0; number < 30; number++) {
    const UserAttributes = [{ Name: "email", Value: `user${number}@example.com` }];
    await send(new AdminCreateUserCommand({ UserPoolId: pool.id, Username: `user${number}`, UserAttributes, MessageAction: "SUPPRESS" }));
  }
  await pool.signIn();
  await send(new ForgotPasswordCommand({ ClientId: pool.clientId, Username: USER }));
  await send(new AdminGetUserCommand({ UserPoolId: pool.id, Username: "nobody" })).catch((error) => {
    pool.refusedRequest = error.$metadata.requestId;
  });
  return pool;
}

/** The places of the console, by the name of the picture, each with a button to press there, if that is looked at too. */
function places(pool) {
  const user = `/pools/${pool.id}/users/${USER}`;
  const diego = `/pools/${POOL}/users/${USER}`;
  return {
    pools: ["/pools"],
    "create-pool": ["/pools", "Create pool"],
    pool: [`/pools/${pool.id}`],
    users: [`/pools/${pool.id}/users`],
    attributes: [user],
    "set-password": [user, "Set password"],
    groups: [`${user}/groups`],
    factors: [`${user}/factors`],
    devices: [`${diego}/devices`],
    forget: [`${diego}/devices`, "Forget Diego's phone"],
    device: [`${diego}/devices/${PHONE}`],
    sessions: [`${user}/sessions`],
    events: [`${user}/events`],
    clients: [`/pools/${pool.id}/clients`],
    client: [`/pools/${pool.id}/clients/${pool.clientId}`],
    "create-client": [`/pools/${pool.id}/clients`, "Create client"],
    "all-groups": [`/pools/${pool.id}/groups`],
    group: [`/pools/${pool.id}/groups/staff`],
    outbox: ["/outbox"],
    requests: ["/requests"],
    request: [`/requests/${pool.refusedRequest}`],
    snapshots: ["/snapshots"],
    clock: ["/clock"],
    faults: ["/faults"],
    "add-fault": ["/faults", "Add fault"],
    seeds: ["/seeds"],
    refused: ["/pools/us-east-1_Nowhere01"],
    nowhere: ["/nowhere"],
  };
}

describe("every page of the console", HAS_BROWSER, () => {
  const held = browser();

  /** Goes to every place, also to the page that asks for the key, and checks each. */
  async function tour(t, colorScheme, width, check) {
    const pool = await poolOfAllPages(t);
    // The browser lets axe-core in, whose script the console would not run.
    const options = { viewport: { width, height: 740 }, colorScheme, bypassCSP: true };
    const visitor = await Visitor.of(t, held, pool.server, options);
    const look = async (name) => {
      await check(visitor, name);
      await visitor.keep(`console-${name}-${colorScheme}-${width}.png`);
    };
    await visitor.open();
    await look("connect");
    await visitor.connect();
    await visitor.heading("User pools");
    for (const [name, [place, button]] of Object.entries(places(pool))) {
      await visitor.go(place);
      await visitor.page.waitForFunction(() => !document.querySelector("[aria-busy]") && !document.body.textContent.includes("Loading …"));
      if (button) await visitor.press(button);
      await look(name);
      if (button) await visitor.agree("Cancel");
    }
  }

  for (const colorScheme of ["light", "dark"]) {
    for (const width of [360, 1280]) {
      test(`fits and is accessible, ${colorScheme}, at ${width} pixels`, (t) => tour(t, colorScheme, width, (visitor, name) => visitor.isSound(name)));
    }
    test(`fits, ${colorScheme}, at 1920 pixels`, (t) => tour(t, colorScheme, 1920, (visitor, name) => visitor.fits(name)));
  }
});
