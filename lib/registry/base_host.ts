/**
 * Whether a base that an image names may be read where it says. The name is written by whoever made
 * the image: followed blindly, it makes us contact any host and present credentials there.
 */
import { StackerError } from "../errors.ts";
import { formatRepository, type Repository } from "../oci/reference.ts";
import { reservedKind } from "./address.ts";

/** What the user said about hosts of bases. */
export interface BaseHostOptions {
  /** Hosts (canonical, with port) that bases may be on wherever they are. */
  readonly allowedHosts?: ReadonlySet<string>;
}

/**
 * Throws BASE_HOST_REFUSED when the base is at a private, link-local, loopback or other non-public
 * address, unless the image's own registry is at such an address too or the host is allowed.
 */
export function assertBaseHost(
  base: Repository,
  image: Repository,
  options: BaseHostOptions = {},
): void {
  if (base.host === image.host || options.allowedHosts?.has(base.host)) return;
  const kind = reservedKind(base.host);
  if (kind === undefined || reservedKind(image.host) !== undefined) return;
  throw new StackerError(
    "BASE_HOST_REFUSED",
    `Cannot read base "${formatRepository(base)}" of "${formatRepository(image)}": ` +
      `its host has a ${kind} address, and the image's does not`,
    { hint: `If the base is meant to be there, pass --allow-base-host ${base.host}` },
  );
}
