/**
 * Execution parameters merged field by field: what the app took over follows the base, what it set or
 * states stays.
 */
import assert from "node:assert/strict";
import type { ExecutionConfig } from "../../lib/oci/config.ts";
import { mergeExecution } from "../../lib/rebase/merge_execution.ts";
import { statedBy } from "../../lib/rebase/stated.ts";

/** The parameters after the merge, and the codes of its warnings. */
function merge(
  app: ExecutionConfig,
  old: ExecutionConfig,
  next: ExecutionConfig,
  steps: readonly string[] = [],
  os = "linux",
): { readonly merged: ExecutionConfig; readonly codes: readonly string[] } {
  const isStated = statedBy(steps.map((created_by) => ({ created_by })));
  const { fields, warnings } = mergeExecution({ app, old, new: next }, isStated, os);
  const merged = Object.entries({ ...app, ...fields }).filter(([, value]) => value !== undefined);
  return { merged: Object.fromEntries(merged), codes: warnings.map(({ code }) => code) };
}

const HEALTH = { Test: ["CMD", "check"], StartInterval: 5 };
const NO_HEALTH = { Test: ["NONE"] };

/** Each whole value: what the old base, the new base and an app of its own mind have. */
const VALUES: readonly (readonly [field: string, old: unknown, next: unknown, own: unknown])[] = [
  ["User", "1000:1000", "2000", "root"],
  ["WorkingDir", "/srv", "/opt", "/app"],
  ["StopSignal", "SIGTERM", "SIGQUIT", "9"],
  ["StopTimeout", 10, 20, 0],
  ["Healthcheck", HEALTH, { ...HEALTH, StartInterval: 6 }, NO_HEALTH],
  ["Healthcheck", NO_HEALTH, HEALTH, { Test: ["CMD", "own"] }],
  ["Shell", ["/bin/sh", "-c"], ["/bin/bash", "-c"], ["/bin/ash", "-c"]],
  ["Cmd", ["old"], ["new", "-x"], ["own"]],
  ["Entrypoint", ["old"], ["new", "-x"], ["own"]],
];

for (const [field, old, next, own] of VALUES) {
  const title = `mergeExecution(): ${field} ${JSON.stringify(old)}`;

  Deno.test(`${title} follows the base when inherited`, () => {
    const { merged } = merge({ [field]: old }, { [field]: old }, { [field]: next });
    assert.deepEqual(merged, { [field]: next });
  });

  Deno.test(`${title} stays when the app has its own`, () => {
    const { merged } = merge({ [field]: own }, { [field]: old }, { [field]: next });
    assert.deepEqual(merged, { [field]: own });
  });

  Deno.test(`${title} goes when the base drops it, in whatever way`, () => {
    for (const nothing of [undefined, null, "", [], {}]) {
      const { merged } = merge({ [field]: old }, { [field]: old }, { [field]: nothing });
      assert.deepEqual(merged, {});
    }
  });

  Deno.test(`${title} comes when only the new base has it`, () => {
    for (const nothing of [undefined, null, "", [], {}]) {
      const app = nothing === undefined ? {} : { [field]: nothing };
      const { merged } = merge(app, {}, { [field]: next });
      assert.deepEqual(merged, { [field]: next });
    }
  });

  Deno.test(`${title} is left as it is written when bases agree`, () => {
    for (const nothing of [null, "", [], {}]) {
      const app = { [field]: nothing, X: 1 };
      for (const base of [{}, { [field]: null }, { [field]: "" }]) {
        assert.equal(JSON.stringify(merge(app, base, base).merged), JSON.stringify(app));
      }
    }
  });
}

Deno.test("mergeExecution() leaves Env untouched, repeats and all, when bases agree in it", () => {
  const Env = ["B=1", "A=1", "A=app", "odd"];
  const base = { Env: ["A=1", "B=1"] };
  assert.deepEqual(merge({ Env }, base, base).merged, { Env });
});

Deno.test("mergeExecution() separates PATH by semicolons on Windows", () => {
  const path = (value: string) => ({ Env: [`PATH=${value}`] });
  const lists = [path("c:\\old;c:\\app"), path("c:\\old"), path("c:\\new")] as const;
  assert.deepEqual(merge(...lists, [], "windows").merged, path("c:\\new;c:\\app"));
  assert.deepEqual(merge(...lists, [], "linux").merged, lists[0]);
});

/** The app's own steps, the key inherited and gone from the base, and whether it stays. */
const SETS: readonly (readonly [
  field: "ExposedPorts" | "Volumes",
  key: string,
  step: string | undefined,
  kept: boolean,
])[] = [
  ["ExposedPorts", "80/tcp", undefined, false],
  ["ExposedPorts", "80/tcp", "EXPOSE map[80/tcp:{}]", true],
  ["ExposedPorts", "80/tcp", "EXPOSE [80/tcp]", true],
  ["ExposedPorts", "80/tcp", "/bin/sh -c #(nop)  EXPOSE 80", true],
  ["ExposedPorts", "80/tcp", "/bin/sh -c #(nop)  EXPOSE 443 80/tcp", true],
  ["ExposedPorts", "80/tcp", "EXPOSE 8080", false],
  ["ExposedPorts", "80/tcp", "EXPOSE 80/udp", false],
  ["ExposedPorts", "80/udp", "EXPOSE 80", false],
  ["ExposedPorts", "80/udp", "EXPOSE 80/udp", true],
  ["ExposedPorts", "80/tcp", "RUN /bin/sh -c echo EXPOSE 80 # buildkit", false],
  ["ExposedPorts", "80/tcp", "LABEL text=EXPOSE 80", false],
  ["Volumes", "/data", "VOLUME [/data]", true],
  ["Volumes", "/data", "/bin/sh -c #(nop)  VOLUME [/cache /data]", true],
  ["Volumes", "/data", '/bin/sh -c #(nop) VOLUME ["/data"]', true],
  ["Volumes", "/data", "VOLUME /database", false],
  ["Volumes", "/data", "VOLUME [/data/sub]", false],
  ["Volumes", "/data", "EXPOSE /data", false],
];

for (const [field, key, step, kept] of SETS) {
  Deno.test(`mergeExecution() ${kept ? "keeps" : "drops"} an inherited ${key} after ${step}`, () => {
    const base = { [field]: { [key]: {} } };
    const { merged } = merge(
      { [field]: { [key]: {}, own: {} } },
      base,
      {},
      step === undefined ? [] : [step],
    );
    assert.deepEqual(merged[field], kept ? { [key]: {}, own: {} } : { own: {} });
  });
}

/** A step of the app itself, and the field that it keeps from following the base. */
const STATED: readonly (readonly [step: string, field: string, value: unknown, next: unknown])[] = [
  ["USER node", "User", "node", "2000"],
  ["WORKDIR /srv", "WorkingDir", "/srv", "/opt"],
  ["STOPSIGNAL SIGINT", "StopSignal", "SIGINT", "SIGTERM"],
  ['HEALTHCHECK &{["NONE"] "0s" "0s" "0s" "0s" \'\\x00\'}', "Healthcheck", NO_HEALTH, HEALTH],
  ["SHELL [/bin/bash -c]", "Shell", ["/bin/bash", "-c"], ["/bin/sh", "-c"]],
  ['CMD ["serve"]', "Cmd", ["serve"], ["help"]],
  ['ENTRYPOINT ["/run"]', "Entrypoint", ["/run"], ["/init"]],
  ["ENV LANG=C.UTF-8 X=1", "Env", ["LANG=C.UTF-8"], ["LANG=en"]],
  ["LABEL vendor=us", "Labels", { vendor: "us" }, { vendor: "them" }],
];

for (const [step, field, value, next] of STATED) {
  Deno.test(`mergeExecution() keeps a ${field} that the app states, though its base had the same`, () => {
    const [old, following] = [{ [field]: value }, { [field]: next }];
    for (const recorded of [step, `/bin/sh -c #(nop)  ${step}`]) {
      assert.deepEqual(merge(old, old, following, ["RUN make", recorded]).merged, old);
    }
    assert.deepEqual(merge(old, old, following, ["RUN make"]).merged, following);
  });
}

Deno.test("mergeExecution() adds ports and volumes of the new base after the app's", () => {
  const { merged } = merge(
    { ExposedPorts: { "1/tcp": {}, "9/tcp": {} }, Volumes: { "/own": {} } },
    { ExposedPorts: { "1/tcp": {} } },
    { ExposedPorts: { "2/tcp": {}, "1/tcp": {} }, Volumes: { "/base": {} } },
  );
  assert.deepEqual(Object.keys(merged.ExposedPorts ?? {}), ["1/tcp", "9/tcp", "2/tcp"]);
  assert.deepEqual(Object.keys(merged.Volumes ?? {}), ["/own", "/base"]);
});

Deno.test("mergeExecution() keeps the app's OnBuild, and tells of other triggers in the base", () => {
  const codesOf = (app: string[], old: string[], next: string[]) => {
    const { merged, codes } = merge({ OnBuild: app }, { OnBuild: old }, { OnBuild: next });
    assert.deepEqual(merged.OnBuild, app);
    return codes;
  };
  assert.deepEqual(codesOf([], ["RUN a"], ["RUN b"]), ["ONBUILD_IGNORED"]);
  assert.deepEqual(codesOf(["RUN own"], [], ["RUN b"]), ["ONBUILD_IGNORED"]);
  assert.deepEqual(codesOf([], ["RUN a"], ["RUN a"]), []);
  assert.deepEqual(codesOf([], ["RUN a"], []), []);
  assert.deepEqual(codesOf(["RUN a"], ["RUN a"], []), []);
});

Deno.test("mergeExecution() tells of a WorkingDir beneath one that the base changed", () => {
  const codesOf = (app: string, old: string, next: string) =>
    merge({ WorkingDir: app }, { WorkingDir: old }, { WorkingDir: next }).codes;
  assert.deepEqual(codesOf("/srv/app", "/srv", "/opt"), ["DERIVED_VALUE"]);
  assert.deepEqual(codesOf("/srv/app", "/srv", "/srv"), []);
  assert.deepEqual(codesOf("/srvapp", "/srv", "/opt"), []);
  assert.deepEqual(codesOf("/app", "/", "/opt"), []);
  assert.deepEqual(codesOf("/srv", "/srv", "/opt"), []);
});

Deno.test("mergeExecution() names the variable that was derived from the base", () => {
  const configs = {
    app: { Env: ["JAVA_HOME=/opt/java17", "TOOLS=/opt/java17/lib"] },
    old: { Env: ["JAVA_HOME=/opt/java17"] },
    new: { Env: ["JAVA_HOME=/opt/java21"] },
  };
  const { warnings } = mergeExecution(configs, () => false, "linux");
  assert.deepEqual(warnings.map(({ code }) => code), ["DERIVED_VALUE"]);
  assert.match(warnings[0]?.message ?? "", /^TOOLS /);
});

Deno.test("mergeExecution() merges every field at once, and each by itself", () => {
  const { merged } = merge(
    { User: "1", WorkingDir: "/own", Cmd: ["a"], Labels: { l: "1" }, Env: ["E=1"] },
    { User: "1", WorkingDir: "/old", Cmd: ["a"], Labels: { l: "1" }, Env: ["E=1"] },
    { User: "2", WorkingDir: "/new", Cmd: ["b"], Labels: { l: "2" }, Env: ["E=2"] },
  );
  assert.deepEqual(merged, {
    User: "2",
    WorkingDir: "/own",
    Cmd: ["b"],
    Labels: { l: "2" },
    Env: ["E=2"],
  });
});
