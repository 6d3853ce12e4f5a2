/** What every operation on a registry needs: the engine, the origins, and somebody to warn. */
import { formatRepository, type Repository } from "../oci/reference.ts";
import type { Exchange } from "./exchange.ts";
import type { Access } from "./http_request.ts";
import type { OriginOf } from "./origin.ts";

/** The way to all registries of a run. */
export interface Connection {
  readonly exchange: Exchange;
  readonly originOf: OriginOf;
  /** Told of oddities that do no harm. */
  readonly onWarning: (message: string) => void;
}

/** Access to the repository with these scopes. */
export async function accessTo(
  { originOf }: Connection,
  repository: Repository,
  scopes: readonly string[],
): Promise<Access> {
  return { origin: await originOf(repository.host), repository, scopes };
}

/** The repository in quotes, as errors name it. */
export function quote(repository: Repository): string {
  return `"${formatRepository(repository)}"`;
}
