/**
 * Who may do what: accounts and their grants, and which rights a request needs.
 */
import type { Endpoint } from "./endpoint.ts";

/** What can be done to a repository, in the words of token scopes. */
export type Action = "pull" | "push" | "delete";

/** Some actions on the repositories whose names match. */
export interface Grant {
  readonly repository: RegExp;
  readonly actions: readonly Action[];
}

/** Somebody who can log in. */
export interface Account {
  readonly username: string;
  readonly password: string;
  /** What it may do; everything by default. */
  readonly grants?: readonly Grant[];
  /** A refresh token that stands for it at the token endpoint. */
  readonly identityToken?: string;
}

/** What a request may do. */
export interface Access {
  /** The account, when there is one. */
  readonly username: string | undefined;
  allows(repository: string, action: Action): boolean;
}

/** A repository and the actions on it that a request needs. */
export interface Need {
  readonly repository: string;
  readonly actions: readonly Action[];
}

/** For everybody and everything. */
export const EVERYTHING: Access = { username: undefined, allows: () => true };

/** What these grants allow. */
export function accessOf(username: string | undefined, grants: readonly Grant[]): Access {
  return {
    username,
    allows: (repository, action) =>
      grants.some((grant) => grant.repository.test(repository) && grant.actions.includes(action)),
  };
}

/** What an account allows. */
export function accessOfAccount(account: Account): Access {
  if (account.grants === undefined) return { ...EVERYTHING, username: account.username };
  return accessOf(account.username, account.grants);
}

/** The account that a Basic header names, `undefined` for none or a wrong password. */
export function accountOf(
  accounts: readonly Account[],
  authorization: string | null,
): Account | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const text = new TextDecoder().decode(
    Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0)),
  );
  return accounts.find(({ username, password }) => text === `${username}:${password}`);
}

/** Which rights a request needs; `undefined` for a base request, which needs but an account. */
export function needOf(endpoint: Endpoint, method: string): Need | undefined {
  if (endpoint.kind === "base") return undefined;
  const { repository } = endpoint;
  const content = endpoint.kind === "blob" || endpoint.kind === "manifest";
  if (content && method === "DELETE") return { repository, actions: ["delete"] };
  const reads = method === "GET" || method === "HEAD";
  const upload = endpoint.kind === "uploads" || endpoint.kind === "upload";
  if (reads && !upload) return { repository, actions: ["pull"] };
  return { repository, actions: ["pull", "push"] };
}
