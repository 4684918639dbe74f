// One user pool: its settings.

import { badge, button, code, count, facts, heading, own, raw, section, time } from "../dom.js";
import { go } from "../route.js";
import { poolAreas, poolTrail, trackingOf } from "./pools.js";

/** The settings of a pool. */
export function poolPage(page, id) {
  const settings = page.later(
    () => page.call("DescribeUserPool", { UserPoolId: id }),
    ({ UserPool: pool }) => [shown(pool), raw(pool)],
  );
  const remove = button("Delete pool", () => deletePool(page, id), { class: "danger" });
  return {
    title: id,
    content: [
      heading(own(id), poolTrail(id)),
      poolAreas(id, "Settings"),
      section("Settings", remove, settings.node),
    ],
  };
}

function shown(pool) {
  const names = (list) => list?.length && list.join(", ");
  const policy = pool.Policies?.PasswordPolicy;
  return facts([
    ["Name", own(pool.Name)],
    ["Id", code(pool.Id)],
    ["ARN", code(pool.Arn)],
    ["Users", count(pool.EstimatedNumberOfUsers ?? 0)],
    ["Feature plan", pool.UserPoolTier],
    ["Created", time(pool.CreationDate)],
    ["Modified", time(pool.LastModifiedDate)],
    ["Sign-in", names(pool.UsernameAttributes) ?? "username"],
    ["Aliases", names(pool.AliasAttributes)],
    ["Verified by codes", names(pool.AutoVerifiedAttributes)],
    ["MFA", pool.MfaConfiguration],
    ["Remembered devices", trackingOf(pool.DeviceConfiguration)],
    [
      "Devices in place of MFA",
      pool.DeviceConfiguration && (pool.DeviceConfiguration.ChallengeRequiredOnNewDevice ? "yes" : "no"),
    ],
    ["Threat protection", pool.UserPoolAddOns?.AdvancedSecurityMode ?? "OFF"],
    ["Domain", pool.Domain && code(pool.Domain)],
    ["Shortest password", policy && String(policy.MinimumLength)],
    ["Deletion protection", badge(pool.DeletionProtection ?? "INACTIVE")],
  ]);
}

function deletePool(page, id) {
  return page.question({
    title: "Delete the pool?",
    text: [["The pool ", code(id), " goes for good, with its users, their devices, its clients and groups."]],
    action: "Delete pool",
    danger: true,
    submit: () => page.call("DeleteUserPool", { UserPoolId: id }),
    done: "The pool is deleted.",
    then: () => go(["pools"]),
  });
}
