/**
 * Generated images: what builders of every kind push, sound or odd, as far as a rebase must take it.
 * Small alphabets, so that bases, apps and versions coincide often.
 */
import fc from "fast-check";
import * as mediaType from "../../../lib/oci/media_type.ts";
import type {
  Annotations,
  ExecutionConfig,
  HistoryEntry,
  Platform,
} from "../../support/content.ts";
import {
  basedOn,
  type Image,
  image,
  type ImageOptions,
  LINUX_AMD64,
  LINUX_ARM64,
} from "../../support/image.ts";
import { attestation, type Index, index, type IndexChild } from "../../support/image_index.ts";
import { type Layer, layer } from "../../support/layer.ts";
import { layers } from "./stack.ts";

/** A base in two versions, and an app on the first. */
export interface Family {
  readonly old: Image;
  readonly next: Image;
  readonly app: Image;
}

/** The name under which laws publish the base of every generated app. */
export const BASE_NAME = "registry.example.com/base:1";

/** Names of layers: few, so that images share some. */
export const LETTERS = ["a", "b", "c", "d"] as const;
const PLATFORMS: readonly Platform[] = [
  LINUX_AMD64,
  LINUX_ARM64,
  { os: "linux", architecture: "arm", variant: "v7" },
  { os: "linux", architecture: "s390x" },
];

const word = fc.constantFrom(...LETTERS, "A", "x-y");
const nothing = fc.constantFrom(undefined, null);

/** Texts of which values are made. */
type Texts = fc.Arbitrary<string>;
const value: Texts = fc.constantFrom(
  "",
  "1",
  "/bin",
  "/bin:/sbin",
  "/opt/java17",
  "three words here",
);
/** Texts that no base has. */
const owned: Texts = fc.constantFrom("own", "/own/bin", "own words");

function some<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> {
  return fc.oneof({ weight: 3, arbitrary }, { weight: 1, arbitrary: nothing });
}

function map<T>(keys: fc.Arbitrary<string>, values: fc.Arbitrary<T>) {
  return fc.dictionary(keys, values, { maxKeys: 4, noNullPrototype: true });
}

/** A list of variables, with repeats and entries without a value. */
function environment(texts: Texts): fc.Arbitrary<readonly string[]> {
  const variable = fc.tuple(fc.oneof(word, fc.constant("PATH")), texts);
  const entry = variable.map(([name, text]) => `${name}=${text}`);
  return fc.array(
    texts === owned
      ? entry
      : fc.oneof({ weight: 9, arbitrary: entry }, { weight: 1, arbitrary: word }),
    { maxLength: 5 },
  );
}

/** Execution parameters with every field that is merged, and some that are not; null is what builders write. */
function execution(texts: Texts): fc.Arbitrary<ExecutionConfig> {
  const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> =>
    texts === owned ? arbitrary : some(arbitrary);
  const command = fc.array(texts, { minLength: texts === owned ? 1 : 0, maxLength: 3 });
  const set = (...keys: readonly string[]) =>
    maybe(
      map(
        fc.constantFrom(...texts === owned ? keys.map((key) => `9${key}`) : keys),
        fc.constant({}),
      ),
    );
  return fc.record({
    User: maybe(texts),
    Env: environment(texts),
    Labels: maybe(map(word, texts)),
    Entrypoint: maybe(command),
    Cmd: maybe(command),
    WorkingDir: maybe(texts),
    ExposedPorts: set("80/tcp", "8080/tcp", "53/udp"),
    Volumes: set("/a", "/b"),
    Healthcheck: maybe(fc.record({ Test: command })),
    StopSignal: maybe(texts),
    OnBuild: some(command),
    "x-execution": some(fc.jsonValue({ maxDepth: 1 })),
  }, { requiredKeys: [] }).map((fields) => withoutUndefined(fields) as ExecutionConfig);
}

const step: fc.Arbitrary<HistoryEntry> = fc.record({
  created: fc.constantFrom("2026-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
  created_by: fc.constantFrom("COPY a", "RUN b", "ENV A=1", "USER 1", "EXPOSE 80", ""),
  comment: fc.constantFrom("", "buildkit"),
  empty_layer: fc.boolean(),
}, { requiredKeys: [] });

/** Layers of small files; some are compressed otherwise, or come from elsewhere twice. */
const stackOf = (minLength: number) =>
  fc.array(fc.constantFrom(...LETTERS, "a'", "b'", "z"), { minLength, maxLength: 4 })
    .map((names) => names.flatMap((name) => name === "z" ? [packed()] : layers(name)));

function annotations(texts: Texts): fc.Arbitrary<Annotations> {
  return map(
    fc.constantFrom("org.opencontainers.image.title", "org.opencontainers.image.created", "x"),
    texts,
  );
}

const dates = fc.constantFrom(
  "2026-01-01T00:00:00Z",
  "2026-06-01T12:00:00.123456789Z",
  "1970-01-01T00:00:00Z",
);

/** How fields of manifests begin that no specification knows. */
const MANIFEST_FIELDS = "manifest-";

function unknown(prefix: string): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  return map(fc.constantFrom(`${prefix}one`, `${prefix}two`), fc.jsonValue({ maxDepth: 2 }));
}

/** What an image has of its own, whatever it stands on. */
function own(minLayers: number, texts: Texts = value): fc.Arbitrary<ImageOptions> {
  return fc.record({
    layers: stackOf(minLayers),
    config: execution(texts),
    annotations: annotations(texts),
    mediaFamily: fc.constantFrom("oci" as const, "docker" as const),
    created: dates,
    configFields: unknown("config-"),
    manifestFields: unknown(MANIFEST_FIELDS),
  });
}

/** How a history can be: what belongs to the layers, nothing at all, or anything. */
const telling = fc.oneof(
  { weight: 4, arbitrary: fc.constant("whole" as const) },
  { weight: 1, arbitrary: fc.constant("absent" as const) },
  { weight: 2, arbitrary: fc.array(step, { maxLength: 5 }) },
);
type Telling = "whole" | "absent" | readonly HistoryEntry[];

/** A base in two versions and an app, all for one platform, soundly built upon each other. */
export const families: fc.Arbitrary<Family> = fc.tuple(
  fc.constantFrom(...PLATFORMS),
  own(1),
  own(1),
  own(0),
  telling,
  telling,
  telling,
).map(([platform, ofOld, ofNew, ofApp, toldOld, toldNew, toldApp]) => {
  const old = image({ ...ofOld, platform, ...told(toldOld) });
  const next = image({ ...ofNew, platform, ...told(toldNew) });
  return readable({ old, next, app: appOn(old, ofApp, toldApp) });
});

/**
 * The same, as builders write them, and no value of the app's own equal to one of a base: where the two
 * agree by chance, nobody can tell whose a value is.
 */
export const ownFamilies: fc.Arbitrary<Family> = fc.tuple(
  fc.constantFrom(...PLATFORMS),
  own(1),
  own(1),
  own(0, owned),
).map(([platform, ofOld, ofNew, ofApp]) => {
  const old = image({ ...ofOld, platform });
  // Ports and volumes are added to those of a base, as instructions do: none can remove one.
  const inherited = old.config.value.config ?? {};
  const added = (["ExposedPorts", "Volumes"] as const).map((field) =>
    [field, { ...inherited[field], ...ofApp.config?.[field] }] as const
  );
  const config = { ...ofApp.config, ...Object.fromEntries(added) };
  return readable({
    old,
    next: image({ ...ofNew, platform }),
    app: appOn(old, { ...ofApp, config }, "whole"),
  });
});

/** A family for each of some platforms, and the index of the apps, with statements among them. */
export interface IndexFamily {
  readonly old: Index;
  readonly next: Index;
  readonly app: Index;
  readonly families: readonly Family[];
}

/** Indexes of apps whose bases are indexes. */
export const indexFamilies: fc.Arbitrary<IndexFamily> = fc.tuple(
  fc.uniqueArray(fc.constantFrom(...PLATFORMS), { minLength: 1, maxLength: 3 }),
  fc.array(families, { minLength: 3, maxLength: 3 }),
  fc.constantFrom("legacy" as const, "artifact" as const, undefined),
  fc.constantFrom("oci" as const, "docker" as const),
  annotations(value),
).map(([platforms, some, style, mediaFamily, ofIndex]) => {
  const placed = platforms.flatMap((platform, place) => {
    const family = some[place];
    return family === undefined ? [] : [on(platform, family)];
  });
  const children: IndexChild[] = placed.flatMap(({ app }) =>
    style === undefined ? [app] : [app, attestation(app, style)]
  );
  return {
    old: index(placed.map(({ old }) => old)),
    next: index(placed.map(({ next }) => next)),
    app: index(children, { mediaFamily, annotations: ofIndex }),
    families: placed,
  };
});

/** The family made anew for another platform. */
function on(platform: Platform, { old, next, app }: Family): Family {
  const base = moved(platform, old, {});
  const recorded = basedOn(BASE_NAME, base.manifest.descriptor.digest);
  return { old: base, next: moved(platform, next, {}), app: moved(platform, app, recorded) };
}

function moved(platform: Platform, of: Image, recorded: Annotations): Image {
  const { architecture: _architecture, os: _os, variant: _variant, ...config } = of.config.value;
  const { annotations, ...manifest } = of.manifest.value;
  const own = Object.entries(manifest).filter(([key]) => key.startsWith(MANIFEST_FIELDS));
  return image({
    layers: of.layers,
    platform,
    history: null,
    configFields: config,
    mediaFamily: manifest.mediaType === mediaType.OCI_MANIFEST ? "oci" : "docker",
    annotations: { ...annotations, ...recorded },
    manifestFields: Object.fromEntries(own),
  });
}

function appOn(old: Image, options: ImageOptions, telling: Telling): Image {
  return image({
    ...options,
    base: old,
    ...told(telling),
    annotations: {
      ...options.annotations,
      ...basedOn(BASE_NAME, old.manifest.descriptor.digest),
    },
  });
}

/** The options that give an image the history told of. */
function told(telling: Telling): ImageOptions {
  if (telling === "whole") return {};
  return { history: telling === "absent" ? null : telling };
}

/** The same value, of which a counterexample shows configs and manifests instead of their bytes. */
export function readable<T extends object>(generated: T): T {
  const show = () =>
    JSON.stringify(
      generated,
      (key, each) => ["bytes", "layers", "kind", "descriptor"].includes(key) ? undefined : each,
      1,
    );
  return Object.defineProperty(generated, fc.toStringMethod, { value: show });
}

/** A layer in a compression of its own. */
function packed(): Layer {
  return layer({ "z.txt": "the layer z\n" }, { compression: "zstd" });
}

function withoutUndefined<T extends object>(record: T): T {
  return Object.fromEntries(Object.entries(record).filter(([, each]) => each !== undefined)) as T;
}
