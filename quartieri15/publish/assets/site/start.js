"use strict";
/* The frame of a page: sections register themselves, and begin when the data are unpacked. */
window.Q15 = (function () {
  const modules = [];
  const listeners = new Map();

  const app = {
    data: null,
    page: null,
    embedded: new URLSearchParams(location.search).has("embed"),
    on(event, listener) {
      if (!listeners.has(event)) { listeners.set(event, []); }
      listeners.get(event).push(listener);
    },
    emit(event, detail) {
      (listeners.get(event) || []).forEach((listener) => listener(detail));
    }
  };

  /* What a section needs of the page: it begins only where the page has that section. */
  function module(name, begin) { modules.push({ name, begin, core: false }); }
  function core(name, begin) { modules.push({ name, begin, core: true }); }

  async function read() {
    const inside = document.getElementById("data");
    if (inside) { return JSON.parse(inside.textContent); }
    const answer = await fetch(document.body.dataset.source);
    if (!answer.ok) { throw new Error(`${answer.status} ${answer.url}`); }
    return answer.json();
  }

  async function begin() {
    document.body.classList.toggle("embedded", app.embedded);
    app.data = await read();
    app.page = app.data.page;
    await Q15.unpackAll(app.data);
    const here = new Set(app.page.sections);
    for (const { name, begin: start, core: always } of modules) {
      if (always || here.has(name)) { start(app); }
    }
    app.emit("ready");
    document.documentElement.dataset.ready = "true";
  }

  return { app, module, core, begin };
})();
