"use strict";
/* What is known of today's opening, by the clocks of the city: open until, closed until, or that
   nobody knows. Hours speak of some days only; of all others nothing is said. */
Q15.opening = function (known) {
  const DAY = 86400000;
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone: known.time_zone, year: "numeric", month: "2-digit", day: "2-digit",
    hour: "2-digit", minute: "2-digit", hourCycle: "h23"
  });

  function local(time) {
    const parts = Object.fromEntries(clock.formatToParts(time).map((part) => [part.type, part.value]));
    return {
      day: Date.UTC(parts.year, parts.month - 1, parts.day),
      minute: 60 * parts.hour + Number(parts.minute)
    };
  }

  function planOf(set, place, day) {
    const first = Date.parse(set.first);
    const days = Math.round((Date.parse(set.last) - first) / DAY) + 1;
    const today = Math.round((day - first) / DAY);
    if (today < 0 || today >= days) { return null; }
    return set.plans[set.plan.of_day[place * days + today]];
  }

  /* `place`: its number in the list. {state: "open", until} or {state: "closed", opens} in minutes
     of the day (null: not again today), with the `set` that tells it; or {state: "unknown"}. */
  function at(place, time) {
    const { day, minute } = local(time);
    for (const set of known.sets) {
      const plan = planOf(set, place, day);
      const now = plan && plan.find(([start, end]) => start <= minute && minute < end);
      if (!plan || (now && now[2] !== 1)) { continue; }
      if (now) { return { state: "open", until: now[1], set: set.name }; }
      const later = plan.find(([start]) => start > minute);
      if (later && later[2] !== 1) { continue; }
      return { state: "closed", opens: later ? later[0] : null, set: set.name };
    }
    return { state: "unknown" };
  }

  return { at };
};
