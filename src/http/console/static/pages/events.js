// What a user did, as threat protection records it.

import { badge, button, code, h, own, pager, section, table, time } from "../dom.js";

const PAGE = 20;

/** How the outcomes of events are shown. */
const KINDS = { Pass: "good", Fail: "bad" };

/** The part of a user's page that shows the events. */
export function eventsPart(page, user) {
  const list = page.later(
    () => page.call("AdminListUserAuthEvents", { ...user, MaxResults: PAGE, NextToken: page.query.after }),
    ({ AuthEvents: events, NextToken: next }) => [
      table(
        "Events of the user, the newest first",
        ["Event", "Outcome", "Time", "From", "Challenges", "Feedback"],
        events.map((event) => row(page, user, event, list.reload)),
        "Nothing was recorded.",
      ),
      pager(page.parts, page.query, next),
    ],
  );
  return { node: section("Events", [], list.node), reload: list.reload };
}

function row(page, user, event, then) {
  const from = event.EventContextData ?? {};
  const challenges = (event.ChallengeResponses ?? []).map((one) => `${one.ChallengeName}: ${one.ChallengeResponse}`);
  return [
    h("div", { class: "named" }, event.EventType, code(event.EventId)),
    badge(event.EventResponse, KINDS[event.EventResponse]),
    time(event.CreationDate),
    h("div", { class: "named" }, own(from.IpAddress), own(from.DeviceName)),
    challenges.length > 0 && challenges.join(", "),
    feedback(page, user, event, then),
  ];
}

function feedback(page, user, event, then) {
  const given = event.EventFeedback?.FeedbackValue;
  const say = (value) => button(value, () => {
    const input = { ...user, EventId: event.EventId, FeedbackValue: value };
    return page.act("The feedback is given.", () => page.call("AdminUpdateAuthEventFeedback", input), then);
  }, { class: "quiet small", "aria-label": `${value}: ${event.EventId}` });
  const others = ["Valid", "Invalid"].filter((value) => value !== given);
  return h("div", { class: "actions" }, given && badge(given), others.map(say));
}
