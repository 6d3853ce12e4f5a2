/** The contract, held by each implementation of `Registry`. */
import { holdContract } from "./support/contract.ts";
import { cachedSubject, httpSubject, memorySubject } from "./support/subject.ts";
import { ACCOUNT, keychainOf, PASSWORD } from "./support/wire.ts";

const LOGGED_IN = { keychain: keychainOf(PASSWORD) };
const ACCOUNTS = { accounts: [ACCOUNT] };

holdContract("in memory", memorySubject);
holdContract("in memory, kept on disk", cachedSubject);
holdContract("over HTTP", () => httpSubject());
holdContract(
  "over HTTP with Basic",
  () => httpSubject({ scheme: "basic", ...ACCOUNTS }, LOGGED_IN),
);
holdContract(
  "over HTTP with tokens",
  () => httpSubject({ scheme: "token", ...ACCOUNTS }, LOGGED_IN),
);
