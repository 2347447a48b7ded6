"use strict";
/* Two languages: phrases, numbers and dates as the reader writes them. */
Q15.core("words", function (app) {
  const LOCALES = { it: "it-IT", en: "en-GB" };
  const spoken = app.data.words;
  const followers = [];

  app.language = () => document.documentElement.lang;

  app.say = function (key, values) {
    const phrase = spoken[app.language()][key];
    if (phrase === undefined) { throw new Error(`no phrase ${key}`); }
    const text = Array.isArray(phrase) ? phrase[values && values.n === 1 ? 0 : 1] : phrase;
    return text.replace(/\{(\w+)\}/g, (all, name) => {
      if (!values || values[name] === undefined) { throw new Error(`${key} lacks ${name}`); }
      return typeof values[name] === "number" ? app.number(values[name]) : values[name];
    });
  };

  function written(value, options) {
    /* As the tables are written: grouped from a thousand on, a half to the even number. */
    const all = {
      useGrouping: "always", maximumFractionDigits: 0, roundingMode: "halfEven", ...options
    };
    return new Intl.NumberFormat(LOCALES[app.language()], all).format(value).replace("-", "−");
  }
  app.number = (value) => written(value, { maximumFractionDigits: 1 });
  /* People above a thousand to tens: no more digits than the model bears. */
  app.people = (value) => written(value >= 1000 ? Math.round(value / 10) * 10 : Math.round(value));
  app.share = (part) => written(part, { style: "percent" });
  /* "il 56%", "l'80%": an Italian per cent within a sentence has its article. */
  app.theShare = function (part) {
    const text = app.share(part);
    if (app.language() !== "it") { return text; }
    return (/^(8|11%)/.test(text) ? "l'" : /^0/.test(text) ? "lo " : "il ") + text;
  };
  app.minutes = (value) => written(Math.round(value));
  app.date = (iso) => new Intl.DateTimeFormat(
    LOCALES[app.language()], { day: "numeric", month: "long", year: "numeric" }
  ).format(new Date(`${iso}T12:00:00`)).replace(/^1(?= )/, app.language() === "it" ? "1º" : "1");

  /* Calls now, and whenever the language changes. */
  app.onLanguage = function (follow) {
    followers.push(follow);
    follow();
  };
  app.said = function (element, key, values) {
    app.onLanguage(() => { element.textContent = app.say(key, values ? values() : undefined); });
    return element;
  };

  function translate(language) {
    document.documentElement.lang = language;
    document.title = app.page.title[language];
    document.querySelectorAll("[data-word]").forEach((element) => {
      const values = element.dataset.values && JSON.parse(element.dataset.values);
      element.textContent = app.say(element.dataset.word, values);
    });
    document.querySelectorAll("[data-texts]").forEach((element) => {
      element.textContent = JSON.parse(element.dataset.texts)[language];
    });
    document.querySelectorAll("button[data-language]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.language === language));
    });
    followers.forEach((follow) => follow());
  }

  app.translate = translate;
});
