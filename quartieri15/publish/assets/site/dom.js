"use strict";
/* Elements out of data: texts are only ever texts. */
Q15.core("dom", function (app) {
  const SVG = "http://www.w3.org/2000/svg";

  function filled(element, attributes, children) {
    Object.entries(attributes || {}).forEach(([name, value]) => {
      if (value === null || value === undefined || value === false) { return; }
      if (name.startsWith("on")) {
        element.addEventListener(name.slice(2), value);
      } else {
        element.setAttribute(name, value === true ? "" : value);
      }
    });
    element.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return element;
  }

  app.h = (tag, attributes, ...children) => (
    filled(document.createElement(tag), attributes, children)
  );
  app.svg = (tag, attributes, ...children) => (
    filled(document.createElementNS(SVG, tag), attributes, children)
  );

  const announcer = document.getElementById("announcer");
  app.announce = function (text) {
    /* The same words twice are read twice. */
    announcer.textContent = "";
    setTimeout(() => { announcer.textContent = text; }, 50);
  };

  app.colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
});
