// The app clients of a pool, and one of them.

import { badge, button, code, facts, h, heading, link, own, pager, raw, section, table, time } from "../dom.js";
import { go } from "../route.js";
import { poolAreas, poolTrail } from "./pools.js";

const PAGE = 25;

/** The flows that a new client may have. */
const FLOWS = [
  ["ALLOW_USER_SRP_AUTH", "SRP", true],
  ["ALLOW_USER_PASSWORD_AUTH", "Password in plain text", false],
  ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "Password, by administrators", false],
  ["ALLOW_REFRESH_TOKEN_AUTH", "Refresh tokens", true],
];

/** The list of clients. */
export function clientsPage(page, pool) {
  const list = page.later(
    () => page.call("ListUserPoolClients", { UserPoolId: pool, MaxResults: PAGE, NextToken: page.query.after }),
    ({ UserPoolClients: clients, NextToken: next }) => [
      table(
        "App clients of the pool",
        ["Name", "Client id"],
        clients.map((client) => [
          link(own(client.ClientName || client.ClientId), ["pools", pool, "clients", client.ClientId]),
          code(client.ClientId),
        ]),
        "The pool has no client.",
      ),
      pager(page.parts, page.query, next),
    ],
  );
  const create = button("Create client", () => createClient(page, pool), { class: "main" });
  return {
    title: "Clients",
    content: [heading("App clients", poolTrail(pool)), poolAreas(pool, "Clients"), section("Clients", create, list.node)],
  };
}

function createClient(page, pool) {
  let made;
  return page.question({
    title: "Create an app client",
    form: [
      { name: "name", label: "Name", required: true, maxlength: 128 },
      { name: "secret", label: "With a secret", type: "checkbox" },
      ...FLOWS.map(([name, label, checked]) => ({ name: "flow", value: name, label, type: "checkbox", checked })),
    ],
    action: "Create",
    submit: async (data) => {
      const { UserPoolClient: client } = await page.call("CreateUserPoolClient", {
        UserPoolId: pool,
        ClientName: data.get("name"),
        GenerateSecret: data.has("secret"),
        ExplicitAuthFlows: data.getAll("flow"),
      });
      made = client.ClientId;
    },
    done: "The client is created.",
    then: () => go(["pools", pool, "clients", made]),
  });
}

/** The page of a client. Its secret is shown when that is asked for. */
export function clientPage(page, pool, id) {
  const input = { UserPoolId: pool, ClientId: id };
  const shown = page.later(
    () => page.call("DescribeUserPoolClient", input),
    ({ UserPoolClient: client }) => {
      const { ClientSecret: secret, ...rest } = client;
      return [settings(rest, secret), raw(rest)];
    },
  );
  const remove = button("Delete client", () => deleteClient(page, input), { class: "danger" });
  const clients = link("Clients", ["pools", pool, "clients"]);
  return { title: "Client", content: [heading("App client", poolTrail(pool, clients)), section("Settings", remove, shown.node)] };
}

function settings(client, secret) {
  const names = (list) => list?.length > 0 && h("ul", {}, list.map((name) => h("li", {}, own(name))));
  return facts([
    ["Name", own(client.ClientName)],
    ["Client id", code(client.ClientId)],
    ["Secret", secret && hidden(secret)],
    ["Flows", names(client.ExplicitAuthFlows)],
    ["Hides who exists", badge(client.PreventUserExistenceErrors ?? "LEGACY")],
    ["Identity providers", names(client.SupportedIdentityProviders)],
    ["Callback URLs", names(client.CallbackURLs)],
    ["OAuth flows", names(client.AllowedOAuthFlows)],
    ["Scopes", names(client.AllowedOAuthScopes)],
    ["Created", time(client.CreationDate)],
    ["Modified", time(client.LastModifiedDate)],
  ]);
}

/** A secret that is shown when that is asked for. */
function hidden(secret) {
  const place = h("span", {});
  place.append(button("Show", () => place.replaceChildren(code(secret)), { class: "quiet small", "aria-label": "Show the secret" }));
  return place;
}

function deleteClient(page, input) {
  return page.question({
    title: "Delete the client?",
    text: [["The app with the id ", code(input.ClientId), " can sign nobody in any more."]],
    action: "Delete client",
    danger: true,
    submit: () => page.call("DeleteUserPoolClient", input),
    done: "The client is deleted.",
    then: () => go(["pools", input.UserPoolId, "clients"]),
  });
}
