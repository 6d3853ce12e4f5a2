/**
 * The real tools that end-to-end tests drive, and what becomes of a test where they are missing:
 * skipped with a printed reason, or failed when STACKER_E2E is "required".
 */
import { readFileSync } from "node:fs";

/** Debian's and Ubuntu's package of each tool. */
const PACKAGES = {
  "docker-registry": "docker-registry",
  "skopeo": "skopeo",
  "umoci": "umoci",
  "buildah": "buildah",
  "htpasswd": "apache2-utils",
  "openssl": "openssl",
} as const;

/** A tool that tests may run. */
export type Tool = keyof typeof PACKAGES;

const BUSYBOX_PATHS = ["/bin/busybox", "/usr/bin/busybox"];

/** Why end-to-end tests cannot run here; `undefined` when they can. */
export function missingParts(): string | undefined {
  if (Deno.build.os !== "linux") return "they run on Linux only";
  if (Deno.uid() !== 0) return "building images with chroot isolation needs root";
  const missing: string[] = (Object.keys(PACKAGES) as Tool[])
    .filter((tool) => !isInstalled(tool))
    .map((tool) => PACKAGES[tool]);
  if (findStaticBusybox() === undefined) missing.push("busybox-static");
  return missing.length === 0 ? undefined : `apt-get install ${missing.join(" ")}`;
}

/** Whether missing parts are a failure. */
export function isRequired(): boolean {
  return Deno.env.get("STACKER_E2E") === "required";
}

/** The path of a busybox that runs in an otherwise empty image. Throws when there is none. */
export function staticBusybox(): string {
  const path = findStaticBusybox();
  if (path === undefined) throw new Error("Cannot build images: no statically linked busybox");
  return path;
}

function isInstalled(tool: Tool): boolean {
  try {
    new Deno.Command(tool, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A dynamically linked program names its loader. */
function findStaticBusybox(): string | undefined {
  return BUSYBOX_PATHS.find((path) => {
    try {
      return !readFileSync(path).includes("/ld-");
    } catch {
      return false;
    }
  });
}
