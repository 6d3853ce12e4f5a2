/** Registries that speak TLS, and the options by which the tool trusts them. */
import assert from "node:assert/strict";
import { AUTHORITY_FILE, SELF_SIGNED, VOUCHED_FOR } from "../support/certificates.ts";
import type { TlsIdentity } from "../support/registry/listener.ts";
import { inLab, type Lab } from "./support/lab.ts";
import { statuses } from "./support/report.ts";

const YAML = 'image: HOST/apps/a:1 # {"$rebase": "a"}\n';

function inTlsLab(tls: TlsIdentity, test: (lab: Lab) => Promise<void>): Promise<void> {
  return inLab(async (lab) => {
    await lab.publishBase("1.0");
    await lab.publishApp("apps/a:1", "1.0");
    await lab.publishBase("1.1");
    lab.file("a.yaml", YAML);
    await test(lab);
  }, { tls });
}

Deno.test("--ca-cert trusts a registry whose certificate its authority signed", () =>
  inTlsLab(VOUCHED_FOR, async (lab) => {
    const report = await lab.report(["--ca-cert", AUTHORITY_FILE]);
    assert.deepEqual(statuses(report), ["apps/a:1 rebased"], report.stderr);
  }));

Deno.test("--ca-cert trusts no registry but those of its authority", () =>
  inTlsLab(SELF_SIGNED, async (lab) => {
    const { code, errors } = await lab.report(["--ca-cert", AUTHORITY_FILE]);
    assert.equal(code, 1);
    assert.deepEqual(errors.map((error) => error.code), ["NETWORK"]);
    assert.match(errors[0]?.message ?? "", /certificate/);
    assert.equal(lab.read("a.yaml"), YAML);
    assert.equal(lab.registry.log.count(), 0);
  }));

Deno.test("--insecure speaks to a registry whatever its certificate, from the environment too", () =>
  inTlsLab(SELF_SIGNED, async (lab) => {
    const dry = await lab.report(["--dry-run", "--insecure", "HOST"]);
    assert.deepEqual(statuses(dry), ["apps/a:1 rebased"], dry.stderr);
    const env = { STACKER_INSECURE: `other.example.com ${lab.registry.host}` };
    assert.deepEqual(statuses(await lab.report([], { env })), ["apps/a:1 rebased"]);
  }));

Deno.test("--ca-cert with a file that holds no certificate is a fault of usage", () =>
  inTlsLab(VOUCHED_FOR, async (lab) => {
    for (const file of ["a.yaml", "missing.pem"]) {
      const { code, stdout, stderr } = await lab.run(["--ca-cert", lab.tree.path(file)]);
      assert.deepEqual([code, stdout], [64, ""]);
      assert.match(stderr, /^error: Cannot use --ca-cert "/);
    }
    assert.equal(lab.registry.log.count(), 0);
  }));
