/**
 * Generated Dockerfiles, and bases made by others: all instructions that leave a mark on a config, with
 * values that coincide often.
 */
import fc from "fast-check";
import type { Image } from "../../support/image.ts";
import { LETTERS, readable } from "./arbitraries.ts";
import { build, type Instruction, type Wording } from "./dockerfile.ts";
import { stack } from "./stack.ts";

/** Two versions of a base, and a Dockerfile to be built on each. */
export interface Dockerfile {
  readonly old: Image;
  readonly next: Image;
  readonly instructions: readonly Instruction[];
  readonly wording: Wording;
}

const shared = fc.constantFrom("one", "two", "three");
const command = fc.array(shared, { minLength: 1, maxLength: 2 });
/** Values coincide with the bases' as often as not: what is stated counts, not what is equal. */
const instruction: fc.Arbitrary<Instruction> = fc.oneof(
  fc.record({ kind: fc.constant("COPY" as const), layer: fc.constantFrom(...LETTERS) }),
  fc.record({
    kind: fc.constantFrom("ENV" as const, "LABEL" as const),
    key: fc.constantFrom("A", "B", "C"),
    value: shared,
  }),
  fc.record({
    kind: fc.constant("ENV" as const),
    key: fc.constant("PATH"),
    value: fc.constantFrom("$PATH:/own", "/own/bin:$PATH", "/own:$PATH:/own/bin", "/own"),
  }),
  fc.record({
    kind: fc.constantFrom("USER" as const, "WORKDIR" as const, "STOPSIGNAL" as const),
    value: shared,
  }),
  fc.record({ kind: fc.constant("EXPOSE" as const), key: fc.constantFrom("80/tcp", "53/udp") }),
  fc.record({ kind: fc.constant("VOLUME" as const), key: fc.constantFrom("/a", "/a/b") }),
  fc.record({
    kind: fc.constantFrom(
      "CMD" as const,
      "ENTRYPOINT" as const,
      "SHELL" as const,
      "HEALTHCHECK" as const,
    ),
    words: command,
  }),
);

/** A base as a Dockerfile makes it, with a PATH as every distribution has. */
const base = fc.tuple(
  fc.array(instruction, { maxLength: 6 }),
  fc.constantFrom("/bin", "/bin:/sbin", "/usr/local/bin:/bin"),
  fc.constantFrom(...LETTERS),
).map(([instructions, path, name]) =>
  build(stack(name, { history: [{ created_by: `ADD ${name}` }] }), [
    { kind: "ENV", key: "PATH", value: path },
    ...instructions.filter((one) => one.kind !== "ENV" || one.key !== "PATH"),
  ])
);

/** Dockerfiles with the bases that they are built on, one after the other. */
export const dockerfiles: fc.Arbitrary<Dockerfile> = fc.record({
  old: base,
  next: base,
  instructions: fc.array(instruction, { maxLength: 8 }),
  wording: fc.constantFrom("buildkit" as const, "classic" as const),
}).map(readable);
