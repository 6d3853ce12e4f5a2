/**
 * Shards: parts of the work for several machines. An image belongs to the shard of its repository,
 * by content alone, so that machines agree without talking and no tag is moved by two of them.
 */
import { digestOf, hexOf } from "../oci/digest.ts";
import { formatRepository, type Repository } from "../oci/reference.ts";

/** One of several parts of the work. */
export interface Shard {
  /** From 1 to `count`. */
  readonly index: number;
  readonly count: number;
}

/** 12 hexadecimal digits are 48 bits: spread evenly over any count, and exact as a number. */
const HEX_DIGITS = 12;

/** Whether the repository is of the shard; each is of exactly one. */
export function isInShard(repository: Repository, shard: Shard): boolean {
  const hash = hexOf(digestOf(formatRepository(repository))).slice(0, HEX_DIGITS);
  return parseInt(hash, 16) % shard.count === shard.index - 1;
}
