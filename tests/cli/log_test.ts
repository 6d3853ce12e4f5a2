/** The log filters by level, and passes every message on as it is. */
import assert from "node:assert/strict";
import type { Verbosity } from "../../lib/cli/command.ts";
import { openLog } from "../../lib/cli/log.ts";
import type { LogLine } from "../../lib/cli/log_line.ts";

const LEVELS = ["trace", "debug", "info", "warn", "error"] as const;

function logged(verbosity: Verbosity, message: string): readonly LogLine[] {
  const lines: LogLine[] = [];
  using log = openLog({
    verbosity,
    now: () => new Date(0),
    format: (line) => (lines.push(line), ""),
    write: () => {},
  });
  for (const level of LEVELS) log[level]({ message, fields: { level } });
  return lines;
}

for (
  const [verbosity, first] of [["trace", 0], ["debug", 1], ["info", 2], ["error", 4]] as const
) {
  Deno.test(`openLog() with verbosity ${verbosity} writes ${LEVELS.slice(first).join(", ")}`, () => {
    const lines = logged(verbosity, "m");
    assert.deepEqual(lines.map(({ fields }) => fields?.["level"]), LEVELS.slice(first));
    assert.deepEqual(
      lines.map(({ level }) => level),
      ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"].slice(first),
    );
  });
}

Deno.test("openLog() does not read messages as templates", () => {
  const message = 'Cannot read {"$rebase": "{entry}"} {{ .Values.x }} {level}';
  assert.deepEqual([...new Set(logged("info", message).map((line) => line.message))], [message]);
});

Deno.test("openLog() stamps lines with the host's time", () => {
  assert.equal(logged("error", "m")[0]?.time.getTime(), 0);
});
