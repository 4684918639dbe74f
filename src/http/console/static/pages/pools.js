// The user pools of the key's account, and a new one.

import { button, code, h, heading, link, own, pager, section, table, time } from "../dom.js";
import { go } from "../route.js";

const PAGE = 20;

/** How a pool treats devices, as AWS's own console words it. */
export const TRACKING = {
  none: "Don't remember",
  always: "Always remember",
  prompt: "User opt-in",
};

/** `DeviceConfiguration` for one of these. */
export function deviceConfiguration(tracking) {
  if (tracking === "none") return undefined;
  return { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: tracking === "prompt" };
}

/** Which of these a pool has. */
export function trackingOf(configuration) {
  if (!configuration) return TRACKING.none;
  return configuration.DeviceOnlyRememberedOnUserPrompt ? TRACKING.prompt : TRACKING.always;
}

/** The list of pools. */
export function poolsPage(page) {
  const { after } = page.query;
  const list = page.later(
    () => page.call("ListUserPools", { MaxResults: PAGE, NextToken: after }),
    ({ UserPools: pools, NextToken: next }) => [
      table(
        "User pools of the key's account",
        ["Name", "Id", "Created", "Modified"],
        pools.map((pool) => [
          link(own(pool.Name || pool.Id), ["pools", pool.Id]),
          code(pool.Id),
          time(pool.CreationDate),
          time(pool.LastModifiedDate),
        ]),
        "The account of this key has no user pool.",
      ),
      pager(["pools"], page.query, next),
    ],
  );
  const create = button("Create pool", () => createPool(page), { class: "main" });
  return { title: "Pools", content: [heading("User pools"), section("All pools", create, list.node)] };
}

function createPool(page) {
  let made;
  return page.question({
    title: "Create a user pool",
    form: [
      { name: "name", label: "Name", required: true, maxlength: 128 },
      {
        name: "names",
        label: "Users sign in with",
        options: [["username", "a username"], ["email", "their email address"], ["phone_number", "their phone number"]],
      },
      { name: "devices", label: "Devices", options: Object.entries(TRACKING), value: "prompt" },
      { name: "mfa", label: "Second factors", options: [["OFF", "none"], ["OPTIONAL", "optional: an authenticator app"]] },
    ],
    action: "Create",
    submit: async (data) => {
      made = await createdPool(page, data);
    },
    done: "The pool is created.",
    then: () => go(["pools", made]),
  });
}

async function createdPool(page, data) {
  const names = data.get("names");
  const { UserPool: pool } = await page.call("CreateUserPool", {
    PoolName: data.get("name"),
    UsernameAttributes: names === "username" ? undefined : [names],
    AutoVerifiedAttributes: [names === "phone_number" ? names : "email"],
    DeviceConfiguration: deviceConfiguration(data.get("devices")),
  });
  if (data.get("mfa") !== "OFF") {
    const factor = { SoftwareTokenMfaConfiguration: { Enabled: true }, MfaConfiguration: data.get("mfa") };
    await page.call("SetUserPoolMfaConfig", { UserPoolId: pool.Id, ...factor });
  }
  return pool.Id;
}

/** The way to a pool, and the areas of it. */
export function poolTrail(pool, ...more) {
  return [link("User pools", ["pools"]), link(h("code", {}, own(pool)), ["pools", pool]), ...more];
}

/** The areas of a pool. */
export function poolAreas(pool, present) {
  const areas = [
    ["Settings", ["pools", pool]],
    ["Users", ["pools", pool, "users"]],
    ["Clients", ["pools", pool, "clients"]],
    ["Groups", ["pools", pool, "groups"]],
  ];
  return tabs("Areas of the pool", areas, present);
}

/** Links to parts of something, of which one is present. */
export function tabs(label, areas, present) {
  const item = ([name, parts]) => {
    const shown = link(name, parts);
    if (name === present) shown.setAttribute("aria-current", "page");
    return h("li", {}, shown);
  };
  return h("nav", { class: "tabs", "aria-label": label }, h("ul", {}, areas.map(item)));
}
