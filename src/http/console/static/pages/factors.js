// The second factors of a user.

import { badge, button, facts, section } from "../dom.js";

/** The factors: their names in lists, what AdminSetUserMFAPreference calls their settings, and their labels. */
const FACTORS = [
  ["SOFTWARE_TOKEN_MFA", "SoftwareTokenMfaSettings", "Authenticator app"],
  ["SMS_MFA", "SMSMfaSettings", "Codes by SMS"],
  ["EMAIL_OTP", "EmailMfaSettings", "Codes by email"],
];

/** The part of a user's page that shows the second factors. */
export function factorsPart(page, user) {
  let found;
  const shown = page.later(
    async () => {
      found = await page.call("AdminGetUser", user);
      return page.call("AdminGetUserAuthFactors", user);
    },
    (factors) => {
      const on = found.UserMFASettingList ?? [];
      const state = (name) => [
        on.includes(name) ? badge("On", "good") : badge("Off"),
        found.PreferredMfaSetting === name && [" ", badge("Preferred")],
      ];
      return facts([
        ...FACTORS.map(([name, , label]) => [label, state(name).filter(Boolean)]),
        ["Signs in by", (factors.ConfiguredUserAuthFactors ?? []).join(", ")],
      ]);
    },
  );
  const change = button("Change", () => setFactors(page, user, found, shown.reload), { class: "main" });
  return { node: section("Second factors", change, shown.node), reload: shown.reload };
}

function setFactors(page, user, found, then) {
  const on = found?.UserMFASettingList ?? [];
  const preferred = [["", "none"], ...FACTORS.map(([name, , label]) => [name, label])];
  return page.question({
    title: "Change second factors",
    text: ["An authenticator app counts once the user has set it up with its first code."],
    form: [
      ...FACTORS.map(([name, , label]) => ({ name, label, type: "checkbox", checked: on.includes(name) })),
      { name: "preferred", label: "Preferred", options: preferred, value: found?.PreferredMfaSetting ?? "" },
    ],
    action: "Change",
    submit: (data) => {
      const chosen = FACTORS.filter(([name]) => data.has(name) !== on.includes(name) || data.has(name));
      const settings = chosen.map(([name, member]) => {
        const enabled = data.has(name);
        return [member, { Enabled: enabled, PreferredMfa: enabled && data.get("preferred") === name }];
      });
      return page.call("AdminSetUserMFAPreference", { ...user, ...Object.fromEntries(settings) });
    },
    done: "The second factors are changed.",
    then,
  });
}
