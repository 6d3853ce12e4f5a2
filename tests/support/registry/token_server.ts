/**
 * The token endpoint: gives out Bearer tokens for scopes, by password or identity token, and knows
 * what each of them allows and until when.
 *
 * https://distribution.github.io/distribution/spec/auth/token/
 * https://distribution.github.io/distribution/spec/auth/oauth/
 */
import {
  type Access,
  accessOf,
  accessOfAccount,
  type Account,
  accountOf,
  type Action,
  type Grant,
  type Need,
} from "./access.ts";
import { secret } from "../secret.ts";
import type { TokenAuthentication } from "./authentication.ts";
import { RegistryError } from "./registry_error.ts";
import { jsonReply, type Reply } from "./reply.ts";

/** The path of the token endpoint, wherever it is. */
export const TOKEN_PATH = "/token";

/** What the registry calls itself in challenges. */
const SERVICE = "test-registry";
/** Five minutes, the default of the reference implementation. */
const LIFETIME_SECONDS = 300;

interface IssuedToken {
  readonly access: Access;
  expires: number;
}

interface Scope {
  readonly repository: string;
  readonly actions: readonly Action[];
}

/** Gives out tokens and remembers them. */
export class TokenServer {
  readonly #options: TokenAuthentication;
  readonly #tokens = new Map<string, IssuedToken>();
  readonly #realm: () => string;
  /** The identity token of an account, once it was renewed. */
  readonly #renewed = new Map<Account, string>();

  /** `realm` is asked for with each challenge: the port is known only when the server listens. */
  constructor(options: TokenAuthentication, realm: () => string) {
    this.#options = options;
    this.#realm = realm;
  }

  /** Ends the life of every token that was given out. */
  expireAll(): void {
    for (const token of this.#tokens.values()) token.expires = 0;
  }

  /** What a token allows; `undefined` when it is unknown or has expired. */
  access(token: string): Access | undefined {
    const issued = this.#tokens.get(token);
    return issued !== undefined && issued.expires > Date.now() ? issued.access : undefined;
  }

  /** The challenge that asks for a token of these needs. */
  challenge(needs: readonly Need[], error: string | undefined): string {
    const scopes = needs.map(({ repository, actions }) => `repository:${repository}:${actions}`);
    return `Bearer realm="${this.#realm()}",service="${SERVICE}"` +
      (scopes.length === 0 ? "" : `,scope="${scopes.join(" ")}"`) +
      (error === undefined ? "" : `,error="${error}"`);
  }

  /** Answers a request for a token. */
  async reply(request: Request, query: string): Promise<Reply> {
    if (request.method === "GET") {
      return this.#replyToGet(new URLSearchParams(query), request.headers.get("authorization"));
    }
    const { postStatus } = this.#options;
    if (request.method !== "POST" || postStatus !== undefined) {
      throw new RegistryError("UNSUPPORTED", "Not this method", { status: postStatus ?? 405 });
    }
    return this.#replyToPost(new URLSearchParams(await request.text()));
  }

  #replyToGet(parameters: URLSearchParams, authorization: string | null): Reply {
    this.#checkService(parameters);
    const account = accountOf(this.#options.accounts, authorization);
    if (authorization !== null && account === undefined) throw badCredentials();
    return this.#issue(account, parameters.getAll("scope"));
  }

  #replyToPost(parameters: URLSearchParams): Reply {
    this.#checkService(parameters);
    if (!parameters.get("client_id")) {
      throw new RegistryError("UNSUPPORTED", "client_id is missing", { status: 400 });
    }
    const account = this.#options.accounts.find((account) =>
      parameters.get("grant_type") === "refresh_token"
        ? this.#identityToken(account) === (parameters.get("refresh_token") ?? "")
        : parameters.get("grant_type") === "password" &&
          account.username === parameters.get("username") &&
          account.password === parameters.get("password")
    );
    if (account === undefined) throw badCredentials();
    // OAuth has one scope parameter, with spaces between scopes.
    const scopes = parameters.getAll("scope").flatMap((scope) => scope.split(" "));
    if (!this.#options.renewsIdentityTokens) return this.#issue(account, scopes);
    this.#renewed.set(account, `${secret("identity")}-${crypto.randomUUID()}`);
    return this.#issue(account, scopes, this.#renewed.get(account));
  }

  #identityToken(account: Account): string | undefined {
    return this.#renewed.get(account) ?? account.identityToken;
  }

  #checkService(parameters: URLSearchParams): void {
    if (parameters.get("service") === SERVICE) return;
    throw new RegistryError("DENIED", `Service is "${parameters.get("service")}"`);
  }

  #issue(account: Account | undefined, texts: readonly string[], refreshToken?: string): Reply {
    const scopes = this.#heeded(texts.map(parseScope));
    const rights = account === undefined
      ? accessOf(undefined, this.#options.anonymous ?? [])
      : accessOfAccount(account);
    const grants = scopes.map((scope) => this.#granted(rights, scope));
    // Real tokens name their scopes, and grow with them.
    const token = `${secret("token")}-${crypto.randomUUID()}${".scope".repeat(20 * scopes.length)}`;
    const lifetime = this.#options.lifetime ?? LIFETIME_SECONDS;
    this.#tokens.set(token, {
      access: accessOf(account?.username, grants),
      expires: Date.now() + lifetime * 1000,
    });
    const { field, omitExpiresIn } = this.#options;
    return jsonReply(200, {
      ...(field === "access_token" ? {} : { token }),
      ...(field === "token" ? {} : { access_token: token }),
      ...(omitExpiresIn ? {} : { expires_in: lifetime, issued_at: new Date().toISOString() }),
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    });
  }

  /** The scopes that the server reads at all. */
  #heeded(scopes: readonly Scope[]): readonly Scope[] {
    const { firstScopeOnly, lastDuplicateWins } = this.#options;
    if (firstScopeOnly) return scopes.slice(0, 1);
    if (!lastDuplicateWins) return scopes;
    return [...new Map(scopes.map((scope) => [scope.repository, scope])).values()];
  }

  #granted(rights: Access, { repository, actions }: Scope): Grant {
    const granted = actions.filter((action) => rights.allows(repository, action));
    if (this.#options.refusesUngranted && granted.length < actions.length) {
      throw new RegistryError("DENIED", `No access to ${repository}`);
    }
    return { repository: new RegExp(`^${repository.replaceAll(".", "\\.")}$`), actions: granted };
  }
}

function parseScope(text: string): Scope {
  const [, repository, actions] = /^repository:([a-z0-9._/-]+):([a-z,*]+)$/.exec(text) ?? [];
  if (repository === undefined || actions === undefined) {
    throw new RegistryError("UNSUPPORTED", `Scope is "${text}"`, { status: 400 });
  }
  return { repository, actions: actions.split(",") as Action[] };
}

function badCredentials(): RegistryError {
  return new RegistryError("UNAUTHORIZED", "Wrong name, password or token");
}
