/**
 * Whether app and base are for the same machine. Never forced: an image with another processor's
 * binaries beneath it starts nowhere.
 */
import { StackerError } from "../errors.ts";
import { formatPlatform, type Platform, sameSystem, variantOf } from "../oci/platform.ts";
import type { RebaseInput } from "./rebase_input.ts";

/** Throws PLATFORM_MISMATCH unless app, old base and new base are for one platform. */
export function assertSamePlatform({ app, oldBase, newBase, names }: RebaseInput): void {
  const wanted = wantedPlatform(app.config.value, oldBase?.config.value);
  for (const base of [oldBase, newBase]) {
    if (base === undefined || compatible(wanted, base.config.value)) continue;
    throw new StackerError(
      "PLATFORM_MISMATCH",
      `Cannot rebase "${names.app}" onto "${names.base}": the image is for ${describe(wanted)}, ` +
        `the base ${base.manifest.descriptor.digest} for ${describe(base.config.value)}`,
    );
  }
}

/** The app's platform; a variant that its builder left out is the one of the base it stands on. */
export function wantedPlatform(app: Platform, oldBase: Platform | undefined): Platform {
  return app.variant || !oldBase?.variant ? app : { ...app, variant: oldBase.variant };
}

function compatible(app: Platform, base: Platform): boolean {
  return sameSystem(app, base) && variantOf(app) === variantOf(base) &&
    (app.os !== "windows" || sameBuild(app["os.version"], base["os.version"]));
}

/** Windows runs a container only on the kernel build it was made for: `10.0.20348` of `10.0.20348.2700`. */
function sameBuild(a: string | undefined, b: string | undefined): boolean {
  if (!a || !b) return true;
  return a.split(".").slice(0, 3).join(".") === b.split(".").slice(0, 3).join(".");
}

function describe(platform: Platform): string {
  const version = platform["os.version"];
  return formatPlatform(platform) + (version ? ` ${version}` : "");
}
