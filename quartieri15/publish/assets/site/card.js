"use strict";
/* The card of whatever was chosen on the map: docked, so that it never hides what it tells of. */
Q15.core("card", function (app) {
  const card = document.getElementById("card");
  if (!card) { return; }
  const title = document.getElementById("card-title");
  const content = document.getElementById("card-content");
  let opener = null;
  let closed = null;

  app.onLanguage(() => {
    const close = document.getElementById("card-close");
    close.title = app.say("frame.close");
    close.setAttribute("aria-label", app.say("frame.close"));
  });

  /* options: at [x, y], title (text), content (element), opener (element that gets the focus
     back), onclose; focus: false where the reader stays where she is. */
  app.openCard = function (options) {
    app.closeCard({ focus: false });
    title.textContent = options.title;
    content.replaceChildren(options.content);
    card.hidden = false;
    opener = options.opener || null;
    closed = options.onclose || null;
    if (options.at) {
      const wide = card.offsetWidth < app.map.getSize().x * 0.7;
      app.map.panInside(app.latlng(...options.at), {
        paddingTopLeft: [40, 40],
        paddingBottomRight: wide ? [card.offsetWidth + 30, 40] : [40, card.offsetHeight + 30],
        animate: false
      });
    }
    if (options.focus !== false) { title.focus({ preventScroll: true }); }
  };
  app.card = app.openCard;

  app.closeCard = function ({ focus = true } = {}) {
    if (card.hidden) { return; }
    const inside = card.contains(document.activeElement);
    card.hidden = true;
    const before = opener;
    const tell = closed;
    opener = null;
    closed = null;
    if (tell) { tell(); }
    if (focus && inside && before && document.contains(before)) { before.focus(); }
  };

  document.getElementById("card-close").addEventListener("click", () => app.closeCard());
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { app.closeCard(); }
  });
});
