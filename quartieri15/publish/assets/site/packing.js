"use strict";
/* Arrays of whole numbers, as publish/site/packing.py packs them. */
(function () {
  function octetsOf(text) {
    const letters = atob(text);
    const octets = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i += 1) { octets[i] = letters.charCodeAt(i); }
    return octets;
  }

  async function unpacked(text) {
    const zipped = new Blob([octetsOf(text)]).stream();
    const stream = zipped.pipeThrough(new DecompressionStream("gzip"));
    const body = new Uint8Array(await new Response(stream).arrayBuffer());
    const start = 4 + (body[0] | (body[1] << 8) | (body[2] << 16) | (body[3] << 24));
    const header = JSON.parse(new TextDecoder().decode(body.subarray(4, start)));
    const arrays = {};
    let place = start;
    for (const [name, length] of header) {
      const values = new Int32Array(length);
      let value = 0;
      for (let i = 0; i < length; i += 1) {
        let coded = 0;
        let shift = 0;
        let octet;
        do {
          octet = body[place];
          place += 1;
          coded |= (octet & 127) << shift;
          shift += 7;
        } while (octet > 127);
        value += (coded >>> 1) ^ -(coded & 1);
        values[i] = value;
      }
      arrays[name] = values;
    }
    return arrays;
  }

  /* Put arrays in the place of whatever is packed, however deep. */
  Q15.unpackAll = async function (holder) {
    const waiting = [];
    (function look(value) {
      for (const [key, own] of Object.entries(value)) {
        if (!own || typeof own !== "object") { continue; }
        if (typeof own.packed === "string") {
          waiting.push(unpacked(own.packed).then((arrays) => { value[key] = arrays; }));
        } else {
          look(own);
        }
      }
    })(holder);
    await Promise.all(waiting);
  };
})();
