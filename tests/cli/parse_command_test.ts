/** Every way of saying something to the program, and every way of saying it wrong. */
import assert from "node:assert/strict";
import type { Command, ListCommand, RebaseCommand } from "../../lib/cli/command.ts";
import { parseCommand } from "../../lib/cli/parse_command.ts";
import { StackerError } from "../../lib/errors.ts";

type Variables = Readonly<Record<string, string>>;

function parse(args: readonly string[], env: Variables = {}): Command {
  return parseCommand(args, { env: (name) => env[name], versions: { deno: "2.0.0", v8: "13.0" } });
}

const LIST: ListCommand = {
  kind: "list",
  paths: ["."],
  include: [],
  exclude: [],
  scanBlocks: false,
  shard: undefined,
  output: "text",
  logFormat: "auto",
  verbosity: "info",
};

const REBASE: RebaseCommand = {
  ...LIST,
  kind: "rebase",
  dryRun: false,
  diff: false,
  concurrency: 16,
  rebaser: { followTag: false, config: "merge", missingPlatform: "fail", candidates: [] },
  insecure: [],
  caCert: undefined,
  timeout: 60,
  allowedHosts: new Set(),
  mirrors: new Map(),
  cacheDir: undefined,
};

/** Differences from the defaults; `rebaser` differs member by member. */
type Difference = Partial<Omit<RebaseCommand, "rebaser">> & {
  readonly rebaser?: Partial<RebaseCommand["rebaser"]>;
};

function rebaseWith(difference: Difference): RebaseCommand {
  const { rebaser, ...rest } = difference;
  return { ...REBASE, ...rest, rebaser: { ...REBASE.rebaser, ...rebaser } };
}

const rows: readonly (readonly [line: string, difference: Difference, env?: Variables])[] = [
  [".", {}],
  ["rebase .", {}],
  ["check .", { kind: "check", dryRun: true }],
  ["a b/c.yaml ./check", { paths: ["a", "b/c.yaml", "./check"] }],
  ["check check", { kind: "check", dryRun: true, paths: ["check"] }],
  ["-- -n", { paths: ["-n"] }],
  [". --dry-run", { dryRun: true }],
  ["-n .", { dryRun: true }],
  ["check -n .", { kind: "check", dryRun: true }],
  ["--diff .", { diff: true }],
  ["-o json .", { output: "json" }],
  ["--output=json .", { output: "json" }],
  ["-ojson .", { output: "json" }],
  ["--log-format pretty .", { logFormat: "pretty" }],
  ["-v .", { verbosity: "debug" }],
  ["--vv .", { verbosity: "trace" }],
  ["--super-verbose .", { verbosity: "trace" }],
  ["-v --vv .", { verbosity: "trace" }],
  ["-q .", { verbosity: "error" }],
  ["-nq .", { dryRun: true, verbosity: "error" }],
  ["--include a --include b/** --exclude c .", { include: ["a", "b/**"], exclude: ["c"] }],
  ["--scan-blocks .", { scanBlocks: true }],
  ["--concurrency 1 .", { concurrency: 1 }],
  ["--shard 2/3 .", { shard: { index: 2, count: 3 } }],
  ["--shard 1/1 .", { shard: { index: 1, count: 1 } }],
  ["--follow-tag .", { rebaser: { followTag: true } }],
  ["--config keep .", { rebaser: { config: "keep" } }],
  ["--missing-platform keep .", { rebaser: { missingPlatform: "keep" } }],
  ["--on-signed warn .", { rebaser: { onSigned: "warn" } }],
  ["--base-candidates debian:12 .", { rebaser: { candidates: ["debian:12"] } }],
  ["--insecure LOCALHOST:5000 --insecure r.test .", { insecure: ["localhost:5000", "r.test"] }],
  ["--insecure registry-1.docker.io .", { insecure: ["docker.io"] }],
  ["--insecure [::1]:5000 .", { insecure: ["[::1]:5000"] }],
  ["--ca-cert ca.pem .", { caCert: "ca.pem" }],
  ["--timeout 2.5 .", { timeout: 2.5 }],
  ["--allow-base-host 10.0.0.1:5000 .", { allowedHosts: new Set(["10.0.0.1:5000"]) }],
  ["--mirror index.docker.io=mirror.test:5000 .", {
    mirrors: new Map([["docker.io", { host: "mirror.test:5000", path: "" }]]),
  }],
  ["--mirror ghcr.io=localhost/proxy/ghcr --mirror quay.io=m.test .", {
    mirrors: new Map([
      ["ghcr.io", { host: "localhost", path: "proxy/ghcr" }],
      ["quay.io", { host: "m.test", path: "" }],
    ]),
  }],
  ["--cache-dir .cache/x .", { cacheDir: ".cache/x" }],
  // Options before the command belong to it.
  ["-v check .", { kind: "check", dryRun: true, verbosity: "debug" }],
  ["-n rebase --diff .", { dryRun: true, diff: true }],
  ["--include a check --include b .", { kind: "check", dryRun: true, include: ["a", "b"] }],
  ["--concurrency 2 rebase --concurrency 3 .", { concurrency: 3 }],
  // The environment, where the command line is silent.
  [".", { dryRun: true }, { STACKER_DRY_RUN: "1" }],
  [".", { dryRun: true }, { STACKER_DRY_RUN: "true" }],
  [".", {}, { STACKER_DRY_RUN: "0" }],
  [".", {}, { STACKER_DRY_RUN: "false" }],
  [".", {}, { STACKER_DRY_RUN: "" }],
  [".", { output: "json", concurrency: 3 }, { STACKER_OUTPUT: "json", STACKER_CONCURRENCY: "3" }],
  ["-o text .", {}, { STACKER_OUTPUT: "json" }],
  [".", { include: ["a", "b"] }, { STACKER_INCLUDE: "  a\n b " }],
  ["--include c .", { include: ["c"] }, { STACKER_INCLUDE: "a b" }],
  ["--include c check .", { kind: "check", dryRun: true, include: ["c"] }, {
    STACKER_INCLUDE: "a",
  }],
  [".", { caCert: "my ca.pem" }, { STACKER_CA_CERT: "my ca.pem" }],
  [".", { shard: { index: 1, count: 2 } }, { STACKER_SHARD: "1/2" }],
  [".", { verbosity: "trace" }, { STACKER_SUPER_VERBOSE: "1" }],
  ["-v .", { verbosity: "debug" }, { STACKER_QUIET: "1" }],
  ["-q .", { verbosity: "error" }, { STACKER_VERBOSE: "1" }],
  [".", {}, { STACKER_VERSION: "1", STACKER_HELP: "1" }],
];

for (const [line, difference, env = {}] of rows) {
  const setting = Object.entries(env).map(([name, value]) => `${name}=${JSON.stringify(value)} `);
  Deno.test(`parseCommand() reads ${setting.join("")}stacker ${line}`, () => {
    assert.deepEqual(parse(line.split(" "), env), rebaseWith(difference));
  });
}

Deno.test("parseCommand() reads list with the options that concern it", () => {
  assert.deepEqual(parse(["list", "."]), LIST);
  assert.deepEqual(
    parse(["-v", "list", "--shard", "1/2", "-o", "json", "a"], { STACKER_DIFF: "1" }),
    { ...LIST, paths: ["a"], shard: { index: 1, count: 2 }, output: "json", verbosity: "debug" },
  );
});

Deno.test("parseCommand() reads completion", () => {
  for (const shell of ["bash", "zsh", "fish", "powershell"] as const) {
    assert.deepEqual(parse(["completion", shell]), { kind: "completion", shell });
  }
});

Deno.test("parseCommand() makes version and help texts to print", () => {
  for (const flag of ["--version", "-V"]) {
    const command = parse([flag]);
    assert.ok(command.kind === "print");
    assert.match(command.text, /^stacker \d+\.\d+\.\d+\ndeno 2\.0\.0\nv8 13\.0\n$/);
  }
  for (const line of ["--help", "-h", "help", "-n --help", "check --help", "help check"]) {
    const command = parse(line.split(" "));
    assert.ok(command.kind === "print", line);
    const name = line.includes("check") ? "stacker check" : "stacker";
    assert.ok(command.text.startsWith(`Usage: ${name} [options] <path>...\n`), command.text);
  }
});

Deno.test("parseCommand() fits the help to the width it is given", () => {
  const context = { env: () => undefined, versions: {} };
  const wide = parseCommand(["--help"], { ...context, columns: 200 });
  const narrow = parseCommand(["--help"], context);
  assert.ok(wide.kind === "print" && narrow.kind === "print");
  assert.ok(wide.text.split("\n").length < narrow.text.split("\n").length);
});

const faults: readonly (readonly [
  line: string,
  message: RegExp,
  hint?: RegExp | undefined,
  env?: Variables,
])[] = [
  ["", /missing required argument "path"$/, /stacker --help/],
  ["check", /missing required argument "path"$/],
  ["--dry-rum .", /unknown option "--dry-rum"$/, /^Did you mean --dry-run\?$/],
  ["--conurrency 3 .", /unknown option "--conurrency"$/, /^Did you mean --concurrency\?$/],
  ["-x .", /unknown option "-x"$/],
  ["list --diff .", /unknown option "--diff"$/],
  ["--diff list .", /^Cannot use --diff with "list": /, /stacker list --help/],
  ["-n completion bash", /^Cannot use --dry-run with "completion": /],
  ["--concurrency", /option "--concurrency <N>" argument missing$/],
  ["--concurrency 0 .", /^Cannot use --concurrency "0": expected a whole number from 1 to 1000$/],
  ["--concurrency 1.5 .", /^Cannot use --concurrency "1\.5": /],
  ["--concurrency -1 .", /^Cannot use --concurrency "-1": /],
  ["--concurrency 1e3 .", /^Cannot use --concurrency "1e3": /],
  ["--concurrency 0x10 .", /^Cannot use --concurrency "0x10": /],
  ["--concurrency 1001 .", /^Cannot use --concurrency "1001": /],
  ["--timeout 0 .", /^Cannot use --timeout "0": expected a number of seconds above 0/],
  ["--timeout Infinity .", /^Cannot use --timeout "Infinity": /],
  ["--timeout 86401 .", /^Cannot use --timeout "86401": /],
  ["--mirror docker.io .", /^Cannot use --mirror "docker.io": expected "HOST=HOST"/],
  ["--mirror a.test=b.test=c.test .", /^Cannot use --mirror /],
  ["--mirror a.test=../x .", /^Cannot use --mirror /],
  ["--mirror a.test=b.test/../x .", /^Cannot use --mirror /],
  ["--mirror a.test=nohost/x .", /^Cannot use --mirror /],
  ["--shard 0/3 .", /^Cannot use --shard "0\/3": expected "I\/N"/],
  ["--shard 4/3 .", /^Cannot use --shard "4\/3": /],
  ["--shard 1 .", /^Cannot use --shard "1": /],
  ["--shard 1/2/3 .", /^Cannot use --shard "1\/2\/3": /],
  ["--shard /2 .", /^Cannot use --shard "\/2": /],
  ["--shard 1/99999 .", /^Cannot use --shard "1\/99999": /],
  ["-o xml .", /^Cannot use --output "xml": expected "text" or "json"$/],
  [
    "--log-format text .",
    /^Cannot use --log-format "text": expected "auto" or "pretty" or "json"$/,
  ],
  ["--config drop .", /^Cannot use --config "drop": /],
  ["--insecure plainname .", /^Cannot use --insecure "plainname": expected a host/],
  ["--insecure http://r.test .", /^Cannot use --insecure "http:\/\/r\.test": /],
  ["--insecure r.test/path .", /^Cannot use --insecure "r\.test\/path": /],
  ["--insecure r.test:99999 .", /^Cannot use --insecure "r\.test:99999": /],
  [
    "--base-candidates debian .",
    /^Cannot use --base-candidates "debian": expected an image with/,
  ],
  ["--base-candidates De:1 .", /^Cannot use --base-candidates "De:1": /],
  ["--include= .", /^Cannot use --include "": expected a value$/],
  ["-q -v .", /^Cannot use --quiet together with --verbose/],
  ["-q --vv .", /^Cannot use --quiet together with --verbose/],
  ["config check", /^Cannot tell whether "check" is a path or the command/, /"\.\/check"/],
  ["-n config list", /^Cannot tell whether "list" is a path or the command/],
  ["completion", /missing required argument "shell"$/],
  ["completion tcsh", /"tcsh" is invalid .* Allowed choices are bash, zsh, fish, powershell$/],
  ["completion bash zsh", /too many arguments/],
  [".", /^Cannot use STACKER_DIFF "yes": expected "1", "true", "0" or "false"$/, undefined, {
    STACKER_DIFF: "yes",
  }],
  [".", /^Cannot use --concurrency "many": /, /variable STACKER_CONCURRENCY$/, {
    STACKER_CONCURRENCY: "many",
  }],
  [".", /^Cannot use --insecure "http:\/\/a\.b": /, /variable STACKER_INSECURE$/, {
    STACKER_INSECURE: "r.test http://a.b",
  }],
  [".", /^Cannot use --quiet together/, undefined, { STACKER_QUIET: "1", STACKER_VERBOSE: "1" }],
];

for (const [line, message, hint, env = {}] of faults) {
  const setting = Object.entries(env).map(([name, value]) => `${name}=${value} `).join("");
  Deno.test(`parseCommand() refuses ${setting}stacker ${line}`, () => {
    assert.throws(() => parse(line === "" ? [] : line.split(" "), env), (error) => {
      assert.ok(error instanceof StackerError, String(error));
      assert.equal(error.code, "USAGE");
      assert.match(error.message, message);
      if (hint !== undefined) assert.match(error.hint ?? "", hint);
      return true;
    });
  });
}

Deno.test("parseCommand() asks for no variable but those of options", () => {
  const asked: string[] = [];
  parseCommand(["."], { env: (name) => void asked.push(name), versions: {} });
  assert.ok(asked.length > 15);
  assert.deepEqual(asked.filter((name) => !/^STACKER_[A-Z_]+$/.test(name)), []);
});
