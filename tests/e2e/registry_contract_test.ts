/** The contract of registries, held by the HTTP client on a registry of the reference implementation. */
import { holdContract } from "../registry/support/contract.ts";
import { secret } from "../support/secret.ts";
import { makeCertificates } from "./support/certificates.ts";
import type { Login, RegistryAccess } from "./support/docker_registry.ts";
import { realSubject } from "./support/registry_subject.ts";
import { TokenServer } from "./support/token_server.ts";
import { isRequired, missingParts } from "./support/tools.ts";

const LOGIN: Login = { user: "robot", password: secret("with: %") };

const OPTIONS = {
  // It checks what it stores, has no list of referrers, and refuses urls it was not told to allow.
  lacks: ["corruption", "referrers", "foreign layers"],
  ignore: missingParts() !== undefined && !isRequired(),
} as const;

holdContract("of Docker's", () => realSubject(), OPTIONS);
holdContract("of Docker's behind a login", () => realSubject(withLogin), OPTIONS);
holdContract("of Docker's behind a token server", () => realSubject(withTokens), OPTIONS);
holdContract(
  "of Docker's that asks for a client's certificate",
  () => realSubject(withCertificates),
  OPTIONS,
);

function withLogin(): Promise<RegistryAccess> {
  return Promise.resolve({ login: LOGIN });
}

async function withTokens(directory: string): Promise<RegistryAccess> {
  return { login: LOGIN, tokens: await TokenServer.start(directory, LOGIN) };
}

async function withCertificates(directory: string): Promise<RegistryAccess> {
  return { certificates: await makeCertificates(directory) };
}
