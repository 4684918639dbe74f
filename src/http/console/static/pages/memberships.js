// The groups of a user.

import { button, link, own, pager, section, table, time } from "../dom.js";

const PAGE = 25;

/** The part of a user's page that shows the groups. */
export function membershipsPart(page, user) {
  const pool = user.UserPoolId;
  const list = page.later(
    () => page.call("AdminListGroupsForUser", { ...user, Limit: PAGE, NextToken: page.query.after }),
    ({ Groups: groups, NextToken: next }) => [
      table(
        "Groups of the user",
        ["Group", "Description", "Precedence", "Created", "Actions"],
        groups.map((group) => [
          link(own(group.GroupName), ["pools", pool, "groups", group.GroupName]),
          group.Description && own(group.Description),
          group.Precedence === undefined ? undefined : String(group.Precedence),
          time(group.CreationDate),
          button("Remove", () => remove(page, user, group.GroupName, list.reload), { class: "quiet small", "aria-label": `Remove from ${group.GroupName}` }),
        ]),
        "The user is in no group.",
      ),
      pager(page.parts, page.query, next),
    ],
  );
  const add = button("Add to a group", () => addTo(page, user, list.reload), { class: "main" });
  return { node: section("Groups", add, list.node), reload: list.reload };
}

function addTo(page, user, then) {
  return page.question({
    title: "Add the user to a group",
    form: [{ name: "group", label: "Name of the group", required: true, maxlength: 128 }],
    action: "Add",
    submit: (data) => page.call("AdminAddUserToGroup", { ...user, GroupName: data.get("group") }),
    done: "The user is in the group.",
    then,
  });
}

function remove(page, user, group, then) {
  return page.question({
    title: "Remove the user from the group?",
    text: [[own(user.Username), " leaves ", own(group), "."]],
    action: "Remove",
    danger: true,
    submit: () => page.call("AdminRemoveUserFromGroup", { ...user, GroupName: group }),
    done: "The user left the group.",
    then,
  });
}
