"use strict";
/* Reads the name of a street as quartieri15/model/street_names.py does, with its words and costs,
   which stand in the data of the page: one name in many spellings, and how alike two are. */
Q15.streetNames = function (grammar) {
  const costs = grammar.costs;
  const SAINTS = new Set(grammar.saints);
  const SMALL = new Set(grammar.small);
  const TITLES = new Set(grammar.titles);
  const ALIKE = [new Set(grammar.squares), new Set(grammar.roads)];
  const ONES = { "": 0, i: 1, ii: 2, iii: 3, iv: 4, v: 5, vi: 6, vii: 7, viii: 8, ix: 9 };
  const ROMAN_LETTERS = { v: "5", x: "10" };
  const ROMAN = /^(?=[xvi])(x{0,3})(ix|iv|v?i{0,3})$/;
  const HOPELESS = 0.5;
  const INITIAL = /(?<![\w'])[a-z](?=\.)/g;
  const WORD = /[a-z0-9]+(?:\.[a-z0-9]+)*/g;
  const own = (table, word) => (Object.hasOwn(table, word) ? table[word] : undefined);

  function folded(text) {
    return text.replace(/[’`]/g, "'").normalize("NFKD").replace(/\p{M}/gu, "").replace(/ß/g, "ss")
      .toLowerCase().trim().split(/\s+/).join(" ");
  }

  function oneSpelling(word) {
    if (SAINTS.has(word)) { return "san"; }
    const spelled = own(grammar.spellings, word);
    if (spelled !== undefined) { return spelled; }
    const number = own(grammar.numbers, word);
    if (number !== undefined) { return String(number); }
    const roman = word.length > 1 && ROMAN.exec(word);
    return roman ? String(10 * roman[1].length + ONES[roman[2]]) : word;
  }

  function wordsOf(text) {
    const words = [];
    for (const raw of folded(text).match(WORD) || []) {
      const joined = raw.replaceAll(".", "");
      const known = own(grammar.kinds, joined) || own(grammar.spellings, joined);
      const whole = raw.includes(".") && (known || SAINTS.has(joined));
      words.push(...(whole ? [joined] : raw.split(".")));
    }
    return words.map(oneSpelling);
  }

  /* `surnames`: how many of the last words are the name itself, 0 for all. */
  function read(text, surnames) {
    let words = wordsOf(text);
    let kind = "";
    if (words.length > 1 && own(grammar.kinds, words[0])) {
      kind = grammar.kinds[words[0]];
      words = words.slice(1);
    }
    const isPrivate = kind === "via" && words.length > 1 && words[0] === "privata";
    if (isPrivate) { words = words.slice(1); }
    /* The E. of E. Fermi is no "e". */
    const initials = new Set(folded(text).match(INITIAL));
    const telling = words.filter((word) => !SMALL.has(word) || initials.has(word));
    const named = telling.length ? telling : words;
    return {
      kind,
      private: isPrivate,
      words: named,
      small: words.filter((word) => SMALL.has(word) && !named.includes(word)).join(" "),
      surname: new Set(surnames ? named.slice(-surnames) : named),
      inOrder: named.join(" "),
      joined: named.join(""),
      key: [...named].sort().join(" "),
    };
  }

  /* Which letters a word has, as bits: two words that differ in many are not alike. */
  const lettersOf = new Map();
  function letters(word) {
    if (!lettersOf.has(word)) {
      lettersOf.set(word, [...word].reduce((bits, letter) => bits | 1 << (letter.charCodeAt(0) % 31), 0));
    }
    return lettersOf.get(word);
  }
  function differ(one, other) {
    let bits = letters(one) ^ letters(other);
    let count = 0;
    while (bits) {
      bits &= bits - 1;
      count += 1;
    }
    return count;
  }

  /* How many letters are wrong (optimal string alignment); Infinity beyond `most`. */
  function misprints(one, other, most) {
    if (differ(one, other) > 2 * most) { return Infinity; }
    let before = null;
    let last = Array.from({ length: other.length + 1 }, (_, i) => i);
    for (let i = 1; i <= one.length; i += 1) {
      const row = [i];
      for (let j = 1; j <= other.length; j += 1) {
        const wrong = one[i - 1] === other[j - 1] ? 0 : 1;
        row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + wrong);
        if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
          row[j] = Math.min(row[j], before[j - 2] + 1);
        }
      }
      [before, last] = [last, row];
    }
    const edits = last[other.length];
    return edits > most ? Infinity : edits;
  }

  function misprintsAllowed(word) {
    if (word.length <= 3) { return 0; }
    return word.length <= 7 ? 1 : 2;
  }

  function costOfWord(asked, known) {
    if (asked === known) { return 0; }
    if (/^[a-z]$/.test(asked)) {
      if (asked === "s" && known === "san") { return 0; }
      const begins = known.startsWith(asked) || own(ROMAN_LETTERS, asked) === known;
      return begins ? costs.initial : costs.unknown_word;
    }
    const allowed = misprintsAllowed(asked);
    const numbers = /^\d+$/.test(asked) || /^\d+$/.test(known);
    if (numbers || !allowed || Math.abs(asked.length - known.length) > allowed) {
      return costs.unknown_word;
    }
    const edits = misprints(asked, known, allowed);
    if (edits > allowed) { return costs.unknown_word; }
    return costs.misprint * edits + costs.first_letter * (asked[0] !== known[0] ? 1 : 0);
  }

  function costOfKind(asked, known) {
    if (asked === known) { return 0; }
    if (!asked) { return costs.no_kind; }
    const near = ALIKE.some((kinds) => kinds.has(asked) && kinds.has(known));
    return near ? costs.near_kind : costs.other_kind;
  }

  function costOfMissing(left, matched, known) {
    const missing = left.filter((word) => !TITLES.has(word));
    const cost = costs.title * (left.length - missing.length);
    if (!missing.length) { return cost; }
    if (![...known.surname].some((word) => matched.has(word))) {
      return cost + costs.given_name_alone;
    }
    const part = missing.some((word) => known.surname.has(word));
    return cost + (part ? costs.part_of_name : costs.given_name);
  }

  /* 1 is the same name. While someone types, the beginning of a word is as good as the word. */
  function likeness(asked, known, typing) {
    let cost = costOfKind(asked.kind, known.kind);
    cost += asked.private !== known.private ? costs.private : 0;
    if (asked.inOrder === known.inOrder || asked.joined === known.joined) {
      return Math.max(0, 1 - cost - (asked.small !== known.small ? costs.small_words : 0));
    }
    if (asked.key === known.key) { return Math.max(0, 1 - cost - costs.order); }
    const left = [...known.words];
    const matched = new Set();
    /* The words that are there first: the V. of V. Vela is not Vela. */
    const there = asked.words.map((word) => known.words.includes(word));
    const places = [...there.keys()].sort((i, j) => there[j] - there[i]);
    for (const place of places) {
      /* Below every likeness that is asked for. */
      if (cost > HOPELESS) { return 0; }
      const word = asked.words[place];
      const begun = typing && place === asked.words.length - 1;
      let price = costs.unknown_word;
      let found = -1;
      left.forEach((other, i) => {
        const begins = begun && other.startsWith(word);
        const its = begins ? Math.min(costs.initial, costOfWord(word, other)) : costOfWord(word, other);
        if (its < price) { [price, found] = [its, i]; }
      });
      if (found < 0) {
        cost += TITLES.has(word) ? costs.title : costs.unknown_word;
      } else {
        cost += price;
        matched.add(left.splice(found, 1)[0]);
      }
    }
    return Math.max(0, 1 - cost - costOfMissing(left, matched, known));
  }

  /* Whether all words of a name are words of another, misprints aside: then only its kind or a
     part of it may differ. */
  function withinName(asked, known) {
    return asked.words.every((word) => TITLES.has(word)
      || known.words.some((other) => costOfWord(word, other) < costs.unknown_word));
  }

  return { read, likeness, withinName, folded };
};
