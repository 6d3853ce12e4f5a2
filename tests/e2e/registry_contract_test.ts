/** The contract of registries, held by the HTTP client on a registry of the reference implementation. */
import { holdContract } from "../registry/support/contract.ts";
import { realSubject } from "./support/registry_subject.ts";
import { isRequired, missingParts } from "./support/tools.ts";

const OPTIONS = {
  // It checks what it stores, has no list of referrers, and refuses urls it was not told to allow.
  lacks: ["corruption", "referrers", "foreign layers"],
  ignore: missingParts() !== undefined && !isRequired(),
} as const;

holdContract("of Docker's", () => realSubject(), OPTIONS);
holdContract(
  "of Docker's behind a login",
  () => realSubject({ user: "robot", password: "a secret: with %" }),
  OPTIONS,
);
