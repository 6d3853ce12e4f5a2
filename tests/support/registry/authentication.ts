/**
 * The ways in which the registry can ask for credentials: not at all, by Basic, or by Bearer tokens
 * of a token server with ways of its own.
 */
import type { Account, Grant } from "./access.ts";

/** Nobody is asked for anything. */
export interface NoAuthentication {
  readonly scheme: "none";
}

/** A name and password with every request. */
export interface BasicAuthentication {
  readonly scheme: "basic";
  readonly accounts: readonly Account[];
  /** What needs no account. */
  readonly anonymous?: readonly Grant[];
}

/** A token for every scope. */
export interface TokenAuthentication {
  readonly scheme: "token";
  readonly accounts: readonly Account[];
  /** What needs a token, but no account. */
  readonly anonymous?: readonly Grant[];
  /** The token endpoint is on a port of its own. */
  readonly otherOrigin?: boolean;
  /** Seconds a token lives; 300 by default. */
  readonly lifetime?: number;
  /** The answer has no `expires_in`. */
  readonly omitExpiresIn?: boolean;
  /** The field the token comes in; both by default, as the specification of tokens has it. */
  readonly field?: "token" | "access_token";
  /** What POST with an identity token is answered with; 200 by default. */
  readonly postStatus?: 404 | 405;
  /** A scope that is not granted fails the whole request, instead of being left out of the token. */
  readonly refusesUngranted?: boolean;
  /** All scopes but the first are left out of the token. */
  readonly firstScopeOnly?: boolean;
  /** GitLab: of two scopes for one repository the last alone counts. */
  readonly lastDuplicateWins?: boolean;
  /** Every answer to an identity token has a new one, and the old one is over. */
  readonly renewsIdentityTokens?: boolean;
  /** The whole WWW-Authenticate header, from the challenge the registry would send. */
  readonly challenge?: (bearer: string) => string;
}

/** How to authenticate. */
export type Authentication = NoAuthentication | BasicAuthentication | TokenAuthentication;
