/** Shards share out all work, on every machine in the same way. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseRepository } from "../../lib/oci/reference.ts";
import { isInShard } from "../../lib/run/shard.ts";

Deno.test("isInShard() puts each repository into exactly one shard", () => {
  const path = fc.stringMatching(/^[a-z0-9]{1,12}(\/[a-z0-9]{1,12}){0,3}$/);
  fc.assert(fc.property(path, fc.integer({ min: 1, max: 50 }), (text, count) => {
    const repository = parseRepository(`registry.test/${text}`);
    const shards = Array.from({ length: count }, (_, index) => ({ index: index + 1, count }));
    assert.equal(shards.filter((shard) => isInShard(repository, shard)).length, 1);
  }));
});

Deno.test("isInShard() never changes its mind between versions", () => {
  // A change would let two machines of a rolling update both, or neither, take a repository.
  const shardOf = (name: string) =>
    [1, 2, 3, 4, 5].find((index) => isInShard(parseRepository(name), { index, count: 5 }));
  assert.deepEqual(
    ["nginx", "ghcr.io/a/b", "registry.test/app", "localhost:5000/x"].map(shardOf),
    [1, 1, 3, 3],
  );
});

Deno.test("isInShard() sees through the spellings of Docker Hub", () => {
  const shard = { index: 1, count: 2 };
  const spellings = ["nginx", "docker.io/nginx", "index.docker.io/library/nginx"];
  const verdicts = new Set(spellings.map((name) => isInShard(parseRepository(name), shard)));
  assert.equal(verdicts.size, 1);
});

Deno.test("isInShard() spreads repositories evenly", () => {
  const repositories = Array.from({ length: 1000 }, (_, i) => parseRepository(`r.test/app-${i}`));
  for (const index of [1, 2, 3, 4]) {
    const size = repositories.filter((r) => isInShard(r, { index, count: 4 })).length;
    assert.ok(size > 200 && size < 300, `shard ${index} has ${size} of 1000`);
  }
});
