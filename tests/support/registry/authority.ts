/**
 * What a registry makes of the credentials of a request: the access they give, or a refusal with
 * the challenge that says what would be right.
 */
import {
  type Access,
  accessOf,
  accessOfAccount,
  accountOf,
  EVERYTHING,
  type Need,
} from "./access.ts";
import type { Authentication, BasicAuthentication, TokenAuthentication } from "./authentication.ts";
import type { Quirks } from "./quirks.ts";
import { RegistryError } from "./registry_error.ts";
import type { TokenServer } from "./token_server.ts";

/** Decides what the credentials of a request allow. */
export interface Authority {
  /** Throws RegistryError when the credentials do not allow what the request needs. */
  check(authorization: string | null, needs: readonly Need[]): Access;
}

/** The authority for a way to authenticate; `tokens` is there when that is by token. */
export function authorityOf(
  authentication: Authentication,
  tokens: TokenServer | undefined,
  quirks: Quirks,
): Authority {
  if (authentication.scheme === "none") return { check: () => EVERYTHING };
  if (authentication.scheme === "basic") {
    return { check: (header, needs) => checkBasic(authentication, header, needs) };
  }
  return { check: (header, needs) => checkToken(authentication, tokens, quirks, header, needs) };
}

function checkBasic(
  authentication: BasicAuthentication,
  authorization: string | null,
  needs: readonly Need[],
): Access {
  const account = accountOf(authentication.accounts, authorization);
  const anonymous = authorization === null && authentication.anonymous !== undefined;
  if (account === undefined && !anonymous) throw unauthorized('Basic realm="test registry"');
  const access = account === undefined
    ? accessOf(undefined, authentication.anonymous ?? [])
    : accessOfAccount(account);
  if (allowsAll(access, needs)) return access;
  if (account === undefined) throw unauthorized('Basic realm="test registry"');
  throw new RegistryError("DENIED", "Not allowed for this account");
}

function checkToken(
  authentication: TokenAuthentication,
  tokens: TokenServer | undefined,
  quirks: Quirks,
  authorization: string | null,
  needs: readonly Need[],
): Access {
  if (tokens === undefined) throw new Error("There is no token server");
  const challenge = (error?: string): RegistryError => {
    const bearer = tokens.challenge(needs, error);
    return unauthorized(authentication.challenge?.(bearer) ?? bearer);
  };
  const [, token] = /^Bearer (.+)$/i.exec(authorization ?? "") ?? [];
  if (token === undefined) {
    const account = accountOf(authentication.accounts, authorization);
    // Who offers Basic beside Bearer takes it.
    if (account === undefined || authentication.challenge === undefined) throw challenge();
    return accessOfAccount(account);
  }
  const access = tokens.access(token);
  if (access === undefined) throw challenge("invalid_token");
  if (allowsAll(access, needs)) return access;
  if (quirks.garForbidsThinScope) throw new RegistryError("DENIED", "Permission denied");
  if (quirks.harborBasicOnThinScope) throw unauthorized('Basic realm="harbor"');
  throw challenge("insufficient_scope");
}

function allowsAll(access: Access, needs: readonly Need[]): boolean {
  return needs.every(({ repository, actions }) =>
    actions.every((action) => access.allows(repository, action))
  );
}

function unauthorized(challenge: string): RegistryError {
  return new RegistryError("UNAUTHORIZED", "Authentication required", {
    headers: { "WWW-Authenticate": challenge },
  });
}
