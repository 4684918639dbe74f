// The sessions of a user: the sign-ins that last.

import { badge, button, code, h, link, own, pager, section, table, time } from "../dom.js";

/** The part of a user's page that shows the sessions. */
export function sessionsPart(page, user) {
  const list = page.later(
    () => page.call("AdminListUserSessions", { ...user, NextToken: page.query.after }),
    ({ Sessions: sessions, NextToken: next }) => [
      table(
        "Sessions of the user",
        ["Session", "Client", "Program", "Last IP address", "Began", "Last active", "Actions"],
        sessions.map((session) => row(page, user, session, list.reload)),
        "The user has no session. A pool tracks them once SetUserPoolSessionConfiguration says ENABLED.",
      ),
      pager(page.parts, page.query, next),
    ],
  );
  return { node: section("Sessions", [], list.node), reload: list.reload };
}

function row(page, user, session, then) {
  const revoke = () => page.question({
    title: "Revoke the session?",
    text: ["All of its refresh tokens and access tokens are refused from then on."],
    action: "Revoke",
    danger: true,
    submit: () => page.call("AdminRevokeUserSession", { ...user, SessionId: session.SessionId }),
    done: "The session is revoked.",
    then,
  });
  return [
    h("div", { class: "named" }, badge(session.SessionType), code(session.SessionId)),
    link(code(session.ClientId), ["pools", user.UserPoolId, "clients", session.ClientId]),
    own(session.DeviceType),
    own(session.LastIPAddress),
    time(session.CreateDate),
    time(session.LastActiveDate),
    button("Revoke", revoke, { class: "danger small", "aria-label": `Revoke ${session.SessionId}` }),
  ];
}
