/** Log lines and the live line never run into each other. */
import assert from "node:assert/strict";
import { LiveLine } from "../../lib/cli/live_line.ts";
import { testHost } from "./support/test_host.ts";

const ERASE = "\r\x1b[2K";

/** A live line on a terminal, and a clock that the test moves. */
function terminal(enabled = true) {
  const host = testHost([], { stderrIsTerminal: true, columns: 40 });
  const clock = { time: 1000 };
  const live = new LiveLine(host.stderr, enabled, () => new Date(clock.time));
  return { live, clock, written: host.written };
}

Deno.test("LiveLine redraws its line below what is written", () => {
  const { live, written } = terminal();
  live.show((columns) => `0 of ${columns}`);
  live.write("a log line\n");
  live.clear();
  assert.equal(written.stderr, `0 of 40${ERASE}a log line\n0 of 40${ERASE}`);
});

Deno.test("LiveLine draws a line once, and no more often than eyes can follow", () => {
  const { live, clock, written } = terminal();
  live.show(() => "1");
  live.show(() => "2");
  clock.time += 100;
  live.show(() => "3");
  clock.time += 100;
  live.show(() => "3");
  assert.equal(written.stderr, `1${ERASE}3`);
});

Deno.test("LiveLine goes on when the clock is set back", () => {
  const { live, clock, written } = terminal();
  live.show(() => "1");
  clock.time -= 1_000_000;
  live.show(() => "2");
  assert.equal(written.stderr, `1${ERASE}2`);
});

Deno.test("LiveLine that is not enabled writes text alone", () => {
  const { live, written } = terminal(false);
  live.show(() => "1");
  live.write("a log line\n");
  live.clear();
  assert.equal(written.stderr, "a log line\n");
});
