// The users of a pool: a search as ListUsers has it, a page at a time.

import { field } from "../dialog.js";
import { badge, button, h, heading, link, own, pager, section, table, time } from "../dom.js";
import { go } from "../route.js";
import { poolAreas, poolTrail } from "./pools.js";

const PAGE = 25;

/** What ListUsers searches by (its reference, "Filter"). */
const SEARCHED = [
  ["username", "Username"],
  ["email", "Email"],
  ["phone_number", "Phone number"],
  ["preferred_username", "Preferred username"],
  ["name", "Name"],
  ["given_name", "Given name"],
  ["family_name", "Family name"],
  ["sub", "Sub"],
  ["cognito:user_status", "Status"],
  ["status", "Enabled or disabled"],
];

/** How statuses of users are shown; the others are plain. */
const STATUSES = { CONFIRMED: "good" };

/** The status of a user. */
export function statusBadge(user) {
  return badge(user.UserStatus, STATUSES[user.UserStatus]);
}

/** Whether a user may sign in. */
export function enabledBadge(user) {
  return user.Enabled ? badge("Enabled", "good") : badge("Disabled", "bad");
}

/** The value of an attribute. */
export function valueOf(attributes, name) {
  return attributes?.find((attribute) => attribute.Name === name)?.Value;
}

/** The filter of ListUsers for what is searched. */
function filterOf({ by = "username", how = "begins", text }) {
  if (!text) return undefined;
  const quoted = text.replace(/[\\"]/g, (char) => `\\${char}`);
  return `"${by}" ${how === "is" ? "=" : "^="} "${quoted}"`;
}

/** The list of users. */
export function usersPage(page, pool) {
  const here = ["pools", pool, "users"];
  const input = { UserPoolId: pool, Limit: PAGE, PaginationToken: page.query.after, Filter: filterOf(page.query) };
  const list = page.later(
    () => page.call("ListUsers", input),
    ({ Users: users, PaginationToken: next }) => [
      table(
        "Users of the pool",
        ["Username", "Email", "Status", "Sign-in", "Created"],
        users.map((user) => row(pool, user)),
        page.query.text ? "No user was found." : "The pool has no users.",
      ),
      pager(here, page.query, next),
    ],
  );
  const create = button("Create user", () => createUser(page, pool), { class: "main" });
  return {
    title: "Users",
    content: [heading("Users", poolTrail(pool)), poolAreas(pool, "Users"), search(page), section(page.query.text ? "Found users" : "All users", create, list.node)],
  };
}

function row(pool, user) {
  const email = valueOf(user.Attributes, "email");
  return [
    link(own(user.Username), ["pools", pool, "users", user.Username]),
    email && own(email),
    statusBadge(user),
    enabledBadge(user),
    time(user.UserCreateDate),
  ];
}

function search(page) {
  const { by = "username", how = "begins", text = "" } = page.query;
  const form = h(
    "form",
    { class: "search", role: "search" },
    field({ name: "by", label: "Search by", options: SEARCHED, value: by }),
    field({ name: "how", label: "Match", options: [["begins", "begins with"], ["is", "is exactly"]], value: how }),
    field({ name: "text", label: "Text", type: "search", value: text }),
    h("button", { type: "submit", class: "main" }, "Search"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { text: typed, ...rest } = Object.fromEntries(new FormData(form));
    page.turn(typed ? { ...rest, text: typed } : {});
  });
  return form;
}

function createUser(page, pool) {
  let made;
  return page.question({
    title: "Create a user",
    form: [
      { name: "username", label: "Username", required: true, maxlength: 128, hint: "In a pool whose users sign in with an address: the address." },
      { name: "email", label: "Email", type: "email" },
      { name: "verified", label: "The email address is verified", type: "checkbox" },
      { name: "password", label: "Temporary password", hint: "Drawn if you leave it empty." },
      { name: "quiet", label: "Send no invitation", type: "checkbox" },
    ],
    action: "Create",
    submit: async (data) => {
      const email = data.get("email");
      const verified = { Name: "email_verified", Value: String(data.has("verified")) };
      const { User: user } = await page.call("AdminCreateUser", {
        UserPoolId: pool,
        Username: data.get("username"),
        UserAttributes: email ? [{ Name: "email", Value: email }, verified] : undefined,
        TemporaryPassword: data.get("password") || undefined,
        MessageAction: data.has("quiet") ? "SUPPRESS" : undefined,
        DesiredDeliveryMediums: email ? ["EMAIL"] : undefined,
      });
      made = user.Username;
    },
    done: "The user is created.",
    then: () => go(["pools", pool, "users", made]),
  });
}

