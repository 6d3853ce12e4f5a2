/** What goes into the decision about one manifest, and what comes out: records, shared by its parts. */
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { Image } from "./image.ts";
import type { ConfigChange, Warning } from "./outcome.ts";

/** What is recorded on the result, and how the images are called in errors. */
export interface RebaseNames {
  /** `host/path:tag` of the app. */
  readonly app: string;
  /** The base's name as it is to be recorded. */
  readonly base: string;
  /** The base's digests in the recorded form: of an index or of one platform's manifest. */
  readonly oldDigest?: Digest;
  readonly newDigest: Digest;
  /** The root of the app's lineage. */
  readonly root: Digest;
}

/** All that a decision needs. */
export interface RebaseInput {
  readonly app: Image;
  /** Absent when the registry no longer has it: then the seam recorded on the app must serve. */
  readonly oldBase?: Image;
  readonly newBase: Image;
  readonly names: RebaseNames;
  readonly config: "merge" | "keep";
}

/** What the app becomes, and what must be in its repository first. */
export interface RebasePlan {
  readonly image: Image;
  /** Layers of the new base that the app's repository may lack; each once, foreign layers never. */
  readonly blobs: readonly Descriptor[];
  readonly layers: { readonly kept: number; readonly removed: number; readonly added: number };
  readonly changes: readonly ConfigChange[];
  readonly warnings: readonly Warning[];
}
