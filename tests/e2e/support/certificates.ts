/** Certificates made for one test, by openssl: nothing that anybody should trust for longer. */
import { run } from "./command.ts";

/** A certificate and its key, as files in PEM. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** An authority, with what it vouches for: a server on 127.0.0.1, and a client. */
export interface Certificates {
  readonly authority: CertificateFiles;
  readonly server: CertificateFiles;
  readonly client: CertificateFiles;
}

const CURVE = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] as const;

/** Makes all three in the directory. */
export async function makeCertificates(directory: string): Promise<Certificates> {
  await Deno.mkdir(directory, { recursive: true });
  const authority = await make(`${directory}/authority`, CURVE);
  const by = ["-CA", authority.cert, "-CAkey", authority.key];
  const leaf = ["-addext", "basicConstraints=critical,CA:FALSE"];
  return {
    authority,
    server: await make(`${directory}/server`, CURVE, [
      ...by,
      ...leaf,
      "-addext",
      "subjectAltName=IP:127.0.0.1",
    ]),
    client: await make(`${directory}/client`, CURVE, [
      ...by,
      ...leaf,
      "-addext",
      "extendedKeyUsage=clientAuth",
    ]),
  };
}

/** A certificate that signs itself, for a key that signs tokens. */
export async function makeSigner(directory: string): Promise<CertificateFiles> {
  await Deno.mkdir(directory, { recursive: true });
  return await make(`${directory}/signer`, ["rsa:2048"]);
}

async function make(
  path: string,
  algorithm: readonly string[],
  options: readonly string[] = [],
): Promise<CertificateFiles> {
  const files = { cert: `${path}.crt`, key: `${path}.key` };
  const subject = `/CN=${path.slice(path.lastIndexOf("/") + 1)}`;
  const output = ["-keyout", files.key, "-out", files.cert, "-subj", subject, "-days", "2"];
  await run("openssl", ["req", "-x509", "-nodes", "-newkey", ...algorithm, ...output, ...options]);
  return files;
}
