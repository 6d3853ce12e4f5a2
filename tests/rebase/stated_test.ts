/** Which instructions a history tells of, in the words of each builder. */
import assert from "node:assert/strict";
import { statedBy } from "../../lib/rebase/stated.ts";

/** A step as it is recorded, an instruction and a name, and whether the step states it. */
const STEPS: readonly (readonly [step: string, string, string | undefined, boolean])[] = [
  // BuildKit.
  ["USER node", "USER", undefined, true],
  ["WORKDIR /app", "WORKDIR", undefined, true],
  ["ENV A=1 B=two words C=3", "ENV", "A", true],
  ["ENV A=1 B=two words C=3", "ENV", "C", true],
  ["ENV A=1 B=two words C=3", "ENV", "words", true],
  ["ENV A=1 B=two words C=3", "ENV", "B=two", false],
  ["ENV PATH=/bin:/usr/bin", "ENV", "PATH", true],
  ["ENV PATH=/bin:/usr/bin", "ENV", "/usr/bin", false],
  ["ENV AB=1", "ENV", "A", false],
  ["ENV AB=1", "ENV", "B", false],
  ["LABEL org.example.title=x", "LABEL", "org.example.title", true],
  ["LABEL org.example.title=x", "LABEL", "org.example", false],
  ['LABEL "quoted key"=x', "LABEL", "key", true],
  ["EXPOSE map[80/tcp:{} 443/tcp:{}]", "EXPOSE", "443/tcp", true],
  ["EXPOSE [80/tcp 53/udp]", "EXPOSE", "53/udp", true],
  ["VOLUME [/data]", "VOLUME", "/data", true],
  ['CMD ["serve"]', "CMD", undefined, true],
  ['ENTRYPOINT ["/app"]', "ENTRYPOINT", undefined, true],
  ['HEALTHCHECK &{["NONE"] "0s" "0s" "0s" "0s" \'\\x00\'}', "HEALTHCHECK", undefined, true],
  ["STOPSIGNAL SIGINT", "STOPSIGNAL", undefined, true],
  ["SHELL [/bin/bash -c]", "SHELL", undefined, true],
  ["USER", "USER", undefined, false],
  ["USERNAME x", "USER", undefined, false],
  ["user x", "USER", undefined, false],
  ["RUN /bin/sh -c USER=x make # buildkit", "USER", undefined, false],
  ["COPY USER /USER # buildkit", "USER", undefined, false],
  ["LABEL USER=x", "USER", undefined, false],
  // Docker's classic builder, and buildah.
  ["/bin/sh -c #(nop)  USER node", "USER", undefined, true],
  ["/bin/sh -c #(nop) USER node", "USER", undefined, true],
  ["/bin/sh -c #(nop)  ENV A=1", "ENV", "A", true],
  ["cmd /S /C #(nop)  USER node", "USER", undefined, true],
  ["/bin/sh -c echo '#(nop)  USER node'", "USER", undefined, false],
  ["/bin/sh -c USER node", "USER", undefined, false],
  ["|1 A=1 /bin/sh -c #(nop)  USER node", "USER", undefined, false],
  // Others.
  ["", "USER", undefined, false],
  ["bazel build", "USER", undefined, false],
];

for (const [step, instruction, name, expected] of STEPS) {
  const what = name === undefined ? instruction : `${instruction} ${name}`;
  Deno.test(`statedBy() ${expected ? "finds" : "does not find"} ${what} in ${step}`, () => {
    const isStated = statedBy([{ comment: "no step" }, { created_by: step }]);
    assert.equal(isStated(instruction, name), expected);
  });
}

Deno.test("statedBy() finds nothing in no history", () => {
  assert.equal(statedBy([])("USER"), false);
});
