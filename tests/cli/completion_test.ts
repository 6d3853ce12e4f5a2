/** Completion scripts know every command and option, and bash's is tried out in bash. */
import assert from "node:assert/strict";
import { SHELLS } from "../../lib/cli/command.ts";
import { completionScript } from "../../lib/cli/completion.ts";
import { describeProgram, optionsOf } from "../../lib/cli/completion_spec.ts";

const spec = describeProgram();

Deno.test("describeProgram() knows what may follow each command and option", () => {
  assert.deepEqual(
    spec.commands.map(({ name, argument }) => [name, argument.kind]),
    [
      ["rebase", "files"],
      ["check", "files"],
      ["list", "files"],
      ["inspect", "unknown"],
      ["annotate", "unknown"],
      ["completion", "words"],
      ["help", "words"],
    ],
  );
  const values = Object.fromEntries(
    optionsOf(spec).map(({ flags, value }) => [flags.at(-1), value?.kind]),
  );
  assert.equal(values["--output"], "words");
  assert.equal(values["--ca-cert"], "files");
  assert.equal(values["--shard"], "unknown");
  assert.equal(values["--dry-run"], undefined);
  assert.equal(values["--version"], undefined);
});

for (const shell of SHELLS) {
  Deno.test(`completionScript() for ${shell} names every command, option and choice`, () => {
    const script = completionScript(shell);
    for (const { name } of spec.commands) assert.match(script, new RegExp(`\\b${name}\\b`));
    for (const { flags, value } of optionsOf(spec)) {
      for (const flag of flags) {
        const spelled = shell === "fish"
          ? flag.replace(/^--/, "-l ").replace(/^-(?=\w$)/, "-s ")
          : flag;
        assert.ok(script.includes(spelled), spelled);
      }
      for (const word of value?.kind === "words" ? value.words : []) {
        assert.ok(script.includes(word), word);
      }
    }
    assert.ok(script.endsWith("\n") && !script.includes("undefined"));
  });
}

const completions: readonly (readonly [line: string, expected: readonly string[]])[] = [
  ["stacker ", ["rebase", "check", "list", "inspect", "annotate", "completion", "help"]],
  ["stacker ch", ["check"]],
  ["stacker config/", []],
  ["stacker --conc", ["--concurrency"]],
  ["stacker check --con", ["--config", "--concurrency"]],
  ["stacker -n check --vers", []],
  ["stacker --vers", ["--version"]],
  ["stacker list --dry", []],
  ["stacker list -o ", ["text", "json"]],
  ["stacker --config=k", ["keep"]],
  ["stacker --config=", ["merge", "keep"]],
  ["stacker --include ", []],
  ["stacker check ", []],
  ["stacker completion ", ["bash", "zsh", "fish", "powershell"]],
  ["stacker completion po", ["powershell"]],
  ["stacker help l", ["list"]],
];

Deno.test({
  name: "completionScript() for bash completes in bash",
  ignore: Deno.permissions.querySync({ name: "run", command: "bash" }).state !== "granted",
  fn() {
    for (const [line, expected] of completions) {
      assert.deepEqual(completeInBash(line), expected, line);
    }
  },
});

/** What bash would offer at the end of the line, by the rules by which it takes lines apart. */
function completeInBash(line: string): readonly string[] {
  const words = line.split(/ |(?<==)|(?==)/);
  const script = `${completionScript("bash")}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})
COMP_CWORD=${words.length - 1}
_stacker
printf '%s\\n' "\${COMPREPLY[@]}"
`;
  const args = ["--norc", "--noprofile", "-u", "-c", script];
  const { success, stdout, stderr } = new Deno.Command("bash", { args }).outputSync();
  const decoder = new TextDecoder();
  assert.ok(success, decoder.decode(stderr));
  assert.equal(decoder.decode(stderr), "");
  return decoder.decode(stdout).split("\n").filter((word) => word !== "");
}
