/** Cases that must be refused before anything is written. */
import { MAX_JSON_SIZE } from "../../../lib/oci/content.ts";
import { digestOf } from "../../../lib/oci/digest.ts";
import * as mediaType from "../../../lib/oci/media_type.ts";
import { jsonContent } from "../../support/content.ts";
import { basedOn, type Image, image } from "../../support/image.ts";
import { type Index, index } from "../../support/image_index.ts";
import { createLab, type Lab } from "../support/lab.ts";
import { on, publish, SCENE_BASE } from "../support/scene.ts";
import { layers, stack } from "../support/stack.ts";
import { NEW, OLD, OLD_DIGEST, windows } from "./bases.ts";

/** A case that is refused: the registry that has it, and what is said. */
export interface Refusal {
  readonly name: string;
  readonly lab: () => Promise<Lab>;
  readonly code: string;
  readonly message: RegExp;
}

/** The cases. */
export const REFUSALS: readonly Refusal[] = [
  {
    name: "the old base has no layers, which are a beginning of everything",
    lab: () => publish(on(stack(""), "c"), stack(""), NEW),
    code: "LAYERS_INCONSISTENT",
    message: /the old base sha256:[0-9a-f]+ has no layers/,
  },
  {
    name: "the new base has no layers",
    lab: () => publish(on(OLD, "c"), OLD, stack("")),
    code: "LAYERS_INCONSISTENT",
    message: /the new base sha256:[0-9a-f]+ has no layers/,
  },
  {
    name: "the image names itself as its base",
    lab: () =>
      publish(
        on(OLD, "c", { annotations: basedOn("registry.example.com/app:1", OLD_DIGEST) }),
        OLD,
        NEW,
      ),
    code: "NOT_BASED_ON",
    message: /names itself/,
  },
  {
    name: "the base's tag points to the image itself",
    lab: async () => {
      const app = on(OLD, "c");
      return await publish(app, OLD, app);
    },
    code: "NOT_BASED_ON",
    message: /is this very image/,
  },
  {
    name: "the annotation lies, and the base moved",
    lab: () =>
      publish(
        image({ layers: layers("q c"), annotations: basedOn(SCENE_BASE, OLD_DIGEST) }),
        OLD,
        NEW,
      ),
    code: "NOT_BASED_ON",
    message: /0 of 2 layers agree/,
  },
  {
    name: "the image is a manifest of schema 1",
    lab: async () => {
      const lab = await publish(on(OLD, "c"), OLD, NEW);
      await lab.put("app:1", schema1());
      return lab;
    },
    code: "SCHEMA1",
    message: /"registry.example.com\/app:1".*schema 1/,
  },
  {
    name: "the newest base is a manifest of schema 1",
    lab: async () => {
      const lab = await publish(on(OLD, "c"), OLD, NEW);
      await lab.put("base:1", schema1());
      return lab;
    },
    code: "SCHEMA1",
    message: /"registry.example.com\/base:1".*schema 1/,
  },
  {
    name: "a chart is under the tag",
    lab: () =>
      publish(
        chart({ manifestFields: { annotations: basedOn(SCENE_BASE, OLD_DIGEST) } }),
        OLD,
        NEW,
      ),
    code: "ARTIFACT",
    message:
      /an artifact of type "application\/vnd\.cncf\.helm\.config\.v1\+json", not a container image/,
  },
  {
    name: "a module is under the tag",
    lab: () =>
      publish(stack("m", { manifestFields: { artifactType: "application/vnd.wasm" } }), OLD, NEW),
    code: "ARTIFACT",
    message: /"application\/vnd\.wasm"/,
  },
  {
    name: "a chart is under the base's tag",
    lab: () => publish(on(OLD, "c"), OLD, chart()),
    code: "ARTIFACT",
    message: /as a base: it is not the manifest of a container image/,
  },
  {
    name: "the image's config is larger than is read",
    lab: () => publish(on(OLD, "c", { configFields: { x: "x".repeat(MAX_JSON_SIZE) } }), OLD, NEW),
    code: "TOO_LARGE",
    message: /has \d+ bytes, more than 4194304/,
  },
  {
    name: "the image's manifest says another size of the config than it has",
    lab: () => publish(sized(on(OLD, "c"), 1), OLD, NEW),
    code: "CONTENT_MISMATCH",
    message: /it has \d+ bytes, not 1/,
  },
  {
    name: "the image's config is not what the manifest names",
    lab: async () => {
      const app = on(OLD, "c");
      const lab = await publish(app, OLD, NEW);
      const shelf = lab.registry.blobs({ host: "registry.example.com", path: "app" });
      shelf.get(app.config.descriptor.digest)?.set([32], 1);
      return lab;
    },
    code: "CONTENT_MISMATCH",
    message: /its digest is sha256:[0-9a-f]+, not sha256:/,
  },
  {
    name: "the image has more layers than diff_ids",
    lab: () =>
      publish(
        on(OLD, "c", {
          manifestFields: { layers: layers("a b c d").map(({ descriptor }) => descriptor) },
        }),
        OLD,
        NEW,
      ),
    code: "LAYERS_INCONSISTENT",
    message:
      /"registry\.example\.com\/app:1": its manifest has 4 layers but its config has 3 diff_ids/,
  },
  {
    name: "the new base has more diff_ids than layers",
    lab: () => publish(on(OLD, "c"), OLD, stack("x y", { manifestFields: { layers: [] } })),
    code: "LAYERS_INCONSISTENT",
    message: /the base registry\.example\.com\/base@sha256:[0-9a-f]+: its manifest has 0 layers/,
  },
  {
    name: "one layer unpacks to two contents",
    lab: () =>
      publish(
        image({ layers: layers("a b=q c"), annotations: basedOn(SCENE_BASE, OLD_DIGEST) }),
        OLD,
        NEW,
      ),
    code: "LAYERS_INCONSISTENT",
    message: /has diff_id .* in the image but/,
  },
  {
    name: "Windows of another build",
    lab: () => publish(on(windows("1"), "c"), windows("1"), windows("1", "26100")),
    code: "PLATFORM_MISMATCH",
    message: /for windows\/amd64 10\.0\.20348\.1, the base .* for windows\/amd64 10\.0\.26100\.1/,
  },
  {
    name: "Windows of another build, where the base has several",
    lab: () =>
      publish(
        on(windows("1"), "c"),
        windows("1"),
        index([windows("1", "17763"), windows("1", "26100")]),
      ),
    code: "PLATFORM_MISMATCH",
    message: /for windows\/amd64 10\.0\.20348\.1/,
  },
  {
    name: "the base's tag is gone",
    lab: async () => {
      const lab = createLab();
      await lab.put("base:old", OLD);
      await lab.put("app:1", on(OLD, "c"));
      return lab;
    },
    code: "NOT_FOUND",
    message: /"registry\.example\.com\/base:1"/,
  },
  {
    name: "a body that is two kinds at once",
    lab: async () => {
      const lab = await publish(on(OLD, "c"), OLD, NEW);
      const app = on(OLD, "c", { manifestFields: { manifests: [] } });
      await lab.put("app:1", app);
      return lab;
    },
    code: "INVALID_CONTENT",
    message: /it holds both "[a-z]+" and "[a-z]+"/,
  },
];

function chart(options: Parameters<typeof stack>[1] = {}): Image {
  const config = {
    mediaType: "application/vnd.cncf.helm.config.v1+json",
    digest: digestOf("{}"),
    size: 2,
  };
  return stack("chart", { ...options, manifestFields: { config, ...options.manifestFields } });
}

/** The image, whose manifest gives its config another size. */
function sized({ manifest, ...rest }: Image, size: number): Image {
  const value = { ...manifest.value, config: { ...manifest.value.config, size } };
  return { ...rest, manifest: jsonContent(mediaType.OCI_MANIFEST, value) };
}

/** A manifest of schema 1, as far as telling it takes. */
function schema1(): Index {
  const value = { schemaVersion: 1, name: "app", tag: "1", fsLayers: [], history: [] };
  const manifest = jsonContent(mediaType.SCHEMA1_SIGNED_MANIFEST, value);
  return { ...index([]), manifest: manifest as unknown as Index["manifest"] };
}
