/**
 * Generated YAML files that parse, in many styles, some of whose values are marked images. Marked
 * images are `marked/i<number>:1`, each of an id of its own, and no other value is spelled so.
 */
import fc from "fast-check";

/** A file, and how many markers it holds. */
export interface GeneratedFile {
  readonly text: string;
  readonly markers: number;
}

type Node =
  | {
    readonly kind: "marked";
    readonly quote: string;
    readonly properties: string;
    readonly comment: string;
  }
  | { readonly kind: "scalar"; readonly source: string }
  | { readonly kind: "block"; readonly header: string; readonly lines: readonly string[] }
  | {
    readonly kind: "map" | "seq";
    readonly flow: boolean;
    readonly items: readonly Node[];
    readonly blanks: readonly number[];
  };

const marked: fc.Arbitrary<Node> = fc.record({
  kind: fc.constant("marked" as const),
  quote: fc.constantFrom("", "", "'", '"'),
  properties: fc.constantFrom("", "", "", "!!str ", "&x ", "&x !!str "),
  comment: fc.constantFrom(
    ' # {"$rebase": "ID"}',
    '\t#{"$rebase":"ID:image"}',
    '  ## {"a": "#", "$rebase": "ID"} \t',
  ),
});

/** Values that hold what looks like a marker to a careless eye, and other odd ones. */
const scalar: fc.Arbitrary<Node> = fc.record({
  kind: fc.constant("scalar" as const),
  source: fc.constantFrom(
    "a",
    "1.10",
    "a/b:1",
    '"b # {\\"$rebase\\": \\"x\\"}"',
    '\'c/d:1 # {"$rebase": "x"}\'',
    'say "$rebase"',
    "''",
    '""',
    "!!int 5",
    "&y z",
    "a#b",
    "-1",
    "?a",
    "~",
    "'it''s'",
    '"\\""',
    "\u{1F600} 漢",
    "{}",
    "[]",
    "[a, {b: c}]",
    "a # a comment",
    'a # old: a/b:1 # {"$rebase": "x"}',
    "'#' # {not json}",
    '"{{ .x }}"',
    "'@'",
  ),
});

const block: fc.Arbitrary<Node> = fc.record({
  kind: fc.constant("block" as const),
  header: fc.constantFrom("|", "|-", "|+", ">", ">-", "|2", "| # hi"),
  lines: fc.array(
    fc.constantFrom(
      "text",
      'i: marked/x:1 # {"$rebase": "x"}',
      "",
      "  more",
      "'",
      '"',
      "---",
      "{{ if x }}",
      "# {",
    ),
    { minLength: 1, maxLength: 4 },
  ).map((lines) => ["first", ...lines]),
});

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    marked,
    scalar,
    block,
    fc.record({
      kind: fc.constantFrom("map" as const, "seq" as const),
      flow: fc.boolean(),
      items: fc.array(tie("node"), { minLength: 1, maxLength: 4 }),
      blanks: fc.array(fc.nat(2), { minLength: 4, maxLength: 4 }),
    }),
  ),
}));

/** Files of one to three documents, in one of two line ends, with or without byte order mark. */
export function generatedFile(): fc.Arbitrary<GeneratedFile> {
  return fc.record({
    documents: fc.array(node, { minLength: 1, maxLength: 3 }),
    lineEnd: fc.constantFrom("\n", "\r\n"),
    mark: fc.constantFrom("", "\uFEFF"),
    finalNewline: fc.boolean(),
  }).map(({ documents, lineEnd, mark, finalNewline }) => {
    const writer = new Writer();
    const text = documents.map((document) => `--- # document\n${writer.document(document)}`).join(
      "",
    );
    const ended = finalNewline ? text : text.replace(/\n$/, "");
    return { text: mark + ended.replaceAll("\n", lineEnd), markers: writer.markers };
  });
}

/** Writes nodes as YAML and counts the markers. Each `value` begins with the space before it. */
class Writer {
  markers = 0;

  document(node: Node): string {
    return `top:${this.#value(node, 0)}`;
  }

  /** The node behind "key:" or "-", up to and with its line break. */
  #value(node: Node, indent: number): string {
    switch (node.kind) {
      case "marked":
        return ` ${this.#marked(node, "")}\n`;
      case "scalar":
        return ` ${node.source}\n`;
      case "block":
        return this.#block(node, indent);
      default:
        return node.flow
          ? ` ${this.#flow(node, indent + 2)}\n`
          : this.#blockItems(node, indent + 2);
    }
  }

  #marked(node: Node & { kind: "marked" }, comma: string): string {
    const image = `marked/i${++this.markers}:1`;
    const comment = node.comment.replace("ID", `id-${this.markers}`);
    return `${node.properties}${node.quote}${image}${node.quote}${comma}${comment}`;
  }

  #block({ header, lines }: Node & { kind: "block" }, indent: number): string {
    const pad = " ".repeat(indent + 2);
    return ` ${header}\n${lines.map((line) => line === "" ? "\n" : `${pad}${line}\n`).join("")}`;
  }

  #blockItems(node: Node & { kind: "map" | "seq" }, indent: number): string {
    const pad = " ".repeat(indent);
    const items = node.items.map((item, index) => {
      const blanks = "\n".repeat(node.blanks[index] ?? 0);
      const head = node.kind === "map" ? `k${index}:` : "-";
      return `${blanks}${pad}${head}${this.#value(item, indent)}`;
    });
    return `\n${items.join("")}`;
  }

  /** A flow collection over lines; its items are flow, too, and block scalars become plain ones. */
  #flow(node: Node & { kind: "map" | "seq" }, indent: number): string {
    const pad = " ".repeat(indent);
    const [open, close] = node.kind === "map" ? "{}" : "[]";
    const items = node.items.map((item, index) => {
      const key = node.kind === "map" ? `k${index}: ` : "";
      const comma = ["", ",", " , "][node.blanks[index] ?? 0]!;
      const last = index === node.items.length - 1;
      return `${pad}${key}${this.#flowItem(item, last ? comma : comma || ",", indent)}\n`;
    });
    return `${open}\n${items.join("")}${" ".repeat(indent - 1)}${close}`;
  }

  #flowItem(node: Node, comma: string, indent: number): string {
    switch (node.kind) {
      case "marked":
        return this.#marked(node, comma);
      case "scalar":
        return `"${node.source.replace(/[^a-z]/g, "")}"${comma}`;
      case "block":
        return `plain${comma}`;
      default:
        return `${this.#flow(node, indent + 2)}${comma}`;
    }
  }
}
