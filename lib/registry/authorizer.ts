/**
 * Which Authorization header a request carries. Learns from the first challenge how an origin wants to
 * be spoken to, so that later requests need none; keeps tokens by origin, credential and exact scopes.
 */
import { createSerial, createSingleFlight } from "../concurrency.ts";
import { StackerError } from "../errors.ts";
import { DOCKER_HUB } from "../oci/reference.ts";
import { type Challenge, chooseChallenge, parseChallenges } from "./challenge.ts";
import type { Clock } from "./clock.ts";
import type { Access, RegistryRequest } from "./http_request.ts";
import type { Finding, Keychain } from "./keychain.ts";
import { scopeKey } from "./scope.ts";
import { resolveServerUrl } from "./server_url.ts";
import {
  basicAuthorization,
  parseToken,
  refreshRequest,
  secretsOf,
  type Token,
  tokenRequest,
  type TokenTerms,
} from "./token.ts";

/** Leave to send a request once. */
export interface Pass {
  readonly kind: "anonymous" | "basic" | "bearer";
  readonly authorization?: string;
  /** What must never be shown, should the server repeat it. */
  readonly secrets: readonly string[];
  /** The request was answered, or came to nothing: others who wait to learn from it may go on. */
  readonly settle: () => void;
}

/** Sends a request to a token server; `undefined` for the statuses 404 and 405. */
export type AskTokenServer = (request: RegistryRequest) => Promise<Uint8Array | undefined>;

/** How an origin wants to be spoken to, once it has said so. */
type Scheme =
  | { readonly kind: "open" | "basic" }
  | { readonly kind: "bearer"; readonly realm: URL; readonly service: string | undefined };

/** A scope of a challenge longer than this is no scope of one repository. */
const MAX_SCOPE_LENGTH = 1024;

/** Gives out passes. */
export class Authorizer {
  readonly #keychain: Keychain;
  readonly #clock: Clock;
  readonly #ask: AskTokenServer;
  readonly #schemes = new Map<string, Scheme>();
  /** Origins that somebody is asking for the first time right now. */
  readonly #discoveries = new Map<string, Promise<void>>();
  readonly #tokens = new Map<string, Token>();
  readonly #flights = createSingleFlight<Token>();
  /** Scopes that a registry asked for beyond those we know to be needed. */
  readonly #extraScopes = new Map<string, readonly string[]>();
  /** Tokens that replace the identity tokens they came for, by origin and the one that was configured. */
  readonly #refreshTokens = new Map<string, string>();
  /** Some servers give a new one for each that they take: the next request needs that one. */
  readonly #identities = createSerial<Token>();

  constructor(keychain: Keychain, clock: Clock, ask: AskTokenServer) {
    this.#keychain = keychain;
    this.#clock = clock;
    this.#ask = ask;
  }

  /**
   * A pass for a request. While an origin is first asked, everybody else waits for what it says; but not
   * those who need several passes at once, as two of them could wait for each other.
   */
  async authorize(access: Access, alone = true): Promise<Pass> {
    const { origin } = access;
    if (alone && !this.#schemes.has(origin)) {
      const discovery = this.#discoveries.get(origin);
      if (discovery === undefined) return this.#discover(origin);
      await discovery;
    }
    const scheme = this.#schemes.get(origin);
    if (scheme === undefined || scheme.kind === "open") return anonymous();
    const finding = await this.#keychain.find(access.repository);
    if (scheme.kind === "bearer") return await this.#bearer(access, scheme, finding);
    const authorization = basicAuthorization(finding.credential);
    return authorization === undefined
      ? anonymous()
      : { kind: "basic", authorization, secrets: secretsOf(finding.credential), settle: nothing };
  }

  /** The origin answered a request without asking who we are. */
  accepted(access: Access): void {
    if (!this.#schemes.has(access.origin)) this.#schemes.set(access.origin, { kind: "open" });
  }

  /** The origin refused a pass with this challenge. Whether another pass may be accepted. */
  async refused(access: Access, pass: Pass, header: string | null): Promise<boolean> {
    const challenge = chooseChallenge(parseChallenges(header));
    if (pass.kind === "bearer") await this.#forget(access, pass);
    if (challenge?.scheme === "bearer") {
      this.#learn(access, pass, challenge);
      return true;
    }
    // Harbor answers a token that lacks a scope with a Basic challenge: it is still the token that counts.
    if (pass.kind === "bearer") return true;
    if (challenge === undefined || pass.kind === "basic") return false;
    this.#schemes.set(access.origin, { kind: "basic" });
    const { credential } = await this.#keychain.find(access.repository);
    return credential?.kind === "password";
  }

  /** What to advise somebody who is denied. */
  async hint(access: Access): Promise<string> {
    const { host } = access.repository;
    const { problem, source } = await this.#keychain.find(access.repository);
    if (problem !== undefined) {
      return problem.message + (problem.hint === undefined ? "" : `. ${problem.hint}`);
    }
    if (source !== undefined) return `The credentials used are those of ${source}`;
    return host === DOCKER_HUB
      ? 'Log in with "docker login"'
      : `Log in with "docker login ${host}"`;
  }

  #discover(origin: string): Pass {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#discoveries.set(origin, promise);
    return {
      kind: "anonymous",
      secrets: [],
      settle: () => {
        if (this.#discoveries.get(origin) === promise) this.#discoveries.delete(origin);
        resolve();
      },
    };
  }

  /** Drops the token that the pass was made of, unless another has taken its place already. */
  async #forget(access: Access, pass: Pass): Promise<void> {
    const key = await this.#key(access);
    const known = this.#tokens.get(key);
    if (known !== undefined && pass.authorization === `Bearer ${known.value}`) {
      this.#tokens.delete(key);
    }
  }

  #learn(access: Access, pass: Pass, challenge: Challenge): void {
    const { parameters } = challenge;
    const origin = new URL(access.origin);
    const realm = resolveServerUrl(parameters.get("realm") ?? "", origin, "token realm");
    const scheme: Scheme = { kind: "bearer", realm, service: parameters.get("service") };
    this.#schemes.set(access.origin, scheme);
    if (pass.kind !== "bearer") return;
    const scopes = (parameters.get("scope") ?? "").slice(0, MAX_SCOPE_LENGTH).split(/\s+/);
    const extra = scopes.filter((scope) => scope !== "" && !access.scopes.includes(scope));
    this.#extraScopes.set(scopedOrigin(access), extra);
  }

  async #bearer(
    access: Access,
    scheme: Extract<Scheme, { kind: "bearer" }>,
    finding: Finding,
  ): Promise<Pass> {
    if (finding.credential?.kind === "bearer") return bearer(finding.credential.token, finding);
    const key = await this.#key(access);
    const known = this.#tokens.get(key);
    if (known !== undefined && known.usableUntil > this.#clock.now()) {
      return bearer(known.value, finding);
    }
    const token = await this.#flights(key, async () => {
      const fresh = await this.#request(access, scheme, finding);
      this.#tokens.set(key, fresh);
      return fresh;
    });
    return bearer(token.value, finding);
  }

  async #request(
    access: Access,
    scheme: Extract<Scheme, { kind: "bearer" }>,
    finding: Finding,
  ): Promise<Token> {
    const purpose = `authenticate at "${access.repository.host}"`;
    const extra = this.#extraScopes.get(scopedOrigin(access)) ?? [];
    const scopes = [...access.scopes, ...extra];
    const terms: TokenTerms = { ...scheme, scopes, purpose, hint: await this.hint(access) };
    const { credential } = finding;
    if (credential?.kind !== "identity") {
      const answer = await this.#ask(tokenRequest(terms, credential));
      return parseToken(answer ?? new Uint8Array(), this.#clock.now(), purpose);
    }
    const slot = `${access.origin} ${credential.token}`;
    return await this.#identities(slot, async () => {
      const identity = this.#refreshTokens.get(slot) ?? credential.token;
      const password = { ...credential, kind: "password", password: identity } as const;
      const answer = await this.#ask(refreshRequest(terms, identity)) ??
        await this.#ask(tokenRequest(terms, password));
      const token = parseToken(answer ?? new Uint8Array(), this.#clock.now(), purpose);
      const { refreshToken = identity } = token;
      const renewed = refreshToken !== identity;
      // Not if it is the same: by now another request may have brought a newer one.
      if (renewed) this.#refreshTokens.set(slot, refreshToken);
      return { result: token, lasts: !renewed };
    });
  }

  /** Origin and scopes, then who asks: a source names one credential. */
  async #key(access: Access): Promise<string> {
    const { source } = await this.#keychain.find(access.repository);
    return `${scopedOrigin(access)} ${source ?? "anonymous"}`;
  }
}

function scopedOrigin(access: Access): string {
  return `${access.origin} ${scopeKey(access.scopes)}`;
}

function anonymous(): Pass {
  return { kind: "anonymous", secrets: [], settle: nothing };
}

function bearer(token: string, finding: Finding): Pass {
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new StackerError(
      "CREDENTIALS",
      "Cannot use a token that has spaces or control characters",
    );
  }
  const secrets = [token, ...secretsOf(finding.credential)];
  return { kind: "bearer", authorization: `Bearer ${token}`, secrets, settle: nothing };
}

function nothing(): void {}
