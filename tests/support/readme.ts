/**
 * The README as tests see it: code blocks that are run, and parts that are made from the code. A
 * generated part stands between `<!-- generated: NAME -->` and `<!-- /generated -->`.
 */
import { readFileSync, writeFileSync } from "node:fs";

const url = new URL("../../README.md", import.meta.url);

/** The whole text. */
export function readme(): string {
  return readFileSync(url, "utf8").replaceAll("\r\n", "\n");
}

/** The code blocks of a language that hold the words, in their order, without the fences. */
export function readmeBlocks(language: string, words: string): readonly string[] {
  const fences = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms");
  return [...readme().matchAll(fences)].flatMap(([, block = ""]) =>
    block.includes(words) ? [block] : []
  );
}

/** What stands in a generated part. Throws when there is no such part. */
export function generatedPart(name: string): string {
  const part = partPattern(name).exec(readme())?.[2];
  if (part === undefined) throw new Error(`README.md has no generated part "${name}"`);
  return part;
}

/** Puts the text into a generated part. */
export function writeGeneratedPart(name: string, text: string): void {
  writeFileSync(
    url,
    readme().replace(partPattern(name), (_, begin, _old, end) => begin + text + end),
  );
}

/** The formatter must not touch what is compared letter by letter. */
function partPattern(name: string): RegExp {
  const begin = `<!-- generated: ${name} -->\n<!-- deno-fmt-ignore-start -->\n\n`;
  const end = `\n<!-- deno-fmt-ignore-end -->\n<!-- /generated -->\n`;
  // An ill-formed part must not take in the text up to the end of the next.
  return new RegExp(`(${begin})((?:(?!<!-- /?generated).)*?)(${end})`, "s");
}
