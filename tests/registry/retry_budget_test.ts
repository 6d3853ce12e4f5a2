/** Retries that a host, and a run, can afford. */
import assert from "node:assert/strict";
import { RetryBudget } from "../../lib/registry/retry_budget.ts";

/** Spends until there is nothing left. */
function spendAll(budget: RetryBudget, host: string): number {
  let spent = 0;
  while (budget.spend(host)) spent++;
  return spent;
}

Deno.test("RetryBudget affords twenty retries at a host that only fails", () => {
  assert.equal(spendAll(new RetryBudget(), "a"), 20);
});

Deno.test("RetryBudget affords a hundred retries over all hosts of a run", () => {
  const budget = new RetryBudget();
  const hosts = Array.from({ length: 20 }, (_, n) => `host${n}`);
  assert.equal(hosts.reduce((sum, host) => sum + spendAll(budget, host), 0), 100);
});

Deno.test("RetryBudget earns a retry by five answers, and never more than it began with", () => {
  const budget = new RetryBudget();
  spendAll(budget, "a");
  for (let answers = 0; answers < 6; answers++) budget.earn("a");
  assert.equal(spendAll(budget, "a"), 1);
  for (let answers = 0; answers < 10_000; answers++) budget.earn("a");
  assert.equal(spendAll(budget, "a"), 20);
});
