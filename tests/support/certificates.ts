/**
 * Certificates for servers on loopback: one an authority vouches for, and one that is its own
 * authority, as many private registries have it.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TlsIdentity } from "./registry/listener.ts";

/** The file of the authority that `VOUCHED_FOR` is trusted by. */
export const AUTHORITY_FILE: string = pathOf("authority.pem");

/** For 127.0.0.1, ::1 and localhost, by the authority. */
export const VOUCHED_FOR: TlsIdentity = identity("server");

/** The same names, signed by itself and marked as an authority. */
export const SELF_SIGNED: TlsIdentity = identity("self-signed");

/** The file of the certificate of `SELF_SIGNED`. */
export const SELF_SIGNED_FILE: string = pathOf("self-signed.pem");

function identity(name: string): TlsIdentity {
  return {
    cert: readFileSync(pathOf(`${name}.pem`), "utf8"),
    key: readFileSync(pathOf(`${name}.key`), "utf8"),
  };
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../testdata/certificates/${file}`, import.meta.url));
}
