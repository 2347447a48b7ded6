"use strict";
/* From the words of an address to its place, as quartieri15/model/addresses.py, but for people who
   write in a hurry: a number that is not there gives its neighbour, and says so. */
Q15.addresses = function ({ grammar, book, elsewhere }) {
  const { read, likeness, withinName, folded } = Q15.streetNames(grammar);
  const { count, number, suffix, x, y } = book.numbers;
  const BIS = { BIS: "A", TER: "B", QUATER: "C" };
  const PART = 0.05;
  const WIDEST = 10;
  const TYPED = 0.6;
  /* A name that is whole, or lacks a given name: no other street is looked for. */
  const SURE = 0.9;
  const STREET_AND_NUMBER = new RegExp(
    "^(?<street>.*?\\p{L}.*?)(?:\\s*,\\s*|\\s+)" +
    "(?:(?:al\\s+)?(?:civico|numero|num|civ|nr|n)\\b\\s*[.°º]*\\s*|n[.°º]\\s*|[°º]\\s*)?" +
    "(?<first>\\d{1,4})\\s*[-/]?\\s*(?<letter>bis|ter|quater|[a-z](?:[a-z]?\\d{2})?|[np]\\d{2})?" +
    "(?:\\s*[-/]\\s*(?<second>\\d{1,4}|[a-z]))?(?:\\s*[-/]\\s*(?<third>[a-z]))?\\s*$", "iu");
  const KINDS = Object.keys(grammar.kinds).join("|");
  const NUMBER_FIRST = new RegExp(
    "^(?:n[.°º]?\\s*|civico\\s+)?(?<number>\\d{1,4}\\s*/?\\s*[a-z]?)\\s*,?\\s+" +
    `(?<street>(?:${KINDS})\\b.*)$`, "iu");
  /* What follows the address on an envelope: a postal code, the city, its province. */
  const TAIL = /[\s,;-]+(?:\d{5}(?!\d)[\s,]*)?(?:[a-z]+\s*\(\w\w\)|milano(?:\s+mi)?|\d{5})\s*$/iu;

  const firsts = [0];
  count.forEach((its) => firsts.push(firsts[firsts.length - 1] + its));

  /* Thousands of names are read when someone first asks for one of them. */
  const once = (make) => { let made = null; return () => { made = made || make(); return made; }; };
  const here = once(() => book.streets.map((name, row) => (
    { name, row, read: read(name, book.numbers.surnames[row]) }
  )));
  const others = once(() => elsewhere.streets.map((name, i) => (
    { name, row: null, zone: elsewhere.numbers.zone[i], read: read(name, elsewhere.numbers.surnames[i]) }
  )));

  function rows(one) {
    const first = firsts[one.row];
    return Array.from({ length: firsts[one.row + 1] - first }, (_, i) => first + i);
  }

  function written(row) { return `${number[row]}${book.suffixes[suffix[row]]}`; }

  function address(one, row) {
    return { text: `${one.name} ${written(row)}`, street: one.name, x: x[row], y: y[row] };
  }

  function split(text) {
    let said = text.trim().replace(TAIL, "");
    const first = NUMBER_FIRST.exec(said);
    if (first) { said = `${first.groups.street} ${first.groups.number}`; }
    const parts = STREET_AND_NUMBER.exec(said);
    return { said, street: parts && parts.groups.street.replace(/^[ ,;]+|[ ,;]+$/g, ""), parts: parts && parts.groups };
  }

  /* The numbers that words may mean as the register writes them, the likeliest first. */
  function numbers(parts) {
    const [first, letter, second, third] = ["first", "letter", "second", "third"]
      .map((name) => (parts[name] || "").toUpperCase());
    if (BIS[letter]) { return [first + letter, `${first}/${letter}`, first + BIS[letter]]; }
    const spelled = (its, tail) => [first + its + tail, its ? `${first}/${its}${tail}` : first + tail];
    if (/^[A-Z]$/.test(second)) { return spelled(letter || second, third && `/${third}`); }
    const tail = [second, third].filter(Boolean).map((part) => `/${part}`).join("");
    const half = second && Number(second) > Number(first) && Number(second) <= Number(first) + WIDEST;
    return half ? [...spelled(letter, tail), first + letter] : spelled(letter, tail);
  }

  function ranked(text, streets, typing) {
    const asked = read(text);
    if (!asked.words.length) { return []; }
    const least = typing ? TYPED : grammar.accepted;
    return streets.map((one) => ({ one, score: likeness(asked, one.read, typing) }))
      .filter((hit) => hit.score >= least)
      .sort((a, b) => b.score - a.score || (a.one.name < b.one.name ? -1 : 1));
  }

  /* Those as good as the best: a name that fits wholly leaves no room for others. */
  function best(hits) {
    if (!hits.length) { return []; }
    const top = hits[0].score;
    const margin = top >= 1 - grammar.close / 4 ? 1e-9 : grammar.close;
    return hits.filter((hit) => hit.score >= top - margin);
  }

  function numbered(one, parts) {
    for (const spelled of numbers(parts)) {
      const row = rows(one).find((its) => written(its).toUpperCase() === spelled);
      if (row !== undefined) { return row; }
    }
    return null;
  }

  /* Numbers of gates and shops (10P01) stand for an address only where a street has no others. */
  function plain(one) {
    const all = rows(one);
    const some = all.filter((row) => !book.suffixes[suffix[row]]);
    return some.length ? some : all;
  }

  /* The nearest number, of the same side of the street if it is as near. */
  function neighbour(one, first) {
    const apart = (row) => Math.abs(number[row] - first) + ((number[row] - first) % 2 ? 0.5 : 0);
    return plain(one).reduce((near, row) => (apart(row) < apart(near) ? row : near));
  }

  /* The address nearest to the middle of all of its street. */
  function middle(one) {
    const its = plain(one);
    const mean = (values) => its.reduce((sum, row) => sum + values[row], 0) / its.length;
    const [east, north] = [mean(x), mean(y)];
    const apart = (row) => Math.hypot(x[row] - east, y[row] - north);
    return its.reduce((near, row) => (apart(row) < apart(near) ? row : near));
  }

  function distinct(addresses) {
    return addresses.filter((one, i) => addresses.findIndex((other) => other.text === one.text) === i);
  }

  /* The streets that a name may mean. Where no name fits wholly, it may be the beginning of one. */
  function meant(name) {
    const hits = ranked(name, [...here(), ...others()]);
    if (hits.length && hits[0].score >= SURE) { return { hits, guessed: false }; }
    const begun = ranked(name, here(), true).filter((hit) => hit.score >= grammar.accepted);
    return { hits: begun.length ? begun : hits, guessed: true };
  }

  const onPage = (hits) => hits.map((hit) => hit.one).filter((one) => one.row !== null);

  function withNumber(streets, parts) {
    const found = streets.map((one) => [one, numbered(one, parts)]).filter(([, row]) => row !== null);
    return distinct(found.map(([one, row]) => address(one, row)));
  }

  function notFound(hits, name) {
    const away = hits.map((hit) => hit.one).find((one) => one.row === null);
    return away ? { elsewhere: away } : { unknown: suggestions(name).map((one) => one.text) };
  }

  /* What someone means: {found: [addresses], missing: a number that is not there, whole: that no
     number was said, guessed: that another street may be meant, another: that its name is another},
     {elsewhere: {name, zone}} of
     another page, or {unknown: [names that are like it]}. */
  function locate(text) {
    const { said, street: name, parts } = split(text);
    const whole = ranked(said, here()).some((hit) => hit.score >= 1 - grammar.close);
    return parts && !whole ? locateNumber(name, parts) : locateStreet(said);
  }

  function withDoubt(name, result) {
    const found = here().find((one) => one.name === result.found[0].street);
    return { ...result, another: result.guessed && !withinName(read(name), found.read) };
  }

  function locateNumber(name, parts) {
    const { hits, guessed } = meant(name);
    const own = onPage(best(hits));
    let found = withNumber(own, parts);
    if (!found.length && guessed) { found = withNumber(onPage(hits), parts).slice(0, 1); }
    if (found.length) { return withDoubt(name, { found, missing: null, whole: false, guessed }); }
    if (!own.length || best(hits).length > own.length) { return notFound(best(hits), name); }
    const near = distinct(own.map((one) => address(one, neighbour(one, Number(parts.first)))));
    return withDoubt(name, {
      found: near, missing: `${parts.first}${parts.letter || ""}`, whole: false, guessed
    });
  }

  function locateStreet(said) {
    const { hits, guessed } = meant(said);
    const own = onPage(best(hits));
    if (!own.length) { return notFound(best(hits), said); }
    const found = distinct(own.map((one) => address(one, middle(one))));
    return withDoubt(said, { found, missing: null, whole: true, guessed });
  }

  /* Addresses to offer while someone types. */
  function suggestions(text, most = 6) {
    const { said, street: name, parts } = split(text);
    const streets = ranked(name || said, here(), true).slice(0, most).map((hit) => hit.one);
    return streets.map((one) => {
      const row = parts ? numbered(one, parts) : null;
      return row === null ? { text: one.name, whole: true } : { ...address(one, row), whole: false };
    });
  }

  return { locate, suggestions, folded };
};
