/**
 * Manifests over HTTP. The bytes are the identity: headers may be missing or wrong, as they are on some
 * registries, and then are made up for; wrong bytes never pass.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
 */
import { StackerError } from "../errors.ts";
import { MAX_JSON_SIZE, verify } from "../oci/content.ts";
import { algorithmOf, type Digest, digestOf, isDigest, matchesDigest } from "../oci/digest.ts";
import { type ManifestContent, manifestContent } from "../oci/manifest.ts";
import { ACCEPTED_MANIFESTS } from "../oci/media_type.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import { accessTo, type Connection } from "./connection.ts";
import { manifestUrl } from "./endpoint.ts";
import { RegistryError } from "./http_error.ts";
import type { Method, RegistryRequest } from "./http_request.ts";
import type { HttpResponse } from "./http_response.ts";
import { pullScopes, pushScopes } from "./scope.ts";
import { readJsonBody, readSmallBody } from "./small_body.ts";

/** Leaving the index types out would make a registry convert an index, or deny that it exists. */
const ACCEPT = ACCEPTED_MANIFESTS.join(", ");

/** Answers by which a registry may mean that it does not know HEAD, or hides what it lacks: GET tells. */
const HEAD_UNUSABLE: readonly number[] = [400, 403, 405, 406, 501];

/** Refusals of a PUT that may mean that the tag cannot be moved: each registry has its own. */
const IMMUTABLE_STATUSES: ReadonlySet<number> = new Set([400, 403, 405, 409, 412]);

/** The digest that the reference points to now; `undefined` when there is no such manifest. */
export async function resolveManifest(
  connection: Connection,
  reference: Reference,
): Promise<Digest | undefined> {
  const head = await manifestRequest(connection, "HEAD", reference, "resolve");
  const answer = await connection.exchange.run(
    { ...head, accept: [200, 404, ...HEAD_UNUSABLE] },
    ({ status, headers }) => {
      const digest = headers.get("docker-content-digest");
      return Promise.resolve({ status, digest: isDigest(digest) ? digest : undefined });
    },
  );
  if (answer.status === 404) return undefined;
  const { digest } = answer;
  const usable = answer.status === 200 &&
    (reference.digest === undefined
      ? digest !== undefined
      : digest === undefined || digest === reference.digest);
  if (usable) return reference.digest ?? digest;
  return await resolveByContent(connection, reference);
}

/** The manifest or index, verified and decoded. */
export async function readManifest(
  connection: Connection,
  reference: Reference,
): Promise<ManifestContent> {
  const what = `manifest "${formatReference(reference)}"`;
  const request = await manifestRequest(connection, "GET", reference, "read");
  const first = await readOnce(connection, request, reference.digest, what);
  if (first.claimed === undefined) return first.content;
  // By tag nothing but the header vouches for the bytes. Those that come twice are the registry's own.
  const second = reference.digest === undefined
    ? await readOnce(connection, request, undefined, what)
    : first;
  const { digest } = second.content.descriptor;
  if (second.claimed === undefined) return second.content;
  const saying = `the registry says it is ${second.claimed}, but its digest is ${digest}`;
  if (digest !== first.content.descriptor.digest) {
    throw new StackerError("CONTENT_MISMATCH", `Cannot trust ${what}: ${saying}`);
  }
  connection.onWarning(`Odd answer with ${what}: ${saying}`);
  return second.content;
}

/** A manifest, and the digest that its answer's header claims instead of the one it has. */
interface ManifestAnswer {
  readonly content: ManifestContent;
  readonly claimed: Digest | undefined;
}

async function readOnce(
  { exchange }: Connection,
  request: RegistryRequest,
  digest: Digest | undefined,
  what: string,
): Promise<ManifestAnswer> {
  return await exchange.run(request, async (response) => {
    const bytes = await readJsonBody(response, digest);
    const { headers } = response;
    const type = headers.get("content-type") ?? undefined;
    const content = manifestContent(bytes, type, { digest }, what);
    const claimed = headers.get("docker-content-digest");
    const wrong = isDigest(claimed) && claimed !== content.descriptor.digest &&
      !matchesDigest(bytes, claimed);
    return { content, claimed: wrong ? claimed : undefined };
  });
}

/** Puts the manifest under the reference's digest, else its tag. */
export async function writeManifest(
  connection: Connection,
  reference: Reference,
  content: ManifestContent,
): Promise<void> {
  const { bytes, descriptor } = content;
  const name = formatReference(reference);
  verify(bytes, { ...descriptor, ...digestOfReference(reference) }, `manifest "${name}"`);
  if (bytes.length > MAX_JSON_SIZE) {
    throw new StackerError(
      "TOO_LARGE",
      `Cannot write manifest "${name}": it has ${bytes.length} bytes, more than ${MAX_JSON_SIZE}`,
    );
  }
  const { repository } = reference;
  const request: RegistryRequest = {
    ...await manifestRequest(connection, "PUT", reference, "write"),
    headers: { "content-type": descriptor.mediaType },
    body: bytes,
    accept: [200, 201, 202],
    access: await accessTo(connection, repository, pushScopes(repository)),
    // A tag was looked at just before: every moment until it is put is one in which it may move.
    urgent: reference.digest === undefined,
  };
  try {
    await put(connection, request, reference, descriptor.digest);
  } catch (error) {
    await explainRefusal(connection, error, reference, descriptor.digest);
  }
}

/**
 * Puts until the registry has it. An answer that does not name the digest may be a page of a proxy in
 * between, sent as a success: then the registry is asked, as a file may be written on the strength of it.
 */
async function put(
  connection: Connection,
  request: RegistryRequest,
  reference: Reference,
  digest: Digest,
): Promise<void> {
  const { exchange } = connection;
  await exchange.retrying(async (attempt) => {
    const { failure, proven } = await exchange.once([request], async (send) => {
      const response = await send(request);
      return { failure: response.failure, proven: namesKept(response, digest) };
    }, attempt);
    if (proven || await resolveManifest(connection, reference) === digest) return;
    const why = "said that it took the manifest, but does not have it";
    throw new RegistryError("REGISTRY", failure, why, { transient: true });
  });
}

async function manifestRequest(
  connection: Connection,
  method: Method,
  reference: Reference,
  verb: string,
): Promise<RegistryRequest & { headers: Readonly<Record<string, string>> }> {
  const { repository } = reference;
  const access = await accessTo(connection, repository, pullScopes(repository));
  return {
    method,
    url: manifestUrl(access.origin, reference),
    headers: { accept: ACCEPT },
    purpose: `${verb} manifest "${formatReference(reference)}"`,
    accept: [200],
    access,
  };
}

async function resolveByContent(
  connection: Connection,
  reference: Reference,
): Promise<Digest | undefined> {
  const request = await manifestRequest(connection, "GET", reference, "resolve");
  const what = `manifest "${formatReference(reference)}"`;
  return await connection.exchange.run({ ...request, accept: [200, 404] }, async (response) => {
    if (response.status === 404) return undefined;
    const bytes = await readSmallBody(response, reference.digest);
    verify(bytes, { digest: reference.digest }, what);
    return reference.digest ?? digestOf(bytes);
  });
}

function digestOfReference({ digest }: Reference): { readonly digest?: Digest } {
  return digest === undefined ? {} : { digest };
}

/**
 * Whether the answer says that the manifest was kept under its digest. A registry, or a proxy before it,
 * that stores other bytes than it was sent would break the digest: CONTENT_MISMATCH.
 */
function namesKept({ headers }: HttpResponse, digest: Digest): boolean {
  const kept = headers.get("docker-content-digest");
  if (!isDigest(kept) || algorithmOf(kept) !== algorithmOf(digest)) return false;
  if (kept === digest) return true;
  throw new StackerError(
    "CONTENT_MISMATCH",
    `Cannot trust the registry with manifest ${digest}: it stored it as ${kept}`,
  );
}

/** Throws the refusal in the clearest words; returns when the tag has this very digest already. */
async function explainRefusal(
  connection: Connection,
  error: unknown,
  reference: Reference,
  digest: Digest,
): Promise<void> {
  const refused = error instanceof RegistryError && reference.digest === undefined &&
    IMMUTABLE_STATUSES.has(error.status ?? 0);
  if (!refused) throw error;
  const current = await resolveManifest(connection, reference).catch(() => undefined);
  if (current === digest) return;
  const saysSo = error.status === 412 || error.status === 409 ||
    error.diagnostics.some((said) =>
      /immutable|already\s?exists|overwrite|redeploy/i.test(`${said.code} ${said.message}`)
    );
  if (current === undefined || !saysSo) throw error;
  throw new StackerError("TAG_IMMUTABLE", error.message, {
    cause: error,
    hint: "Allow the tag to be overwritten, or push under another tag",
  });
}
