"use strict";
/* The files to download: what each holds, with a link to each of its formats. */
Q15.module("downloads", function (app) {
  const told = app.data.downloads;
  /* Of a page put together alone there are no files beside it. */
  if (!told) {
    document.getElementById("downloads").hidden = true;
    return;
  }
  /* The pages for a server stand one folder deeper than those that open by a double click. */
  const root = document.body.dataset.source ? "../" : "";
  const KILOBYTE = 1000;

  function size(bytes) {
    const kilobytes = Math.max(1, Math.round(bytes / KILOBYTE));
    return kilobytes < KILOBYTE
      ? app.say("downloads.kilobytes", { n: kilobytes })
      : app.say("downloads.megabytes", { n: kilobytes / KILOBYTE });
  }

  function link(file) {
    const own = app.h("a", { href: root + file.path, download: "" });
    return app.said(own, "downloads.file", () => ({ format: file.format, size: size(file.bytes) }));
  }

  function subject(one) {
    const what = app.h("span", { class: "downloads-what" });
    app.onLanguage(() => { what.textContent = one.what[app.language()]; });
    return app.h("li", {}, what, app.h("span", { class: "downloads-files" }, ...one.files.map(link)));
  }

  document.getElementById("downloads-list").append(...told.files.map(subject));
  document.getElementById("downloads-more").append(...told.more.map(subject));
  app.said(document.getElementById("downloads-more-name"), "downloads.more",
    () => ({ n: told.more.reduce((sum, one) => sum + one.files.length, 0) }));
  app.said(document.getElementById("downloads-licence"), "downloads.licence",
    () => ({ name: told.licence, line: told.line }));
  app.said(document.getElementById("downloads-beside"), "downloads.beside",
    () => ({ folder: told.folder }));
});
