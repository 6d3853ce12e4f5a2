/**
 * A token server for real registries: they believe what it signs, and know nothing else of it. Gives
 * whoever knows the login whatever is asked for, and nobody else anything.
 *
 * https://distribution.github.io/distribution/spec/auth/jwt/
 */
import { secret } from "../../support/secret.ts";
import { type CertificateFiles, makeSigner } from "./certificates.ts";
import type { Login } from "./docker_registry.ts";

/** Who signs tokens, and for whom: registries must be told the same. */
export const ISSUER = "the tests";
export const SERVICE = "a registry of the tests";

/** As short as registries bear it: a clock may be a minute off. */
const LIFETIME_SECONDS = 120;
const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/** A right, as a token states it. */
interface Grant {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** A running token server. */
export class TokenServer implements AsyncDisposable {
  /** What was asked for: the scopes of each request that was granted. */
  readonly granted: (readonly string[])[] = [];
  /** The certificate that registries are to trust, as a file in PEM. */
  readonly certificate: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #login: Login;
  readonly #key: CryptoKey;
  readonly #chain: readonly string[];

  readonly #scheme: string;

  private constructor(
    signer: CertificateFiles,
    key: CryptoKey,
    login: Login,
    tls: CertificateFiles | undefined,
  ) {
    this.certificate = signer.cert;
    this.#key = key;
    this.#chain = [bodyOf(Deno.readTextFileSync(signer.cert))];
    this.#login = login;
    this.#scheme = tls === undefined ? "http" : "https";
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
      ...(tls && { cert: Deno.readTextFileSync(tls.cert), key: Deno.readTextFileSync(tls.key) }),
    }, (request) => this.#answer(request));
  }

  /** Starts a server with a key of its own, kept in the directory; over TLS where a certificate is given. */
  static async start(
    directory: string,
    login: Login,
    tls?: CertificateFiles,
  ): Promise<TokenServer> {
    const signer = await makeSigner(directory);
    const der = Uint8Array.fromBase64(bodyOf(await Deno.readTextFile(signer.key)));
    const key = await crypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
    return new TokenServer(signer, key, login, tls);
  }

  /** `127.0.0.1:PORT`. */
  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  /** Where registries send those who have no token. */
  get realm(): string {
    return `${this.#scheme}://${this.host}/token`;
  }

  /** A token with these scopes, as `repository:NAME:ACTIONS`. */
  async token(scopes: readonly string[]): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const head = { typ: "JWT", alg: "RS256", x5c: this.#chain };
    const claims = {
      iss: ISSUER,
      sub: this.#login.user,
      aud: SERVICE,
      nbf: now - 1,
      iat: now,
      exp: now + LIFETIME_SECONDS,
      // So that a token in what the tool prints is found.
      jti: secret(crypto.randomUUID()),
      access: scopes.map(grantOf),
    };
    const signed = `${encode(JSON.stringify(head))}.${encode(JSON.stringify(claims))}`;
    const signature = await crypto.subtle.sign(ALGORITHM, this.#key, utf8(signed));
    return `${signed}.${urlSafe(new Uint8Array(signature))}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const { user, password } = this.#login;
    const known = request.headers.get("authorization") === `Basic ${btoa(`${user}:${password}`)}`;
    if (request.method !== "GET") return new Response(null, { status: 404 });
    if (!known || searchParams.get("service") !== SERVICE) {
      return Response.json({}, { status: 401 });
    }
    const scopes = searchParams.getAll("scope");
    this.granted.push(scopes);
    return Response.json({ token: await this.token(scopes), expires_in: LIFETIME_SECONDS });
  }
}

function grantOf(scope: string): Grant {
  const [, type = "", name = "", actions = ""] = /^(\w+):(.+):([^:]*)$/.exec(scope) ?? [];
  return { type, name, actions: actions.split(",") };
}

/** The base64 between the lines of a file in PEM. */
function bodyOf(pem: string): string {
  return pem.replace(/-----[^-]+-----|\s/g, "");
}

function encode(text: string): string {
  return urlSafe(utf8(text));
}

function urlSafe(bytes: Uint8Array<ArrayBuffer>): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
