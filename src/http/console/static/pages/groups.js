// The groups of a pool, and one of them with its members.

import { button, code, facts, heading, link, own, pager, section, table, time } from "../dom.js";
import { go } from "../route.js";
import { poolAreas, poolTrail } from "./pools.js";
import { enabledBadge, statusBadge } from "./users.js";

const PAGE = 25;

/** The list of groups. */
export function groupsPage(page, pool) {
  const list = page.later(
    () => page.call("ListGroups", { UserPoolId: pool, Limit: PAGE, NextToken: page.query.after }),
    ({ Groups: groups, NextToken: next }) => [
      table(
        "Groups of the pool",
        ["Group", "Description", "Precedence", "Created"],
        groups.map((group) => [
          link(own(group.GroupName), ["pools", pool, "groups", group.GroupName]),
          group.Description && own(group.Description),
          group.Precedence === undefined ? undefined : String(group.Precedence),
          time(group.CreationDate),
        ]),
        "The pool has no group.",
      ),
      pager(page.parts, page.query, next),
    ],
  );
  const create = button("Create group", () => createGroup(page, pool), { class: "main" });
  return {
    title: "Groups",
    content: [heading("Groups", poolTrail(pool)), poolAreas(pool, "Groups"), section("Groups", create, list.node)],
  };
}

function createGroup(page, pool) {
  let made;
  return page.question({
    title: "Create a group",
    form: [
      { name: "name", label: "Name", required: true, maxlength: 128 },
      { name: "description", label: "Description", maxlength: 2048 },
      { name: "precedence", label: "Precedence", type: "number", min: 0, hint: "The group with the lowest one counts for roles." },
    ],
    action: "Create",
    submit: async (data) => {
      const precedence = data.get("precedence");
      const { Group: group } = await page.call("CreateGroup", {
        UserPoolId: pool,
        GroupName: data.get("name"),
        Description: data.get("description") || undefined,
        Precedence: precedence === "" ? undefined : Number(precedence),
      });
      made = group.GroupName;
    },
    done: "The group is created.",
    then: () => go(["pools", pool, "groups", made]),
  });
}

/** The page of a group. */
export function groupPage(page, pool, name) {
  const input = { UserPoolId: pool, GroupName: name };
  const about = page.later(
    () => page.call("GetGroup", input),
    ({ Group: group }) => facts([
      ["Description", group.Description && own(group.Description)],
      ["Role", group.RoleArn && code(group.RoleArn)],
      ["Precedence", group.Precedence === undefined ? undefined : String(group.Precedence)],
      ["Created", time(group.CreationDate)],
      ["Modified", time(group.LastModifiedDate)],
    ]),
  );
  const members = page.later(
    () => page.call("ListUsersInGroup", { ...input, Limit: PAGE, NextToken: page.query.after }),
    ({ Users: users, NextToken: next }) => [
      table(
        "Members of the group",
        ["Username", "Status", "Sign-in", "Created"],
        users.map((user) => [
          link(own(user.Username), ["pools", pool, "users", user.Username]),
          statusBadge(user),
          enabledBadge(user),
          time(user.UserCreateDate),
        ]),
        "Nobody is in the group.",
      ),
      pager(page.parts, page.query, next),
    ],
  );
  const remove = button("Delete group", () => deleteGroup(page, input), { class: "danger" });
  const groups = link("Groups", ["pools", pool, "groups"]);
  return {
    title: name,
    content: [heading(own(name), poolTrail(pool, groups)), section("Group", remove, about.node), section("Members", [], members.node)],
  };
}

function deleteGroup(page, input) {
  return page.question({
    title: "Delete the group?",
    text: [["The group ", own(input.GroupName), " goes for good; its members stay users of the pool."]],
    action: "Delete group",
    danger: true,
    submit: () => page.call("DeleteGroup", input),
    done: "The group is deleted.",
    then: () => go(["pools", input.UserPoolId, "groups"]),
  });
}
