// One user: who it is, what can be done with it, and its parts.

import { button, code, facts, h, heading, link, own, section, time } from "../dom.js";
import { go } from "../route.js";
import { attributesPart } from "./attributes.js";
import { devicesPart } from "./devices.js";
import { eventsPart } from "./events.js";
import { factorsPart } from "./factors.js";
import { membershipsPart } from "./memberships.js";
import { poolTrail, tabs } from "./pools.js";
import { sessionsPart } from "./sessions.js";
import { enabledBadge, statusBadge, valueOf } from "./users.js";

/** The parts of a user's page: the name in the address, the label, what shows it. */
const PARTS = [
  ["attributes", "Attributes", attributesPart],
  ["groups", "Groups", membershipsPart],
  ["factors", "Second factors", factorsPart],
  ["devices", "Devices", devicesPart],
  ["sessions", "Sessions", sessionsPart],
  ["events", "Events", eventsPart],
];

/** The page of a user, with one of its parts. */
export function userPage(page, pool, username, name = "attributes") {
  const [, label, part] = PARTS.find(([known]) => known === name) ?? PARTS[0];
  const user = { UserPoolId: pool, Username: username };
  const load = () => page.call("AdminGetUser", user);
  const about = page.later(load, (found) => [
    facts([
      ["Username", own(found.Username)],
      ["Sub", code(valueOf(found.UserAttributes, "sub"))],
      ["Status", statusBadge(found)],
      ["Sign-in", enabledBadge(found)],
      ["Created", time(found.UserCreateDate)],
      ["Modified", time(found.UserLastModifiedDate)],
    ]),
    h("div", { class: "actions" }, actions(page, user, found, again)),
  ]);
  const shown = part(page, user);
  const again = () => Promise.all([about.reload(), shown.reload?.()]);
  const areas = PARTS.map(([known, text]) => [text, ["pools", pool, "users", username, known]]);
  return {
    title: username,
    content: [
      heading(own(username), poolTrail(pool, link("Users", ["pools", pool, "users"]))),
      section("User", [], about.node),
      tabs("Parts of the user", areas, label),
      shown.node,
    ],
  };
}

function actions(page, user, found, again) {
  const done = (operation, text) => () => page.act(text, () => page.call(operation, user), again);
  const enable = found.Enabled
    ? button("Disable", () => disable(page, user, again), { class: "quiet" })
    : button("Enable", done("AdminEnableUser", "The user is enabled."), { class: "quiet" });
  return [
    enable,
    found.UserStatus === "UNCONFIRMED" && button("Confirm", done("AdminConfirmSignUp", "The user is confirmed."), { class: "quiet" }),
    button("Set password", () => setPassword(page, user, again), { class: "quiet" }),
    button("Sign out everywhere", () => signOut(page, user, again), { class: "quiet" }),
    button("Delete user", () => deleteUser(page, user), { class: "danger" }),
  ];
}

function disable(page, user, then) {
  return page.question({
    title: "Disable the user?",
    text: [["Nobody signs in as ", own(user.Username), " until the user is enabled again, and all refresh tokens end."]],
    action: "Disable",
    danger: true,
    submit: () => page.call("AdminDisableUser", user),
    done: "The user is disabled.",
    then,
  });
}

function setPassword(page, user, then) {
  return page.question({
    title: "Set the password",
    text: [["Of ", own(user.Username), "."]],
    form: [
      { name: "password", label: "Password", type: "password", required: true, autocomplete: "new-password" },
      { name: "permanent", label: "Permanent", type: "checkbox", checked: true, hint: "A password that is not has to be changed at the next sign-in." },
    ],
    action: "Set password",
    submit: (data) => page.call("AdminSetUserPassword", { ...user, Password: data.get("password"), Permanent: data.has("permanent") }),
    done: "The password is set.",
    then,
  });
}

function signOut(page, user, then) {
  return page.question({
    title: "Sign the user out everywhere?",
    text: [["All tokens and sessions of ", own(user.Username), " end."]],
    action: "Sign out",
    danger: true,
    submit: () => page.call("AdminUserGlobalSignOut", user),
    done: "The user is signed out everywhere.",
    then,
  });
}

function deleteUser(page, user) {
  return page.question({
    title: "Delete the user?",
    text: [["The user ", own(user.Username), " goes for good, with all devices and sessions."]],
    action: "Delete user",
    danger: true,
    submit: () => page.call("AdminDeleteUser", user),
    done: "The user is deleted.",
    then: () => go(["pools", user.UserPoolId, "users"]),
  });
}
