/**
 * URLs that a registry hands us: redirects, upload locations, token realms. All of them are written by
 * somebody else, so none may lower https to http or lead from a public registry into a private network.
 */
import { StackerError } from "../errors.ts";
import { isLoopback, reservedKind } from "./address.ts";
import { redactUrl } from "./redact.ts";

/** Which URL it is, as errors name it. */
export type ServerUrlKind = "redirect" | "upload location" | "token realm";

/**
 * The URL that the text means on an answer from `base`. A location or realm that says http on the
 * very host we speak https with comes from a registry behind a proxy that ends TLS: it is read as https.
 *
 * Throws REGISTRY when it is no URL or may not be followed.
 */
export function resolveServerUrl(text: string, base: URL, kind: ServerUrlKind): URL {
  const url = parse(text, base, kind);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw refused(kind, base, `its scheme is "${url.protocol.slice(0, -1)}"`);
  }
  if (url.username !== "" || url.password !== "") {
    throw refused(kind, base, "it holds a user or password");
  }
  if (base.protocol === "https:" && url.protocol === "http:") {
    if (kind === "redirect" || url.hostname !== base.hostname) {
      throw refused(kind, base, `"${url.origin}" is not encrypted`);
    }
    url.protocol = "https:";
  }
  const local = isLoopback(url.host) || url.hostname === base.hostname;
  if (kind === "token realm" && url.protocol === "http:" && !local) {
    throw refused(kind, base, `"${url.origin}" is not encrypted, and would get the password`);
  }
  const reserved = reservedKind(url.host);
  const inward = reserved !== undefined && reservedKind(base.host) === undefined;
  // A registry in a private network has a name, but the storage it redirects to often has none.
  const storage = kind === "redirect" && reserved === "private";
  if (inward && !storage && url.hostname !== base.hostname) {
    throw refused(kind, base, `"${url.host}" is a ${reserved} address`);
  }
  return url;
}

function parse(text: string, base: URL, kind: ServerUrlKind): URL {
  try {
    return new URL(text, base);
  } catch {
    throw refused(kind, base, "it is not a URL");
  }
}

function refused(kind: ServerUrlKind, base: URL, why: string): StackerError {
  return new StackerError("REGISTRY", `Cannot follow the ${kind} of ${redactUrl(base)}: ${why}`);
}
