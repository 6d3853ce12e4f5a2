/** JSON in and out without loss, and errors that name the place. */
import assert from "node:assert/strict";
import fc from "fast-check";
import * as v from "valibot";
import {
  assertShape,
  decodeJson,
  digestShape,
  encodeJson,
  mapShape,
  objectShape,
  type Shape,
  sizeShape,
  stringMapShape,
  stringsShape,
} from "../../lib/oci/decode.ts";

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function roundTrip(text: string): string {
  return new TextDecoder().decode(encodeJson(decodeJson(bytes(text), "x")));
}

const NOT_JSON: readonly (readonly [title: string, bytes: Uint8Array])[] = [
  ["nothing", bytes("")],
  ["a web page", bytes("<html>")],
  ["a cut object", bytes('{"a":')],
  ["two values", bytes("{}{}")],
  ["a byte order mark", bytes("\uFEFF{}")],
  ["a comment", bytes("{} // a")],
  ["a trailing comma", bytes('{"a":1,}')],
  ["bytes that are no UTF-8", new Uint8Array([0x22, 0xff, 0x22])],
  ["an encoded surrogate", new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ["UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0])],
];

for (const [title, content] of NOT_JSON) {
  Deno.test(`decodeJson() rejects ${title}`, () => {
    assert.throws(() => decodeJson(content, 'manifest "x"'), {
      code: "INVALID_CONTENT",
      message: 'Cannot decode manifest "x": it is not JSON in UTF-8',
    });
  });
}

Deno.test("decodeJson() rejects what two readers would understand differently", () => {
  assert.throws(() => decodeJson(bytes('{"layers":[],"layers":[1]}'), 'manifest "x"'), {
    code: "INVALID_CONTENT",
    message: 'Cannot trust manifest "x": it holds "layers" twice',
  });
});

Deno.test("decodeJson() rejects nesting that exhausts a reader", () => {
  for (const depth of [65, 100_000, 2_000_000]) {
    assert.throws(() => decodeJson(bytes("[".repeat(depth) + "]".repeat(depth)), "x"), {
      code: "INVALID_CONTENT",
      message: /^Cannot trust x: it (?:nests deeper than 64 levels|holds more than 100000 values)$/,
    });
  }
});

const KEPT: readonly string[] = [
  '{"b":1,"a":2,"Z":{"y":0,"x":0}}',
  '{"big":12345678901234567890,"exact":9007199254740993}',
  '{"float":1.0,"exponent":1E5,"zero":-0,"huge":1e999,"tiny":0.10}',
  '{"__proto__":{"polluted":true},"constructor":1,"toString":null}',
  '{"a":{"__proto__":null}}',
  '{"text":"\\ud800"}',
  '{"":[null,true,[],{}]}',
  "12345678901234567890",
  "null",
];

for (const text of KEPT) {
  Deno.test(`encodeJson() after decodeJson() keeps ${text}`, () => {
    assert.equal(roundTrip(text), text);
    assert.equal(Object.hasOwn(Object.prototype, "polluted"), false);
  });
}

Deno.test("encodeJson() after decodeJson() and a spread keeps keys, order and odd numbers", () => {
  const value = decodeJson(bytes('{"z":1.0,"__proto__":{"n":1e99},"a":[9007199254740993]}'), "x");
  const edited = { ...value as Record<string, unknown>, a2: 1 };
  assert.equal(
    new TextDecoder().decode(encodeJson(edited)),
    '{"z":1.0,"__proto__":{"n":1e99},"a":[9007199254740993],"a2":1}',
  );
});

Deno.test("encodeJson() after decodeJson() is what JSON itself would give, spaces aside", () => {
  fc.assert(fc.property(fc.json({ maxDepth: 5 }), fc.constantFrom(0, 2, "\t"), (text, space) => {
    const value = JSON.parse(text);
    // Only minus zero and the like are spelt in several ways; they are kept as they were.
    assert.deepEqual(JSON.parse(roundTrip(JSON.stringify(value, null, space))), value);
  }));
});

Deno.test("encodeJson() writes UTF-8 without spaces", () => {
  assert.deepEqual(encodeJson({ "é": ["<", 1] }), bytes('{"é":["<",1]}'));
});

const DIGEST = `sha256:${"0".repeat(64)}`;
const SHAPE: Shape = objectShape({
  name: v.string(),
  digest: v.optional(digestShape),
  size: v.optional(sizeShape),
  labels: v.optional(stringMapShape),
  ports: v.optional(mapShape),
  lines: v.optional(stringsShape),
  version: v.optional(v.literal(2)),
  flag: v.optional(v.boolean()),
  count: v.optional(v.number()),
  children: v.optional(v.array(objectShape({ "os.version": v.string() }))),
});

const ACCEPTED: readonly string[] = [
  '{"name":"a"}',
  '{"other":{"any":"thing"},"name":""}',
  `{"name":"a","digest":"${DIGEST}","size":0,"labels":{},"ports":{"80/tcp":{}},"lines":[]}`,
  '{"name":"a","labels":{"__proto__":"a","constructor":"b","":""}}',
  '{"name":"a","size":9007199254740991}',
  '{"name":"a","__proto__":{"size":"x"}}',
];

for (const text of ACCEPTED) {
  Deno.test(`assertShape() gives ${text} back as it is`, () => {
    const value = decodeJson(bytes(text), "x");
    assert.equal(assertShape(SHAPE, value, "x"), value);
    assert.equal(JSON.stringify(value), text);
  });
}

const REJECTED: readonly (readonly [text: string, fault: string])[] = [
  ["null", "it must be an object, not null"],
  ["[]", "it must be an object, not an array"],
  ['"text"', 'it must be an object, not "text"'],
  ["1.0", "it must be an object, not 1.0"],
  ["{}", "name is missing"],
  ['{"name":null}', "name must be a string, not null"],
  ['{"name":5}', "name must be a string, not 5"],
  ['{"name":["a"]}', "name must be a string, not an array"],
  ['{"name":{}}', "name must be a string, not an object"],
  ['{"name":"a","digest":"sha256:1"}', 'digest must be a sha256 or sha512 digest, not "sha256:1"'],
  ['{"name":"a","size":-1}', "size must be a whole number of bytes, not -1"],
  ['{"name":"a","size":1.5}', "size must be a whole number of bytes, not 1.5"],
  ['{"name":"a","size":"1"}', 'size must be a whole number of bytes, not "1"'],
  ['{"name":"a","size":1.0}', "size must be a whole number of bytes, not 1.0"],
  ['{"name":"a","size":1e3}', "size must be a whole number of bytes, not 1e3"],
  [
    '{"name":"a","size":9007199254740993}',
    "size must be a whole number of bytes, not 9007199254740993",
  ],
  ['{"name":"a","labels":[]}', "labels must be an object of strings, not an array"],
  ['{"name":"a","labels":{"a":1}}', "labels must be an object of strings, not an object"],
  ['{"name":"a","labels":{"__proto__":1}}', "labels must be an object of strings, not an object"],
  ['{"name":"a","labels":{"constructor":1}}', "labels must be an object of strings, not an object"],
  ['{"name":"a","ports":[]}', "ports must be an object, not an array"],
  ['{"name":"a","lines":"a"}', 'lines must be an array, not "a"'],
  ['{"name":"a","lines":["a",1]}', "lines[1] must be a string, not 1"],
  ['{"name":"a","version":1}', "version must be 2, not 1"],
  ['{"name":"a","version":"2"}', 'version must be 2, not "2"'],
  ['{"name":"a","flag":1}', "flag must be true or false, not 1"],
  ['{"name":"a","count":"1"}', 'count must be a number, not "1"'],
  ['{"name":"a","children":[{"os.version":"1"},{}]}', 'children[1]["os.version"] is missing'],
  [
    '{"name":"a","children":[{"os.version":1}]}',
    'children[0]["os.version"] must be a string, not 1',
  ],
];

for (const [text, fault] of REJECTED) {
  Deno.test(`assertShape() says of ${text} that ${fault}`, () => {
    assert.throws(() => assertShape(SHAPE, decodeJson(bytes(text), "x"), 'label "x"'), {
      code: "INVALID_CONTENT",
      message: `Cannot decode label "x": ${fault}`,
    });
  });
}

Deno.test("assertShape() quotes what it got without its controls, and not at length", () => {
  const error = thrownBy(() => assertShape(v.literal("a"), `\u001b[31m${"x".repeat(10_000)}`, "x"));
  assert.match(error.message, /^Cannot decode x: it must be "a", not "\\u001b\[31mx/);
  assert.ok(error.message.length < 1000);
});

function thrownBy(action: () => void): Error {
  try {
    action();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

Deno.test("decodeJson() rejects what takes many times its length as objects", () => {
  const many = (count: number) => bytes(`[${"{},".repeat(count)}{}]`);
  assert.throws(() => decodeJson(many(100_000), 'manifest "x"'), {
    code: "INVALID_CONTENT",
    message: 'Cannot trust manifest "x": it holds more than 100000 values',
  });
  assert.equal((decodeJson(many(49_000), "x") as unknown[]).length, 49_001);
});

Deno.test("decodeJson() takes a long text whatever it holds", () => {
  const text = JSON.stringify({ label: "[{,".repeat(400_000) });
  assert.equal(roundTrip(text), text);
});
