// Reads calendars with ical.js: one JSON string a line in, one JSON answer a line out. See icaljs.py.
"use strict";
const readline = require("node:readline");

const load = import("ical.js").then((module) => module.default);

const plain = (value) => (value === null || value === undefined ? null : value);

function readEvent(component, ICAL) {
  const event = new ICAL.Event(component);
  const first = (name) => plain(component.getFirstPropertyValue(name));
  return {
    uid: event.uid,
    summary: event.summary,
    description: plain(event.description),
    location: plain(event.location),
    url: first("url"),
    geo: first("geo"),
    status: first("status"),
    transp: first("transp"),
    sequence: first("sequence"),
    categories: component.hasProperty("categories") ? component.getFirstProperty("categories").getValues() : [],
    starts_at: event.startDate.toUnixTime(),
    ends_at: event.endDate.toUnixTime(),
    dtstamp: first("dtstamp").toUnixTime(),
    changed_at: first("last-modified").toUnixTime(),
    floating: event.startDate.zone === ICAL.Timezone.localTimezone,
    names: component.getAllProperties().map((property) => property.name),
    alarms: component.getAllSubcomponents("valarm").map((alarm) => alarm.getFirstPropertyValue("trigger").toSeconds()),
  };
}

function readCalendar(text, ICAL) {
  const root = new ICAL.Component(ICAL.parse(text));
  if (root.name !== "vcalendar") throw new Error(`the outermost component is ${root.name}`);
  const properties = {};
  for (const property of root.getAllProperties()) properties[property.name] = String(property.getFirstValue());
  return {
    properties,
    components: root.getAllSubcomponents().map((component) => component.name),
    events: root.getAllSubcomponents("vevent").map((component) => readEvent(component, ICAL)),
  };
}

async function main() {
  const ICAL = await load;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let answer;
    try {
      answer = readCalendar(JSON.parse(line), ICAL);
    } catch (fault) {
      answer = { fault: String(fault) };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
}

main();
