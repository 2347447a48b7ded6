"use strict";
/* What is looked at stands in the address of the page, so that a view can be shared. */
Q15.core("state", function (app) {
  const followers = [];
  const checks = new Map();
  let now = read();
  let waiting = null;

  function read() {
    return new Map(new URLSearchParams(location.hash.slice(1)));
  }

  function write() {
    waiting = null;
    const text = new URLSearchParams([...now]).toString();
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  }

  function tell(changed) {
    followers.forEach(({ names, follow }) => {
      if (names.some((name) => changed.includes(name))) { follow(); }
    });
  }

  app.state = {
    get: (name) => now.get(name) ?? null,
    set(values) {
      const changed = Object.keys(values).filter((name) => {
        const value = values[name];
        const text = value === null || value === undefined || value === "" ? null : String(value);
        if (text === (now.get(name) ?? null)) { return false; }
        if (text === null) { now.delete(name); } else { now.set(name, text); }
        return true;
      });
      if (!changed.length) { return; }
      /* Browsers refuse more than a few hundred changes of the address within seconds. */
      if (!waiting) { waiting = setTimeout(write, 250); }
      tell(changed);
    },
    /* Calls follow when one of the names changes. */
    on(names, follow) { followers.push({ names: [].concat(names), follow }); },
    /* Whoever reads a name tells how many parts of a text it does not understand. */
    check(name, unclear) { checks.set(name, unclear); }
  };

  /* Anybody may write anything into the address of a page: what is not understood counts as if
     absent, and that is said, since a shared view would look like another. */
  let said = 0;
  function tellUnclear() {
    const n = [...now].reduce((sum, [name, text]) => (
      sum + (checks.has(name) ? Number(checks.get(name)(text)) : 0)
    ), 0);
    const line = document.getElementById("unclear");
    line.hidden = n === 0;
    line.textContent = n ? app.say("frame.unclear", { n }) : "";
    if (n && n !== said) { app.announce(line.textContent); }
    said = n;
  }
  app.state.check("lang", (text) => !["it", "en"].includes(text));

  window.addEventListener("hashchange", function () {
    const before = now;
    now = read();
    const names = new Set([...before.keys(), ...now.keys()]);
    tell([...names].filter((name) => before.get(name) !== now.get(name)));
  });

  function language() {
    const asked = app.state.get("lang");
    app.translate(asked === "it" || asked === "en" ? asked : app.page.language);
  }
  document.querySelectorAll("button[data-language]").forEach((button) => {
    button.addEventListener("click", () => {
      const asked = button.dataset.language;
      app.state.set({ lang: asked === app.page.language ? null : asked });
    });
  });
  app.state.on("lang", language);
  language();

  /* Who travels. */
  const known = app.page.travellers || [];
  app.who = () => known.find((who) => who.name === app.state.get("who")) || known[0];
  app.state.check("who", (text) => known.length > 0 && !known.some((who) => who.name === text));
  app.state.check("group", (text) => !app.page.groups.includes(text));
  app.group = () => (
    app.page.groups.includes(app.state.get("group")) ? app.state.get("group") : app.page.groups[0]
  );

  app.on("ready", function () {
    app.onLanguage(tellUnclear);
    app.state.on([...checks.keys()], tellUnclear);
  });
});
