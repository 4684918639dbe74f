// The devices of a user, with what AWS's own console shows of them: names, keys, whether they are remembered, the last address and
// the dates.

import { badge, button, code, facts, h, heading, link, own, pager, raw, section, table, time } from "../dom.js";
import { go } from "../route.js";
import { poolTrail } from "./pools.js";
import { valueOf } from "./users.js";

const PAGE = 10;

/** What of a device is an attribute: the label and the attribute's name. */
const LABELS = [
  ["Status", "device_status"],
  ["Last IP address", "last_ip_used"],
  ["SDK", "dev:device_sdk"],
  ["Owner", "dev:device_owner"],
  ["ARN", "dev:device_arn"],
];

/** The part of a user's page that shows the devices. */
export function devicesPart(page, user) {
  const list = page.later(
    () => page.call("AdminListDevices", { ...user, Limit: PAGE, PaginationToken: page.query.after }),
    ({ Devices: devices, PaginationToken: next }) => [
      table(
        "Devices of the user",
        ["Device", "Remembered", "Last IP address", "Created", "Last signed in", "Actions"],
        devices.map((device) => row(page, user, device, list.reload)),
        "The user has no confirmed device.",
      ),
      pager(page.parts, page.query, next),
    ],
  );
  return { node: section("Devices", [], list.node), reload: list.reload };
}

function nameOf(device) {
  return valueOf(device.DeviceAttributes, "device_name");
}

function remembered(device) {
  const isRemembered = valueOf(device.DeviceAttributes, "dev:device_remembered_status") === "remembered";
  return isRemembered ? badge("Remembered", "good") : badge("Not remembered");
}

function row(page, user, device, then) {
  const here = ["pools", user.UserPoolId, "users", user.Username, "devices", device.DeviceKey];
  const name = nameOf(device);
  return [
    h("div", { class: "named" }, link(name ? own(name) : "Device without a name", here), code(device.DeviceKey)),
    remembered(device),
    own(valueOf(device.DeviceAttributes, "last_ip_used")),
    time(device.DeviceCreateDate),
    time(device.DeviceLastAuthenticatedDate),
    h("div", { class: "actions" }, actions(page, user, device, then, then)),
  ];
}

/** Remember or not remember, and forget. `changed` and `forgotten` show what that changed. */
function actions(page, user, device, changed, forgotten) {
  const isRemembered = valueOf(device.DeviceAttributes, "dev:device_remembered_status") === "remembered";
  const about = nameOf(device) ?? device.DeviceKey;
  const [label, status, done] = isRemembered
    ? ["Don't remember", "not_remembered", "The device is not remembered."]
    : ["Remember", "remembered", "The device is remembered."];
  const input = { ...user, DeviceKey: device.DeviceKey };
  const set = () => page.call("AdminUpdateDeviceStatus", { ...input, DeviceRememberedStatus: status });
  return [
    button(label, () => page.act(done, set, changed), { class: "quiet small", "aria-label": `${label} ${about}` }),
    button("Forget", () => forget(page, input, about, forgotten), { class: "danger small", "aria-label": `Forget ${about}` }),
  ];
}

function forget(page, input, about, then) {
  return page.question({
    title: "Forget the device?",
    text: [[own(about), " of ", own(input.Username), " can prove nothing any more, and the refresh tokens bound to it end."]],
    action: "Forget",
    danger: true,
    submit: () => page.call("AdminForgetDevice", input),
    done: "The device is forgotten.",
    then,
  });
}

/** The page of one device. */
export function devicePage(page, pool, username, key) {
  const user = { UserPoolId: pool, Username: username };
  const all = ["pools", pool, "users", username, "devices"];
  const shown = page.later(
    () => page.call("AdminGetDevice", { ...user, DeviceKey: key }),
    ({ Device: device }) => [
      facts([
        ["Name", nameOf(device) && own(nameOf(device))],
        ["Device key", code(device.DeviceKey)],
        ["Remembered", remembered(device)],
        ...LABELS.map(([label, name]) => [label, code(valueOf(device.DeviceAttributes, name))]),
        ["Created", time(device.DeviceCreateDate)],
        ["Modified", time(device.DeviceLastModifiedDate)],
        ["Last signed in", time(device.DeviceLastAuthenticatedDate)],
      ]),
      h("div", { class: "actions" }, actions(page, user, device, shown.reload, () => go(all))),
      raw(device),
    ],
  );
  const trail = poolTrail(
    pool,
    link("Users", ["pools", pool, "users"]),
    link(own(username), ["pools", pool, "users", username]),
    link("Devices", all),
  );
  return { title: "Device", content: [heading("Device", trail), section("Device", [], shown.node)] };
}
