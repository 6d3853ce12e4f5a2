/**
 * Uploads that end before their time: nobody goes on to read what they were to send, and nothing of them
 * is left when they are over.
 */
import assert from "node:assert/strict";
import { startRegistry } from "../support/registry/server.ts";
import { blobOf, wire } from "../registry/support/wire.ts";

/** More than sockets between the two can hold. */
const SIZE = 12 * 1024 * 1024;
const SANITIZE = { sanitizeOps: true, sanitizeResources: true };

for (
  const fault of [
    { kind: "status", status: 403 },
    { kind: "status", status: 413 },
    { kind: "cut", afterRequestBytes: 10_000 },
  ] as const
) {
  const how = fault.kind === "cut" ? "cut" : `answered with ${fault.status}`;
  Deno.test(
    `an upload that is ${how} asks its source once for each attempt`,
    SANITIZE,
    async () => {
      await using source = await startRegistry();
      const { bytes, descriptor } = blobOf(SIZE);
      source.store.seedBlob("base", bytes);
      await using test = await wire({ faulty: fault.kind === "cut" });
      test.server.faults.add({ match: { method: "PUT" }, fault });
      const from = { host: source.host, path: "base" };
      await test.client.copyBlob(descriptor, from, test.app).catch(() => {});
      // Whoever went on to read would have begun by now: its waits take no time.
      await new Promise((resolve) => setTimeout(resolve, 20));
      const attempts = test.server.log.count({ method: "POST" });
      assert.equal(source.log.count({ method: "GET" }), attempts);
    },
  );
}
