/** A certificate for this machine's own names, made when a sandbox starts and gone with it. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rootCertificates } from "node:tls";

import type { SelfsignedOptions } from "selfsigned";

export interface Certificate {
  /** PEM, of the server; the key is never written to a file. */
  readonly key: string;
  readonly cert: string;
  /** PEM file of the authority that signed it: NODE_EXTRA_CA_CERTS, git's http.sslCAInfo, curl's --cacert. */
  readonly caFile: string;
  /** The authority with the public ones: for variables that replace what a program trusts, such as SSL_CERT_FILE. */
  readonly bundleFile: string;
}

const day = 86_400_000;

/**
 * Makes an authority and a certificate for `localhost` and `127.0.0.1`. The authority's key is forgotten at once, so nobody
 * who trusts it can be shown anything else that it signed.
 * @param directory where the two files that clients need are written.
 */
export async function makeCertificate(directory: string): Promise<Certificate> {
  // Loaded here: a sandbox without TLS does not pay for it.
  const { generate } = await import("selfsigned");
  // By the machine's clock whatever the sandbox's says: that is what clients compare with. A day back, for clocks that differ.
  const common = {
    keyType: "ec", curve: "P-256", algorithm: "sha256",
    notBeforeDate: new Date(Date.now() - day), notAfterDate: new Date(Date.now() + 365 * day),
  } as const satisfies SelfsignedOptions;
  const ca = await generate([{ name: "commonName", value: "Sandbox on this machine" }], {
    ...common,
    extensions: [{ name: "basicConstraints", cA: true, pathLenConstraint: 0, critical: true }, { name: "keyUsage", keyCertSign: true, critical: true }],
  });
  const own = await generate([{ name: "commonName", value: "localhost" }], {
    ...common,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }, { type: 7, ip: "127.0.0.1" }] },
    ],
  });
  const [caFile, bundleFile] = [join(directory, "ca.pem"), join(directory, "ca-bundle.pem")];
  const pem = `${ca.cert.trim()}\n`;
  await writeFile(caFile, pem);
  await writeFile(bundleFile, `${pem}${rootCertificates.join("\n")}\n`);
  return { key: own.private, cert: own.cert, caFile, bundleFile };
}

/**
 * What a machine whose GitHub has a certificate of its own sets for its runner and programs: Node adds, the others replace.
 * @see https://docs.github.com/en/enterprise-server@latest/actions/how-tos/manage-runners/self-hosted-runners
 */
export function trustEnvironment(certificate: Certificate): Record<string, string> {
  return { NODE_EXTRA_CA_CERTS: certificate.caFile, GIT_SSL_CAINFO: certificate.bundleFile, SSL_CERT_FILE: certificate.bundleFile };
}
