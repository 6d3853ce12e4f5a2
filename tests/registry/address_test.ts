/** Every way to write an address that is not public, and names that only look like one. */
import assert from "node:assert/strict";
import { inBlock, isLoopback, parseAddress, reservedKind } from "../../lib/registry/address.ts";

const KINDS: readonly (readonly [host: string, kind: string | undefined])[] = [
  ["localhost", "loopback"],
  ["localhost:5000", "loopback"],
  ["registry.localhost", "loopback"],
  ["LOCALHOST.", "loopback"],
  ["127.0.0.1", "loopback"],
  ["127.255.0.1:5000", "loopback"],
  ["[::1]", "loopback"],
  ["[::1]:5000", "loopback"],
  ["[0:0:0:0:0:0:0:1]", "loopback"],
  ["2130706433", "loopback"],
  ["0177.0.0.1", "loopback"],
  ["0x7f.1", "loopback"],
  ["[::ffff:127.0.0.1]", "loopback"],
  ["[::127.0.0.1]", "loopback"],
  ["[64:ff9b::7f00:1]", "loopback"],
  ["[2002:7f00:1::]", "loopback"],
  ["10.0.0.1", "private"],
  ["172.16.0.1", "private"],
  ["172.31.255.255", "private"],
  ["192.168.1.1:443", "private"],
  ["100.64.0.1", "private"],
  ["[fc00::1]", "private"],
  ["[fdff::1]:5000", "private"],
  ["[::ffff:10.0.0.1]", "private"],
  ["169.254.169.254", "link-local"],
  ["[fe80::1]", "link-local"],
  ["[febf::1]", "link-local"],
  ["[::ffff:169.254.169.254]", "link-local"],
  ["0.0.0.0", "unspecified"],
  ["0", "unspecified"],
  ["[::]", "unspecified"],
  ["224.0.0.1", "multicast"],
  ["[ff02::1]", "multicast"],
  ["255.255.255.255", "reserved"],
  ["198.18.0.1", "reserved"],
  ["not a host", "reserved"],
  ["172.15.255.255", undefined],
  ["172.32.0.0", undefined],
  ["100.128.0.1", undefined],
  ["8.8.8.8", undefined],
  ["[2001:4860:4860::8888]:5000", undefined],
  ["[::ffff:8.8.8.8]", undefined],
  ["docker.io", undefined],
  ["localhost.example.com", undefined],
  ["notlocalhost", undefined],
  ["10.0.0.1.example.com", undefined],
];

Deno.test("reservedKind() tells what kind of address a host has", () => {
  for (const [host, kind] of KINDS) assert.equal(reservedKind(host), kind, host);
});

Deno.test("isLoopback() holds for this machine only", () => {
  assert.ok(isLoopback("127.0.0.1:5000"));
  assert.ok(!isLoopback("10.0.0.1"));
  assert.ok(!isLoopback("example.com"));
});

Deno.test("inBlock() compares as many bits as the block has", () => {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ["10.1.2.3", "10.0.0.0/8", true],
    ["11.1.2.3", "10.0.0.0/8", false],
    ["10.1.2.3", "10.1.2.3", true],
    ["10.1.2.4", "10.1.2.3", false],
    ["10.1.2.3", "0.0.0.0/0", true],
    ["10.1.2.3", "10.1.2.0/31", false],
    ["10.1.2.1", "10.1.2.0/31", true],
    ["[fd00::1]", "fd00::/8", true],
    ["[fd00::1]", "[fd00::1]", true],
    ["[fd00::1]", "10.0.0.0/8", false],
    ["10.1.2.3", "example.com", false],
    ["10.1.2.3", "", false],
  ];
  for (const [address, block, expected] of rows) {
    assert.equal(inBlock(parseAddress(address) ?? [], block), expected, `${address} in ${block}`);
  }
});
