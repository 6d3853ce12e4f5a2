/**
 * Hosts that are not on the public internet, told by their name or literal address alone. Names are
 * not resolved: what a name leads to is for the socket's own rules (`--deny-net`).
 *
 * https://www.iana.org/assignments/iana-ipv4-special-registry
 * https://www.iana.org/assignments/iana-ipv6-special-registry
 */

/** Why an address is not public. */
export type ReservedKind =
  | "loopback"
  | "private"
  | "link-local"
  | "unspecified"
  | "multicast"
  | "reserved";

/** Blocks of addresses and what they are for; the first that holds an address decides. */
const BLOCKS: readonly (readonly [block: string, kind: ReservedKind])[] = [
  ["0.0.0.0/8", "unspecified"],
  ["10.0.0.0/8", "private"],
  ["100.64.0.0/10", "private"],
  ["127.0.0.0/8", "loopback"],
  ["169.254.0.0/16", "link-local"],
  ["172.16.0.0/12", "private"],
  ["192.0.0.0/24", "reserved"],
  ["192.168.0.0/16", "private"],
  ["198.18.0.0/15", "reserved"],
  ["224.0.0.0/4", "multicast"],
  ["240.0.0.0/4", "reserved"],
  ["::/128", "unspecified"],
  ["::1/128", "loopback"],
  ["fc00::/7", "private"],
  ["fe80::/10", "link-local"],
  ["fec0::/10", "private"],
  ["ff00::/8", "multicast"],
];

/** IPv6 addresses that stand for an IPv4 one, and at which byte it begins: mapped, compatible, NAT64, 6to4. */
const EMBEDDINGS: readonly (readonly [block: string, at: number])[] = [
  ["::ffff:0:0/96", 12],
  ["::/96", 12],
  ["64:ff9b::/96", 12],
  ["2002::/16", 2],
];

/**
 * What kind of non-public address a host (`name[:port]`) is; `undefined` for public ones and for names.
 * Odd spellings (`2130706433`, `0177.0.0.1`, `[::ffff:10.0.0.1]`) are read as a URL parser reads them.
 */
export function reservedKind(host: string): ReservedKind | undefined {
  const name = hostname(host);
  if (name === undefined) return "reserved";
  if (name === "localhost" || name.endsWith(".localhost")) return "loopback";
  const address = parseAddress(name);
  return address === undefined ? undefined : kindOf(address);
}

/** Whether the host is this machine: plain http is safe there. */
export function isLoopback(host: string): boolean {
  return reservedKind(host) === "loopback";
}

/** The host without its port, in the one spelling that a URL has; `undefined` when it is no host. */
export function hostname(host: string): string | undefined {
  try {
    return new URL(`http://${host}/`).hostname.replace(/\.$/, "");
  } catch {
    return undefined;
  }
}

/** The 4 or 16 bytes of a literal address as a URL spells it (`10.0.0.1`, `[fe80::1]`), else `undefined`. */
export function parseAddress(name: string): readonly number[] | undefined {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return name.split(".").map(Number);
  if (!/^\[[0-9a-f:]+\]$/.test(name)) return undefined;
  const [head = "", tail] = name.slice(1, -1).split("::");
  const before = groups(head);
  const after = groups(tail ?? "");
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => 0);
  return [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]);
}

/** Whether the address is in the block (`10.0.0.0/8`, `fc00::/7`, or a single address). */
export function inBlock(address: readonly number[], block: string): boolean {
  const [first = "", length] = block.split("/");
  const name = hostname(first.includes(":") ? `[${first.replace(/^\[|\]$/g, "")}]` : first);
  const start = name === undefined ? undefined : parseAddress(name);
  if (start === undefined || start.length !== address.length) return false;
  const bits = length === undefined ? start.length * 8 : Number(length);
  return start.every((byte, index) => {
    // How many of this byte's bits belong to the block's prefix: all, some or none.
    const shift = 8 - Math.min(8, Math.max(0, bits - index * 8));
    return byte >> shift === (address[index] ?? 0) >> shift;
  });
}

function kindOf(address: readonly number[]): ReservedKind | undefined {
  const kind = BLOCKS.find(([block]) => inBlock(address, block))?.[1];
  if (kind !== undefined) return kind;
  const at = EMBEDDINGS.find(([block]) => inBlock(address, block))?.[1];
  return at === undefined ? undefined : kindOf(address.slice(at, at + 4));
}

function groups(text: string): readonly number[] {
  return text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
}
